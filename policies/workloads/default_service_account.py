"""K8S-07: pods have an identity of their own, and a token only where they ask for it."""

from policies._controls import cis_eks, nist
from policies._kubernetes import judge_namespaced
from policies._pods import WORKLOADS, in_pod, judge_pods
from policies._rule import Admission, Rule, Target
from policies._verdict import PASS, Verdict, at, fail, not_applicable, require, unknown
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity

_ACCOUNT = "kubernetes:core/v1:ServiceAccount"
_MOUNT = "automountServiceAccountToken"


def _check(resource: Resource, stack: Stack) -> Verdict:
    if resource.type != _ACCOUNT:
        return judge_pods(resource, stack, [_identity(resource)])
    if resource.get("metadata.name") == "default":
        return not_applicable("Kubernetes makes it itself; the pods that use it are judged")
    return judge_namespaced(resource, stack, [require(resource, _MOUNT, lambda on: on is False, "false")])


def _identity(workload: Resource) -> Verdict:
    name, mount = in_pod(workload, "spec.serviceAccountName"), in_pod(workload, f"spec.{_MOUNT}")
    account, token = workload.get(name), workload.get(mount)
    if token is False or (account is not UNKNOWN and account not in (ABSENT, "default")):
        return PASS
    if UNKNOWN in (account, token):
        return unknown(f"{at(workload, name)}, or {at(workload, mount)},")
    return fail(f"{at(workload, name)} is the namespace's default, whose token it mounts", name)


RULE = Rule(
    id="K8S-07",
    name="default-service-account",
    title="No pod mounts the token of the default service account, and no account hands out tokens unasked.",
    why="What somebody once allows the default account, every pod of the namespace may do; and a token that nobody "
    "needs is the first thing an intruder finds.",
    instead="Set `automountServiceAccountToken: false` on service accounts and pods; a pod that calls Kubernetes has "
    "an account of its own and sets it to true.",
    severity=Severity.MEDIUM,
    types=(_ACCOUNT, *WORKLOADS),
    controls=(*cis_eks("4.1.5", "4.1.6"), *nist("AC-6", "IA-2")),
    check=_check,
    good="""
account = k8s.core.v1.ServiceAccount(
    "trainer", metadata={"name": "trainer", "namespace": "vision"}, automount_service_account_token=False
)
k8s.core.v1.Pod(
    "train",
    metadata={"namespace": "vision"},
    spec={"automount_service_account_token": False, "containers": [{"name": "main", "image": "train"}]},
)
""",
    bad="""
k8s.core.v1.ServiceAccount("trainer", metadata={"name": "trainer", "namespace": "vision"})
k8s.core.v1.Pod(
    "train", metadata={"namespace": "vision"}, spec={"containers": [{"name": "main", "image": "train"}]}
)
""",
    parameters=("system_namespaces",),
    admission=(
        Admission(
            Target.SERVICE_ACCOUNTS,
            {
                "object.metadata.?name.orValue('') == 'default' "
                "|| !object.?automountServiceAccountToken.orValue(true)": "automountServiceAccountToken must be false",
            },
        ),
        Admission(
            Target.WORKLOADS,
            {
                "!variables.pod.?automountServiceAccountToken.orValue(true) "
                "|| !(variables.pod.?serviceAccountName.orValue('default') in ['', 'default'])": "a pod must not mount "
                "the token of the default service account",
            },
        ),
    ),
)
