"""From what was seen of pods and nodes to figures. Pure; times are seconds played unless their name has `minutes`."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Pod:
    """A pod as it was seen; `outcome` is `done`, `lost` with its node, `stopped`, or empty while it is there.

    `job` is the job that it belongs to, or empty for a service's.
    """

    group: str
    job: str
    gpus: int
    created: float
    running: float | None = None
    ended: float | None = None
    node: str = ""
    outcome: str = ""


@dataclass
class Node:
    """A node as it was seen; prices in USD per hour, `on_demand` being what it would cost on demand."""

    type: str
    zone: str
    capacity: str
    pool: str
    gpus: int
    price: float
    on_demand: float
    started: float
    ended: float | None = None
    patience: float = math.inf
    """Minutes of the scenario for which its pool keeps an empty node."""


@dataclass
class Job:
    """A job: when it arrived, was admitted within its team's quota, and was done."""

    group: str
    arrived: float
    admitted: float | None = None
    done: float | None = None


@dataclass
class Timeline:
    """All that was seen, until `seconds`; a second played is `speed` minutes of the scenario."""

    speed: float
    seconds: float = 0
    pods: list[Pod] = field(default_factory=list)
    nodes: dict[str, Node] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    checkpoints: dict[str, float | None] = field(default_factory=dict)
    """Group of jobs to the minutes between its checkpoints."""
    limits: dict[str, int] = field(default_factory=dict)
    """Pool to its limit of GPUs."""
    quotas: dict[str, int] = field(default_factory=dict)
    """Namespace to its quota of GPUs."""
    spaces: dict[str, str] = field(default_factory=dict)
    """Group to its namespace."""
    events: list[tuple[float, str]] = field(default_factory=list)
    """What happened to the machines: minute and words."""
    shortages: list[tuple[float, float]] = field(default_factory=list)
    """When spot was short: seconds from and to."""

    def end(self, name: str) -> float:
        """When a node ended, or would have: an empty one goes after its pool's `consolidateAfter`.

        Karpenter looks and looks again before it takes one away, some 25 s whose length no setting changes, and which
        at the speed of a play would be half an hour.
        """
        node = self.nodes[name]
        end = self.seconds if node.ended is None else node.ended
        ends = [self.seconds if pod.ended is None else pod.ended for pod in self.pods if pod.node == name]
        return max(node.started, min(end, max(ends) + node.patience / self.speed)) if ends else end

    def hours(self, name: str) -> float:
        """Hours of the scenario that a node lived."""
        return (self.end(name) - self.nodes[name].started) * self.speed / 60

    def minutes(self, pod: Pod) -> float:
        """Minutes of the scenario that a pod ran."""
        end = self.seconds if pod.ended is None else pod.ended
        return 0.0 if pod.running is None else (end - pod.running) * self.speed


def kept(minutes: float, checkpoint: float | None) -> float:
    """Minutes of work that an interruption leaves of so many: up to the last checkpoint."""
    return math.floor(minutes / checkpoint) * checkpoint if checkpoint else 0.0


def percentile(values: Iterable[float], percent: float) -> float | None:
    """The smallest value that `percent` of the values do not exceed; None of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else None


def figures(seen: Timeline) -> dict[str, Any]:
    """All figures of a scenario, rounded for people."""
    waits = [pod.running - pod.created for pod in seen.pods if pod.running is not None]
    queued = [(job.admitted - job.arrived) * seen.speed for job in seen.jobs.values() if job.admitted is not None]
    done = [name for name, job in seen.jobs.items() if job.done is not None]
    return _rounded(
        {
            "speed": seen.speed,
            "minutes": seen.seconds * seen.speed,
            "pods": {
                "created": len(seen.pods),
                "ran": len(waits),
                "never_ran": sum(pod.running is None for pod in seen.pods),
                "seconds_to_running": {"p50": percentile(waits, 50), "p95": percentile(waits, 95)},
            },
            "jobs": {
                "arrived": len(seen.jobs),
                "done": len(done),
                "unfinished": len(seen.jobs) - len(done),
                "queued_minutes": {"p50": percentile(queued, 50), "p95": percentile(queued, 95)},
            },
            "nodes": {
                "started": len(seen.nodes),
                **{key: dict(Counter(getattr(n, key) for n in seen.nodes.values())) for key in ("capacity", "zone")},
                "type": dict(Counter(f"{node.type} {node.capacity}" for node in seen.nodes.values()).most_common()),
            },
            "cost": cost(seen),
            "interruptions": interruptions(seen),
            "shortages": [_shortage(seen, start, end) for start, end in seen.shortages],
            "limits": {pool: {"limit": limit, "peak": _peak(seen, pool)} for pool, limit in seen.limits.items()},
            "quotas": {space: {"limit": limit, "peak": _used(seen, space)} for space, limit in seen.quotas.items()},
            "events": [{"minute": minute, "what": what} for minute, what in seen.events],
        }
    )


def cost(seen: Timeline) -> dict[str, Any]:
    """USD: what the nodes cost, and what the same would on demand, or as a static group of nodes for the peak."""
    nodes = list(seen.nodes.values())
    paid = {name: seen.hours(name) * node.price for name, node in seen.nodes.items()}
    total = sum(paid.values())
    on_demand = sum(seen.hours(name) * node.on_demand for name, node in seen.nodes.items())
    hours = seen.seconds * seen.speed / 60
    cheapest = min((node.on_demand / node.gpus for node in nodes if node.gpus), default=0.0)
    static = peak_gpus(seen) * cheapest * hours
    works = [(pod, used_cost(seen, pod)) for pod in seen.pods]
    groups: dict[str, float] = defaultdict(float)
    for pod, usd in works:
        groups[pod.group] += usd if pod.job else 0
    finished = Counter(job.group for job in seen.jobs.values() if job.done is not None)
    return {
        "total": total,
        "per_hour": total / hours if hours else 0.0,
        "by_capacity": {
            kind: sum(paid[name] for name, node in seen.nodes.items() if node.capacity == kind)
            for kind in ("spot", "on-demand")
        },
        "idle_percent": 100 * (1 - sum(usd for _, usd in works) / total) if total else 0.0,
        "per_job": {group: usd / finished[group] for group, usd in groups.items() if finished[group]},
        "on_demand": on_demand,
        "saved_against_on_demand_percent": _saved(total, on_demand),
        "static": static,
        "static_gpus": peak_gpus(seen),
        "saved_against_static_percent": _saved(total, static),
    }


def used_cost(seen: Timeline, pod: Pod) -> float:
    """USD of the GPUs that a pod used while it ran: their share of the node's price."""
    node = seen.nodes.get(pod.node)
    return seen.minutes(pod) / 60 * node.price * pod.gpus / node.gpus if node and node.gpus else 0.0


