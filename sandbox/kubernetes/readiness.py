"""When an object is ready, as the official provider judges the kinds in use."""

import json
import re
from typing import Any

from sandbox.kubernetes.client import Object

SKIP_AWAIT = "pulumi.com/skipAwait"
WAIT_FOR = "pulumi.com/waitFor"


def waits_for(live: Object) -> str:
    """What an object is not ready for, or "".

    `pulumi.com/waitFor` may be `condition=TYPE`, `condition=TYPE=STATUS`, `jsonpath={.path}=value`, or a JSON list of
    them.
    """
    notes = live["metadata"].get("annotations") or {}
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
