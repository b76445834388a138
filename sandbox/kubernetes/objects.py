"""What the provider has to know of objects: names, what is theirs and what is the server's, when they are ready."""

import json
import re
from typing import Any

from sandbox.kubernetes.client import Object

AUTONAMED = "pulumi.com/autonamed"
SKIP_AWAIT = "pulumi.com/skipAwait"
WAIT_FOR = "pulumi.com/waitFor"
TIMEOUT_SECONDS = "pulumi.com/timeoutSeconds"
FORCE = "pulumi.com/patchForce"
PROPAGATION = "pulumi.com/deletionPropagationPolicy"
SERVER_SET = ("creationTimestamp", "deletionTimestamp", "generation", "managedFields", "resourceVersion", "uid")


def annotations(given: Object) -> dict[str, str]:
    """The annotations of an object."""
    return given.get("metadata", {}).get("annotations") or {}


def identity(given: Object, namespaced: bool) -> str:
    """The official provider's id: `namespace/name`, or `name` where there are no namespaces."""
    metadata = given["metadata"]
    return f"{metadata['namespace']}/{metadata['name']}" if namespaced else metadata["name"]


def reference(given: Object) -> Object:
    """What names an object, and nothing else of it."""
    metadata = {key: given["metadata"][key] for key in ("name", "namespace") if given["metadata"].get(key)}
    return {"apiVersion": given["apiVersion"], "kind": given["kind"], "metadata": metadata}


def own(live: Object) -> Object:
    """A live object without what the server has set, as an import takes it over."""
    metadata = {key: value for key, value in live["metadata"].items() if key not in SERVER_SET}
    return {key: value for key, value in live.items() if key not in ("status", "metadata")} | {"metadata": metadata}


def same(one: Object, other: Object) -> bool:
    """Whether two objects differ in nothing that anybody asked for."""
    return own(one) == own(other)


def held(given: Any, live: Any) -> Any:
    """The live values of what was given; a list that differs is taken whole, and what is gone is left out."""
    if isinstance(given, dict) and isinstance(live, dict):
        return {key: held(value, live[key]) for key, value in given.items() if key in live}
    return live


def waits_for(live: Object) -> str:
    """What an object is not ready for, or "": as the official provider awaits the kinds in use.

    `pulumi.com/waitFor` may be `condition=TYPE`, `condition=TYPE=STATUS`, `jsonpath={.path}=value`, or a JSON list of
    them.
    """
    notes = annotations(live)
    if notes.get(SKIP_AWAIT) == "true":
        return ""
    if asked := notes.get(WAIT_FOR, ""):
        wanted = json.loads(asked) if asked.startswith("[") else [asked]
        return next((f"waiting for {one}" for one in wanted if not _meets(live, one)), "")
    check = _READY.get(live["kind"])
    return check(live) if check else ""


def _meets(live: Object, wanted: str) -> bool:
    what, _, rest = wanted.partition("=")
    if what == "condition":
        kind, _, status = rest.partition("=")
        return _condition(live, kind) == (status or "True")
    path, _, value = rest.partition("}=")
    found: Any = live
    for step in re.findall(r"[^.\[\]{}]+", path):
        try:
            found = found[int(step)] if isinstance(found, list) else found[step]
        except (KeyError, IndexError, ValueError):
            return False
    return not value or str(found) == value


def _condition(live: Object, kind: str) -> str:
    conditions = (live.get("status") or {}).get("conditions") or []
    return next((one["status"] for one in conditions if one["type"] == kind), "")


def _replicas(live: Object) -> str:
    status, wanted = live.get("status") or {}, live["spec"].get("replicas", 1)
    seen = status.get("observedGeneration", 0) >= live["metadata"].get("generation", 0)
    ready = min(status.get("updatedReplicas", 0), status.get("readyReplicas", 0)) if seen else 0
    return "" if ready >= wanted else f"{ready} of {wanted} replicas are ready"


def _daemons(live: Object) -> str:
    status = live.get("status") or {}
    ready, wanted = status.get("numberReady", 0), status.get("desiredNumberScheduled")
    return "" if wanted is not None and ready >= wanted else f"{ready} of {wanted or '?'} nodes are served"


def _is(kind: str):
    return lambda live: "" if _condition(live, kind) == "True" else f"it is not {kind}"


_READY = {
    "CustomResourceDefinition": _is("Established"),
    "DaemonSet": _daemons,
    "Deployment": _replicas,
    "Job": _is("Complete"),
    "Namespace": lambda live: "" if (live.get("status") or {}).get("phase") == "Active" else "it is not active",
    "Pod": _is("Ready"),
    "StatefulSet": _replicas,
}
