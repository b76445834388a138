"""Plays a scenario against a control plane and notes what becomes of pods and nodes."""

import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import yaml

from sandbox.kubernetes.catalogue import instance_types
from sandbox.kubernetes.client import Client, Object
from sandbox.kubernetes.plane import ControlPlane
from sandbox.sim import documents as doc
from sandbox.sim.measure import Job, Node, Pod, Timeline, kept
from sandbox.sim.scenario import Interruption, Jobs, Scenario, Service, Shortage, Step
from sandbox.sim.stage import Stage

WARNING = 2  # minutes between AWS's notice and the end of a spot instance
LOOK = 0.3  # seconds between two looks at the cluster
LONGEST = 2  # lengths of the scenario after which a play ends, whatever is unfinished
Tell = Callable[["Now"], None]


class Now(NamedTuple):
    """How a play stands: minute of the scenario, pods and nodes by number, USD per hour."""

    minute: float
    minutes: float
    waiting: int
    pending: int
    running: int
    nodes: int
    usd_per_hour: float


class Work(NamedTuple):
    """A job that is to be done: its name, its kind, its namespace."""

    name: str
    kind: Jobs
    space: str
    attempt: int = 1

    @property
    def job(self) -> str:
        """Name of the Kubernetes job.

        A new one for every attempt: the controller of jobs waits 10 s before it replaces a pod, a long time at the
        speed of a play.
        """
        return f"{self.name}.{self.attempt}"


