"""K8S-06: in a namespace, what is not allowed is not reached."""

from policies._controls import cis_eks, nist
from policies._kubernetes import NAMESPACE, joined, judge_namespaced
from policies._rule import Point, Rule
from policies._verdict import PASS, Verdict, fail, unknown
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity

_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
_BOTH = {"Ingress", "Egress"}


def _check(namespace: Resource, stack: Stack) -> Verdict:
    return judge_namespaced(namespace, stack, [_denied(namespace, stack)])


def _denied(namespace: Resource, stack: Stack) -> Verdict:
    policies = joined(namespace, stack, _POLICY)
    if policies is None:
        return unknown(f"which network policies {namespace.name} has")
    missing, undecided = set(_BOTH), False
    for policy in policies:
        parts = [policy.get(f"spec.{name}") for name in ("podSelector", "policyTypes", "ingress", "egress")]
        undecided |= any(part is UNKNOWN for part in parts) or (isinstance(parts[1], list) and UNKNOWN in parts[1])
        if parts[0] in (ABSENT, {}) and isinstance(parts[1], list):
            rules = {"Ingress": parts[2], "Egress": parts[3]}
            missing -= {kind for kind, rule in rules.items() if kind in parts[1] and rule in (ABSENT, [])}
    if not missing:
        return PASS
    what = f"{namespace.name} has no NetworkPolicy that denies all {' and all '.join(sorted(missing)).lower()}"
    return unknown(f"whether {namespace.name} denies all traffic") if undecided else fail(what, "default-deny")


RULE = Rule(
    id="K8S-06",
    name="namespace-without-default-deny",
    title="A namespace denies all traffic in and out that no network policy allows.",
    why="Otherwise every pod reaches every other and the internet: one team's notebook the model server of another, "
    "and whoever breaks into either an address of his own to send the data to.",
    instead="Add a NetworkPolicy with an empty `podSelector`, `policyTypes` `Ingress` and `Egress` and no rule, as "
    "`Tenant` does, and allow what is needed by others beside it.",
    severity=Severity.HIGH,
    types=(NAMESPACE,),
    controls=(*cis_eks("4.3.2"), *nist("SC-7(5)")),
    check=_check,
    good="""
vision = k8s.core.v1.Namespace("vision", metadata={"name": "vision"})
k8s.networking.v1.NetworkPolicy(
    "default-deny",
    metadata={"namespace": vision.metadata["name"]},
    spec={"pod_selector": {}, "policy_types": ["Ingress", "Egress"]},
)
""",
    bad="""
vision = k8s.core.v1.Namespace("vision", metadata={"name": "vision"})
k8s.networking.v1.NetworkPolicy(
    "default-deny",
    metadata={"namespace": vision.metadata["name"]},
    spec={"pod_selector": {}, "policy_types": ["Ingress", "Egress"], "egress": [{}]},
)
""",
    joins=True,
    parameters=("system_namespaces",),
    absent={Point.ADMISSION: "the API server judges one object, and a namespace is there before its policies"},
)
