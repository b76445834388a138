"""Where a scenario is played: what it makes in the cluster, and that all of it goes again."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sandbox.kubernetes.client import ApiError, Client, Object
from sandbox.sim import documents as doc
from sandbox.values import ResourceError

SECONDS = 90  # to clear it
MARK = f"labelSelector={doc.LABEL}"
OWNERS = {"/apis/batch/v1/jobs": "jobs", "/apis/apps/v1/deployments": "deployments"}
PLAYED = {"/api/v1/pods": "pods", "/apis/karpenter.sh/v1/nodepools": "node pools"}
MADE = {"/apis/karpenter.sh/v1/nodeclaims": "node claims", "/api/v1/nodes": "nodes"}
"""What Karpenter makes of node pools, and deletes with them."""
GROUND = {
    "/apis/karpenter.k8s.aws/v1/ec2nodeclasses": "node classes",
    "/api/v1/namespaces": "namespaces",
    f"/apis/{doc.KUEUE}/clusterqueues": "queues",
    f"/apis/{doc.KUEUE}/resourceflavors": "flavors",
}
"""What the others need until they are gone."""
KINDS = {**OWNERS, **PLAYED, **MADE, **GROUND}
"""Where objects with the label of a scenario may be, in the order in which they are deleted."""


class Stage:
    """The objects of scenarios in a cluster, found by their label: those of a play that was killed, too."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._spaces: dict[str, str] = {}

    def put(self, given: Object) -> None:
        """Make an object, or change it to this."""
        self._client.apply(given, force=True)

    def begin(self, job: Object) -> None:
        """Make a job, which is not there, with less work for the server than `put` has."""
        self._client.send("POST", f"/apis/batch/v1/namespaces/{job['metadata']['namespace']}/jobs", job)

    def space(self, team: str, gpus: int | None = None) -> str:
        """The namespace of a team: its own if it is a tenant, else one made for the scenario.

        Args:
            team: Name of the team; "" for work without one.
            gpus: Quota of the queue that is made with the namespace. None makes no queue.
        """
        if team not in self._spaces:
            tenant = team and self._client.get({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": team}})
            name = team if tenant else f"sim-{team or 'work'}"
            if not tenant:
                self.put(doc.namespace(name, queued=gpus is not None))
                self._wait(lambda: self._has_account(name), f"the namespace {name} gets no service account")
                for one in doc.queue(name, gpus) if gpus else ():
                    self.put(one)
            self._spaces[team] = name
        return self._spaces[team]

    def limit(self, space: str) -> int | None:
        """The most GPUs that a namespace's queue lets it have at a time; None: it has no queue."""
        local = {"apiVersion": doc.KUEUE, "kind": "LocalQueue", "metadata": {"name": space, "namespace": space}}
        if not (found := self._client.get(local)):
            return None
        name = {"name": found["spec"]["clusterQueue"]}
        queue = self._client.get({"apiVersion": doc.KUEUE, "kind": "ClusterQueue", "metadata": name})
        return doc.share(queue) if queue else 0

    def nodes(self) -> dict[str, Object]:
        """The scenario's nodes, by name."""
        return {one["metadata"]["name"]: one for one in self._list("/api/v1/nodes")}

    def pods(self) -> dict[str, Object]:
        """The scenario's pods, by uid."""
        return {one["metadata"]["uid"]: one for one in self._list("/api/v1/pods")}

    def drop(self, path: str, name: str, space: str = "") -> None:
        """Begin to delete an object, at once and with what it owns; none is none to delete."""
        head, _, plural = path.rpartition("/")
        where = f"{head}/namespaces/{space}/{plural}" if space else path
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}
        body |= {"gracePeriodSeconds": 0} if plural == "pods" else {}
        self._quietly("DELETE", f"{where}/{name}", body)

    def succeed(self, pod: Object) -> None:
        """Say of a pod, as its kubelet would, that it has succeeded."""
        where = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}/status"
        self._quietly("PATCH", where, {"status": {"phase": "Succeeded"}}, "application/merge-patch+json")

    def clear(self) -> None:
        """Take everything of a scenario away, and wait until it is gone.

        Raises:
            ResourceError: Something is left, or the API server does not answer.
        """
        for path in (*OWNERS, *PLAYED):
            self._delete_all(path)
        self._wait(self._emptied, "nodes or pods of the scenario do not go")
        for path in GROUND:
            self._delete_all(path)
        self._wait(lambda: not self.left(), "not everything of the scenario goes")
        self._spaces = {}

    def left(self) -> list[str]:
        """What there is of scenarios, as `kind name`."""
        return [f"{kind} {one['metadata']['name']}" for path, kind in KINDS.items() for one in self._list(path)]

    def _emptied(self) -> bool:
        return not any(self._list(path) for path in (*PLAYED, *MADE))

    def _delete_all(self, path: str) -> None:
        found = [one["metadata"] for one in self._list(path)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda one: self.drop(path, one["name"], one.get("namespace", "")), found))

    def _list(self, path: str) -> list[Any]:
        return self._client.send("GET", f"{path}?{MARK}&resourceVersion=0")["items"]

    def _has_account(self, space: str) -> bool:
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": space}}
        return self._client.get(account) is not None

    def _quietly(self, method: str, path: str, *arguments: Any) -> None:
        """Ask for something of an object that may be gone, or be changing, by now."""
        try:
            self._client.send(method, path, *arguments)
        except ApiError as error:
            if error.code not in (404, 409):
                raise

    def _wait(self, done: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + SECONDS
        while not done():
            if time.monotonic() > deadline:
                left = ", ".join(self.left()[:5])
                raise ResourceError(f"{otherwise} within {SECONDS} s: {left}; next: `mlp down`, then `mlp up`")
            time.sleep(0.2)
