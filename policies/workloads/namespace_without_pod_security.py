"""K8S-11: namespaces enforce a Pod Security Standard."""

from policies._controls import cis_eks, nist
from policies._kubernetes import NAMESPACE, entry, judge_namespaced
from policies._rule import Admission, Rule, Target
from policies._verdict import PASS, Verdict, at, fail, unknown
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import Severity

_LABEL = "pod-security.kubernetes.io/enforce"


def _check(namespace: Resource, stack: Stack) -> Verdict:
    return judge_namespaced(namespace, stack, [_standard(namespace, stack)])


def _standard(namespace: Resource, stack: Stack) -> Verdict:
    allowed = stack.profile.pod_security
    standard = entry(namespace, "metadata.labels", _LABEL)
    if standard is UNKNOWN:
        return unknown(at(namespace, "metadata.labels"))
    wanted = " or ".join(allowed)
    return PASS if standard in allowed else fail(f"the label {_LABEL} of {namespace.name} is not {wanted}", _LABEL)


RULE = Rule(
    id="K8S-11",
    name="namespace-without-pod-security",
    title="A namespace enforces the Pod Security Standard that the environment demands.",
    why="It holds for every pod, whoever makes it, by whatever controller, even where these rules are not installed.",
    instead="Give the namespace the label `pod-security.kubernetes.io/enforce: restricted`, as `Tenant` does.",
    severity=Severity.HIGH,
    types=(NAMESPACE,),
    controls=(*cis_eks("4.2.1", "4.2.5"), *nist("AC-6", "CM-7")),
    check=_check,
    good="""
k8s.core.v1.Namespace("vision", metadata={"labels": {"pod-security.kubernetes.io/enforce": "restricted"}})
""",
    bad="""
k8s.core.v1.Namespace("vision", metadata={"labels": {"pod-security.kubernetes.io/enforce": "privileged"}})
""",
    parameters=("pod_security", "system_namespaces"),
    # The standard `baseline` lets containers gain privileges.
    demanded={"4.2.5": lambda profile: "baseline" not in profile.pod_security},
    admission=Admission(
        Target.NAMESPACES,
        {
            f"object.metadata.?labels[?'{_LABEL}'].orValue('') in {{pod_security}}": f"the label {_LABEL} must be one "
            "of the environment's: {pod_security}",
        },
    ),
)