def peak_gpus(seen: Timeline) -> int:
    """The most GPUs that pods used at a time."""
    runs = [
        (p.running, seen.seconds if p.ended is None else p.ended, p.gpus) for p in seen.pods if p.running is not None
    ]
    return _most(runs)


def interruptions(seen: Timeline) -> dict[str, Any]:
    """Pods lost with their nodes, and the work of jobs that was lost since their last checkpoints."""
    lost = [pod for pod in seen.pods if pod.outcome == "lost" and pod.running is not None]
    work = [
        (minutes - kept(minutes, seen.checkpoints.get(pod.group))) * pod.gpus
        for pod in lost
        for minutes in [seen.minutes(pod)]
        if pod.job
    ]
    names = {pod.job for pod in lost if pod.job}
    again = [n for n in names if seen.jobs[n].done is not None or _runs(seen, n)]
    return {
        "pods_lost": len(lost),
        "gpu_minutes_lost": sum(work),
        "share_of_work_percent": 100 * sum(work) / total if (total := _gpu_minutes(seen)) else 0.0,
        "jobs_interrupted": len(names),
        "jobs_that_ran_again": len(again),
    }


def series(seen: Timeline, points: int = 400) -> dict[str, list[float]]:
    """What a plot shows, over minutes of the scenario: pods and nodes by number, USD per hour."""
    names = ("minutes", "pending", "running", "spot", "on-demand", "usd_per_hour")
    found: dict[str, list[float]] = {name: [] for name in names}
    ends = {name: seen.end(name) for name in seen.nodes}
    for number in range(points + 1):
        now = seen.seconds * number / points
        nodes = [node for name, node in seen.nodes.items() if node.started <= now < ends[name]]
        pods = [p for p in seen.pods if p.created <= now and (p.ended is None or now < p.ended)]
        running = sum(p.running is not None and p.running <= now for p in pods)
        spot = sum(n.capacity == "spot" for n in nodes)
        price = sum(n.price for n in nodes)
        row = (now * seen.speed, len(pods) - running, running, spot, len(nodes) - spot, price)
        for name, value in zip(names, row, strict=True):
            found[name].append(value)
    return found


def _shortage(seen: Timeline, start: float, end: float) -> dict[str, Any]:
    """How long after the first pod waited an on-demand node came, and whether spot was used again afterwards."""
    waiting = [p.created for p in seen.pods if p.created < end and (p.running is None or p.running > start)]
    first = max(start, min(waiting, default=start))
    fell = [n.started for n in seen.nodes.values() if n.capacity == "on-demand" and start <= n.started <= end]
    back = [n.started for n in seen.nodes.values() if n.capacity == "spot" and n.started > end]
    return {
        "from_minute": start * seen.speed,
        "until_minute": end * seen.speed,
        "on_demand_nodes": len(fell),
        "seconds_to_on_demand": min(fell) - first if fell else None,
        "spot_again_minute": min(back) * seen.speed if back else None,
    }


def _runs(seen: Timeline, job: str) -> bool:
    return any(pod.job == job and pod.running is not None and pod.ended is None for pod in seen.pods)


def _gpu_minutes(seen: Timeline) -> float:
    return sum(seen.minutes(pod) * pod.gpus for pod in seen.pods if pod.job)


def _peak(seen: Timeline, pool: str) -> int:
    nodes = [node for node in seen.nodes.values() if node.pool == pool]
    return _most((n.started, seen.seconds if n.ended is None else n.ended, n.gpus) for n in nodes)


def _used(seen: Timeline, space: str) -> int:
    pods = [pod for pod in seen.pods if seen.spaces.get(pod.group) == space]
    return _most((p.created, seen.seconds if p.ended is None else p.ended, p.gpus) for p in pods)


def _most(spans: Iterable[tuple[float, float, int]]) -> int:
    """The highest sum of amounts at a time; what ends in a moment makes room for what begins in it."""
    changes = sorted(change for start, end, n in spans for change in ((start, n), (end, -n)))
    total = most = 0
    for _, change in changes:
        total += change
        most = max(most, total)
    return most


def _saved(cost_: float, other: float) -> float:
    return 100 * (1 - cost_ / other) if other else 0.0


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return round(value, 2) if isinstance(value, float) else value
