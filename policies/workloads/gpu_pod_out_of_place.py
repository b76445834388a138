"""K8S-05: GPUs are for pods that say so, in namespaces with a quota of them."""

from collections.abc import Iterator

from policies._controls import nist
from policies._kubernetes import GPU, entry, joined, place
from policies._pods import WORKLOADS, containers, in_pod, judge_pods
from policies._rule import Admission, Rule, Target
from policies._verdict import PASS, Verdict, at, fail, unknown
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity

_QUOTA = "kubernetes:core/v1:ResourceQuota"


def _check(workload: Resource, stack: Stack) -> Verdict:
    return judge_pods(workload, stack, _demands(workload, stack))


def _demands(workload: Resource, stack: Stack) -> Iterator[Verdict]:
    limits = [entry(workload, f"{path}.resources.limits", GPU) for path, _ in containers(workload)]
    if all(value is ABSENT for value in limits):
        return
    if all(value in (ABSENT, UNKNOWN) for value in limits):
        yield unknown(f"whether {workload.name} asks for GPUs")
        return
    yield _tolerates(workload)
    yield _has_quota(workload, stack)


def _tolerates(workload: Resource) -> Verdict:
    path = in_pod(workload, "spec.tolerations")
    found = workload.get(path)
    if found is UNKNOWN:
        return unknown(at(workload, path))
    for one in found if isinstance(found, list) else ():
        if one is UNKNOWN or (isinstance(one, dict) and one.get("key") is UNKNOWN):
            return unknown(at(workload, path))
        if isinstance(one, dict) and one.get("key") == GPU:
            return PASS
    return fail(f"{at(workload, path)} lacks {GPU}", path)


def _has_quota(workload: Resource, stack: Stack) -> Verdict:
    quotas = joined(workload, stack, _QUOTA)
    if quotas is None:
        return unknown(f"the quota of the namespace of {workload.name}")
    found = [entry(quota, "spec.hard", f"requests.{GPU}") for quota in quotas]
    if any(value not in (ABSENT, UNKNOWN, "0", 0) for value in found):
        return PASS
    if UNKNOWN in found or place(workload) is UNKNOWN:
        return unknown(f"the quota of the namespace of {workload.name}")
    return fail(f"the namespace of {workload.name} has no ResourceQuota of requests.{GPU}", "namespace")


RULE = Rule(
    id="K8S-05",
    name="gpu-pod-out-of-place",
    title="A pod with GPUs tolerates their taint by name, in a namespace with a quota of them.",
    why="GPUs are what the platform costs. A pod that gets one by the way, by tolerating everything, keeps the node "
    "alive, and a namespace without a quota takes all of them.",
    instead="Give the namespace a quota of `requests.nvidia.com/gpu`, as `Tenant` does, and the pod a toleration of "
    "`nvidia.com/gpu`.",
    severity=Severity.MEDIUM,
    types=WORKLOADS,
    controls=nist("SC-6"),
    check=_check,
    good="""
where = {"namespace": "vision"}
main = {"name": "main", "image": "train", "resources": {"limits": {"nvidia.com/gpu": "1"}}}
tolerations = [{"key": "nvidia.com/gpu", "operator": "Exists"}]
pods = {"spec": {"restart_policy": "Never", "tolerations": tolerations, "containers": [main]}}
k8s.core.v1.ResourceQuota("vision", metadata=where, spec={"hard": {"requests.nvidia.com/gpu": "4"}})
k8s.batch.v1.Job("train", metadata=where, spec={"template": pods})
""",
    bad="""
main = {"name": "main", "image": "train", "resources": {"limits": {"nvidia.com/gpu": "1"}}}
pods = {"spec": {"restart_policy": "Never", "tolerations": [{"operator": "Exists"}], "containers": [main]}}
k8s.batch.v1.Job("train", metadata={"namespace": "vision"}, spec={"template": pods})
""",
    joins=True,
    parameters=("system_namespaces",),
    admission=Admission(
        Target.WORKLOADS,
        {
            # A policy cannot look at the quota.
            f"!variables.lasting.exists(one, '{GPU}' in one.?resources.?limits.orValue({{}})) || "
            f"variables.pod.?tolerations.orValue([]).exists(one, one.?key.orValue('') == '{GPU}')": "a pod with GPUs "
            f"must tolerate the taint {GPU} by name",
        },
    ),
)
