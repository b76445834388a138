"""Users of models, and what the models' servers say of them: a share of the requests to each version, as split."""

import json
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sandbox.kubernetes.client import Client
from tests.sandbox.watched import Exporter

PER_SECOND = 200
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
HASH = "rollouts-pod-template-hash"


@dataclass(frozen=True)
class Behaviour:
    """What happens to the requests of one version."""

    failing: float = 0.0
    seconds: float = 0.04
    asked: bool = True


@dataclass
class Traffic:
    """An exporter in the place of every server's own, with the series of MLServer.

    Attributes:
        client: Where pods, weights and rollouts are read.
        namespace: Namespace of the models.
        behaviours: Model and version to what it does; others answer well.
        weights: Model to the shares that its new version has had, in percent, without repetitions.
    """

    client: Client
    namespace: str
    behaviours: dict[tuple[str, str], Behaviour]
    weights: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _counts: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    _last: float = field(default_factory=time.monotonic)
    _ended: threading.Event = field(default_factory=threading.Event)

    def start(self) -> int:
        """Serve `/metrics`; the port."""
        self._exporter = Exporter(lambda: self.scraped)
        self._users = threading.Thread(target=self._use, daemon=True)
        self._users.start()
        return self._exporter.port

    def stop(self) -> None:
        self._ended.set()
        self._users.join(10)
        self._exporter.stop()

    @property
    def scraped(self) -> str:
        """What all servers have counted so far."""
        counts = sorted(dict(self._counts).items())
        return "".join(f"{name}{{{labels}}} {value:g}\n" for (name, labels), value in counts)

    def _use(self) -> None:
        while not self._ended.wait(0.3):
            now = time.monotonic()
            passed, self._last = now - self._last, now
            for rollout in self._list("apis/argoproj.io/v1alpha1", "rollouts"):
                self._ask(rollout["metadata"]["name"], rollout.get("status", {}).get("stableRS", ""), passed)

    def _ask(self, model: str, stable: str, passed: float) -> None:
        weight = self._weight(model)
        if not self.weights[model] or self.weights[model][-1] != weight:
            self.weights[model].append(weight)
        pods = self._list("api/v1", "pods", f"?labelSelector=ml-platform/model={model}")
        running = [pod["metadata"] for pod in pods if pod["status"].get("phase") == "Running"]
        for new, share in ((False, 100 - weight), (True, weight)):
            those = [one for one in running if (one["labels"][HASH] != stable) == new]
            for one in those:
                self._count(one, PER_SECOND * passed * share / 100 / len(those))

    def _count(self, pod: dict[str, Any], requests: float) -> None:
        model, version = (pod["labels"][f"ml-platform/{name}"] for name in ("model", "version"))
        behaviour = self.behaviours.get((model, version), Behaviour())
        requests *= behaviour.asked
        target = f'namespace="{self.namespace}",pod="{pod["name"]}",model="{model}",version="{version}"'
        own = f'{target},app_name="mlserver",method="POST",path="/v2/models/{model}/infer"'
        good = f'{own},status_code="200"'
        self._counts["rest_server_requests_total", good] += requests * (1 - behaviour.failing)
        if behaviour.failing:
            self._counts["rest_server_requests_total", f'{own},status_code="500"'] += requests * behaviour.failing
        # Probes go well, whatever the model does, and whether anybody asks or not.
        probes = f'{target},app_name="mlserver",method="GET",path="/v2/health/live",status_code="200"'
        self._counts["rest_server_requests_total", probes] += 50
        for bound in (*map(str, BUCKETS), "+Inf"):
            within = requests if behaviour.seconds <= float(bound) else 0
            self._counts["rest_server_request_duration_seconds_bucket", f'{good},le="{bound}"'] += within

    def _weight(self, model: str) -> int:
        """The new version's share, as the load balancer's controller is told it."""
        found = self.client.get(self.named("networking.k8s.io/v1", "Ingress", model)) or {"metadata": {}}
        notes = found["metadata"].get("annotations", {})
        action = json.loads(notes.get(f"alb.ingress.kubernetes.io/actions.{model}", "{}"))
        groups = action.get("ForwardConfig", {}).get("TargetGroups", [])
        return sum(one["Weight"] for one in groups if one["ServiceName"] == f"{model}-canary")

    def named(self, api: str, kind: str, name: str) -> dict[str, Any]:
        return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": self.namespace}}

    def _list(self, api: str, plural: str, query: str = "") -> list[dict[str, Any]]:
        return self.client.send("GET", f"/{api}/namespaces/{self.namespace}/{plural}{query}")["items"]