class Player:
    """One play. What it makes is on `stage`, which is to be cleared afterwards, however it ends."""

    def __init__(self, plane: ControlPlane, stage: Stage, scenario: Scenario, tell: Tell = lambda now: None) -> None:
        self.plane, self.stage, self.scenario, self.tell = plane, stage, scenario, tell
        self.types = instance_types(plane.region)
        self._prices = doc.prices(self.types)
        self.seen = Timeline(scenario.speed)
        self._pods: dict[str, Pod] = {}
        self._left: dict[str, float] = {}
        self._arrived: list[Work] = []
        self._work: dict[str, Work] = {}
        self._short: list[Shortage] = []
        self._patience: dict[str, float] = {}
        self._claims: dict[str, str] = {}
        self._doomed: list[tuple[float, str]] = []
        self._started = 0.0

    def play(self, pools: list[Object]) -> Timeline:
        """Play it with copies of these node pools and their classes.

        Raises:
            ResourceError: The API server refuses something, or does not answer.
        """
        self._prepare(pools)
        events, self._started = sorted(self._events(), key=lambda event: event[0]), time.monotonic()
        while True:
            while events and events[0][0] <= self._minute:
                events.pop(0)[1]()
            self._begin()
            looked = time.monotonic()
            self._look()
            if not events and self._over:
                break
            # To look at a thousand pods is work, which must not slow down what is looked at.
            time.sleep(max(LOOK, 2 * (time.monotonic() - looked)))
        self.seen.seconds = self._now
        return self.seen

    @property
    def _now(self) -> float:
        return time.monotonic() - self._started

    @property
    def _minute(self) -> float:
        return self._now * self.scenario.speed

    @property
    def _over(self) -> bool:
        """Whether the scenario has ended and its jobs are done, or it has taken too long."""
        left = any(job.done is None for job in self.seen.jobs.values())
        return self._minute >= self.scenario.minutes * (LONGEST if left else 1)

    def _prepare(self, pools: list[Object]) -> None:
        self.plane.offer(self.types)
        self._patience = {
            f"sim-{one['metadata']['name']}": doc.seconds(
                one["spec"].get("disruption", {}).get("consolidateAfter", "0s")
            )
            for one in pools
        }
        for one in doc.pools(pools, self.scenario.speed * 60):
            self.stage.put(one)
            name, spec = one["metadata"]["name"], one["spec"]
            if gpus := spec.get("limits", {}).get(doc.GPU):
                self.seen.limits[name] = int(gpus)
        for team in self.scenario.teams:
            space = self.stage.space(team, self.scenario.quotas.get(team))
            if (limit := self.stage.limit(space)) is not None:
                self.seen.quotas[space] = limit
        for one in (*self.scenario.jobs, *self.scenario.services):
            self.seen.spaces[one.name] = self.stage.space(one.team or "")
        self.seen.checkpoints = {jobs.name: jobs.checkpoint for jobs in self.scenario.jobs}

    def _events(self) -> Iterator[tuple[float, Callable[[], None]]]:
        for jobs in self.scenario.jobs:
            space = self.stage.space(jobs.team or "")
            for number in range(jobs.count):
                yield jobs.at + number * jobs.every, partial(self._arrive, Work(f"{jobs.name}-{number}", jobs, space))
        for service in self.scenario.services:
            for step in service.replicas:
                yield step.at, partial(self._scale, service, step)
        for stop in self.scenario.interruptions:
            yield stop.at, partial(self._interrupt, stop)
        for short in self.scenario.shortages:
            yield short.at, partial(self._offer, short, True)
            yield short.until, partial(self._offer, short, False)

    def _arrive(self, work: Work) -> None:
        self._left[work.name] = work.kind.minutes
        self.seen.jobs[work.name] = Job(work.kind.name, self._now)
        self._arrived.append(work)

    def _begin(self) -> None:
        """Make the jobs that have arrived; those of a namespace with a queue wait there until Kueue admits them."""
        arrived, self._arrived = self._arrived, []
        for work in arrived:
            self._work[work.name] = work
            if work.space not in self.seen.quotas:
                self._admitted(work.name)
        with ThreadPoolExecutor(8) as pool:
            jobs = (doc.job(work.job, work.kind.name, work.space, work.kind.gpus) for work in arrived)
            list(pool.map(self.stage.begin, jobs))

    def _admitted(self, name: str) -> None:
        job = self.seen.jobs[name]
        job.admitted = self._now if job.admitted is None else job.admitted

    def _scale(self, service: Service, step: Step) -> None:
        self._note(f"{service.name}: {step.count} replicas")
        self.stage.put(doc.deployment(service.name, self.stage.space(service.team or ""), service.gpus, step.count))

    def _interrupt(self, stop: Interruption) -> None:
        nodes = self.seen.nodes.items()
        spot = [name for name, node in nodes if node.ended is None and node.capacity == "spot"]
        there = sorted(name for name in spot if not stop.zones or self.seen.nodes[name].zone[-1] in stop.zones)
        chosen = there[: math.ceil(len(there) * stop.share)]
        self._note(f"{len(chosen)} of {len(there)} spot nodes get the notice of interruption")
        for name in chosen:
            self.stage.drop("/apis/karpenter.sh/v1/nodeclaims", self._claims[name])
            self._doomed.append((self._minute + WARNING, name))

    def _offer(self, short: Shortage, begins: bool) -> None:
        where = ", ".join([*short.families, *(f"zone {zone}" for zone in short.zones)]) or "everywhere"
        self._note(f"shortage of {short.capacity} {'begins' if begins else 'ends'}: {where}")
        (self._short.append if begins else self._short.remove)(short)
        if not begins and short.capacity == "spot":
            self.seen.shortages.append((short.at / self.scenario.speed, self._now))
        self.plane.offer(doc.short(self.types, self._short))

    def _note(self, words: str) -> None:
        self.seen.events.append((self._minute, words))

    def _look(self) -> None:
        """Note what has changed, and do what a kubelet would: end pods whose time has come or whose node goes."""
        nodes, pods = self.stage.nodes(), self.stage.pods()
        self._note_nodes(nodes)
        going = {name for name, one in nodes.items() if "deletionTimestamp" in one["metadata"]}
        done = self._note_pods(pods, going)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(self.stage.succeed, done))
        minute = self._minute
        gone = {name for due, name in self._doomed if due <= minute}
        self._doomed = [one for one in self._doomed if one[1] not in gone]
        for pod in (pod for pod in pods.values() if pod["spec"].get("nodeName") in gone):
            self.stage.drop("/api/v1/pods", pod["metadata"]["name"], pod["metadata"]["namespace"])
        live = [pod for pod in self.seen.pods if pod.ended is None]
        running = sum(pod.running is not None for pod in live)
        price = sum(node.price for node in self.seen.nodes.values() if node.ended is None)
        waiting = sum(job.admitted is None for job in self.seen.jobs.values())
        self.tell(Now(minute, self.scenario.minutes, waiting, len(live) - running, running, len(nodes), price))

    def _note_nodes(self, found: dict[str, Object]) -> None:
        now = self._now
        self._claims = {name: one["metadata"]["labels"]["kubernetes.io/hostname"] for name, one in found.items()}
        for name, one in found.items():
            if name not in self.seen.nodes:
                has = one["metadata"]["labels"]
                type_, kind = has["node.kubernetes.io/instance-type"], has[doc.CAPACITY]
                gpus = int(one["status"]["allocatable"].get(doc.GPU, 0))
                price, on_demand = (self._prices[type_, which] for which in (kind, "on-demand"))
                pool, zone = has["karpenter.sh/nodepool"], has[doc.ZONE]
                self.seen.nodes[name] = Node(
                    type_, zone, kind, pool, gpus, price, on_demand, now, patience=self._patience[pool] / 60
                )
        for name in set(self.seen.nodes) - set(found):
            if self.seen.nodes[name].ended is None:
                self.seen.nodes[name].ended = now

    def _note_pods(self, found: dict[str, Object], going: set[str]) -> list[Object]:
        """Note them, as of one moment, so that a pod and what replaces it do not overlap; those whose time has come."""
        now, done = self._now, list[Object]()
        for uid, one in found.items():
            if "schedulingGates" in one["spec"]:
                continue  # Kueue has not admitted its job
            pod = self._pods.get(uid) or self._met(uid, one, now)
            phase, leaves = one["status"].get("phase"), "deletionTimestamp" in one["metadata"]
            if phase == "Running" and pod.running is None:
                pod.running, pod.node = now, one["spec"]["nodeName"]
            if pod.ended is None and (leaves or phase == "Failed"):
                self._ended(pod, going, now)
            elif pod.ended is None and pod.job and pod.running is not None and self._done(pod):
                pod.ended, pod.outcome, self.seen.jobs[pod.job].done = now, "done", now
                done.append(one)
        for uid in set(self._pods) - set(found):
            if self._pods[uid].ended is None:
                self._ended(self._pods[uid], going, now)
        return done

    def _met(self, uid: str, one: Object, now: float) -> Pod:
        has = one["metadata"]["labels"]
        gpus = one["spec"]["containers"][0]["resources"]["requests"][doc.GPU]
        job = has.get("batch.kubernetes.io/job-name", "").partition(".")[0]
        pod = Pod(has[doc.LABEL], job, int(gpus), now)
        self._pods[uid] = pod
        self.seen.pods.append(pod)
        if job:
            self._admitted(job)
        return pod

    def _done(self, pod: Pod) -> bool:
        assert pod.running is not None
        return (self._now - pod.running) * self.scenario.speed >= self._left[pod.job]

    def _ended(self, pod: Pod, going: set[str], now: float) -> None:
        """Note a pod that was taken away; a job goes on from its last checkpoint."""
        node = self.seen.nodes.get(pod.node)
        left = pod.job or pod.node in going or (node and node.ended is not None)
        pod.ended, pod.outcome = now, "lost" if left else "stopped"
        if pod.job:
            worked = 0 if pod.running is None else (pod.ended - pod.running) * self.scenario.speed
            self._left[pod.job] -= kept(worked, self.seen.checkpoints[pod.group])
            work = self._work[pod.job]
            self.stage.drop("/apis/batch/v1/jobs", work.job, work.space)
            self._arrived.append(work._replace(attempt=work.attempt + 1))


def client_of(plane: ControlPlane) -> Client:
    """A client of a control plane that runs."""
    config: dict[str, Any] = yaml.safe_load(plane.kubeconfig.read_text())
    return Client(config)


def cluster_pools(client: Client) -> list[Object]:
    """The cluster's own node pools and their classes."""
    found = list[Object]()
    for (version, kind), plural in (doc.CLASS, "ec2nodeclasses"), (doc.POOL, "nodepools"):
        items = client.send("GET", f"/apis/{version}/{plural}")["items"]
        own = (one for one in items if doc.LABEL not in one["metadata"].get("labels", {}))
        found += [{**one, "apiVersion": version, "kind": kind} for one in own]
    return found
