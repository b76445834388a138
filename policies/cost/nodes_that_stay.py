"""CST-05: nodes go when nobody needs them, and none gets old."""

import re

from policies._controls import nist
from policies._nodes import NODE_POOL
from policies._rule import Admission, Rule, Target
from policies._verdict import Verdict, require_if_set, worst
from policies._view import Resource, Stack
from policies.profiles import Severity

_HOURS = 720
"""The longest that a node lives; what Karpenter takes by itself."""
_UNITS = {"h": 1.0, "m": 1 / 60, "s": 1 / 3600}
_WHEN = "spec.disruption.consolidationPolicy"
_POLICIES = ["WhenEmpty", "WhenEmptyOrUnderutilized"]


def _check(pool: Resource, stack: Stack) -> Verdict:
    # Without a value the API server sets Karpenter's own, which does.
    return worst(
        [
            require_if_set(pool, _WHEN, lambda when: when in _POLICIES, "WhenEmpty or more"),
            require_if_set(pool, "spec.disruption.consolidateAfter", lambda time: _hours(time) >= 0, "a time"),
            require_if_set(
                pool, "spec.template.spec.expireAfter", lambda time: 0 < _hours(time) <= _HOURS, f"{_HOURS}h or less"
            ),
        ]
    )


def _hours(time: str) -> float:
    """A duration such as `1h30m` in hours.

    Raises:
        ValueError: It is none, such as `Never`.
    """
    if not re.fullmatch(r"(\d+[hms])+", time):
        raise ValueError("no duration")
    return sum(int(count) * _UNITS[unit] for count, unit in re.findall(r"(\d+)([hms])", time))


_AFTER, _EXPIRE = "object.spec.?disruption.?consolidateAfter", "object.spec.template.spec.?expireAfter"
RULE = Rule(
    id="CST-05",
    name="nodes-that-stay",
    title="Karpenter takes away empty nodes, and replaces each within 30 days.",
    why="An empty GPU node is paid like a full one; an old one has the flaws of the image that it was started from.",
    instead="Leave `disruption.consolidateAfter` and the template's `expireAfter` as they are, or set them to times, "
    "the second to 720h or less; `Never` keeps a node for ever.",
    severity=Severity.MEDIUM,
    types=(NODE_POOL,),
    controls=(*nist("SC-6", "SI-2"),),
    check=_check,
    good="""
template = {
    "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "training"},
    "requirements": [{"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["g5"]}],
    "expireAfter": "336h",
}
k8s.apiextensions.CustomResource(
    "training",
    api_version="karpenter.sh/v1",
    kind="NodePool",
    metadata={"name": "training"},
    spec={
        "disruption": {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "5m"},
        "template": {"spec": template},
    },
)
""",
    bad="""
template = {
    "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "training"},
    "requirements": [{"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["g5"]}],
    "expireAfter": "Never",
}
k8s.apiextensions.CustomResource(
    "training",
    api_version="karpenter.sh/v1",
    kind="NodePool",
    metadata={"name": "training"},
    spec={
        "disruption": {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "Never"},
        "template": {"spec": template},
    },
)
""",
    admission=Admission(
        Target.NODE_POOLS,
        {
            f"object.spec.?disruption.?consolidationPolicy.orValue('WhenEmpty') in {_POLICIES} && "
            f"{_AFTER}.orValue('0s') != 'Never'": "spec.disruption must have a consolidationPolicy and a time "
            "consolidateAfter",
            f"{_EXPIRE}.orValue('0s') != 'Never' && duration({_EXPIRE}.orValue('0s')) <= duration('{_HOURS}h')": "the "
            f"template's expireAfter must be {_HOURS}h or less",
        },
    ),
)
