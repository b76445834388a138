"""K8S-04: containers say what they need."""

from collections.abc import Iterator

from policies._controls import nist
from policies._kubernetes import GPU, entry
from policies._pods import WORKLOADS, containers, judge_pods
from policies._rule import Admission, Rule, Target
from policies._verdict import PASS, Verdict, at, fail, unknown
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity


def _check(workload: Resource, stack: Stack) -> Verdict:
    return judge_pods(workload, stack, _demands(workload))


def _demands(workload: Resource) -> Iterator[Verdict]:
    for container, _ in containers(workload):
        if "ephemeralContainers" in container:  # they cannot have any
            continue
        requests, limits = f"{container}.resources.requests", f"{container}.resources.limits"
        # Kubernetes takes a limit for the request that is not there.
        yield _set(workload, "cpu", requests, limits)
        yield _set(workload, "memory", limits)
        requested, limit = entry(workload, requests, GPU), entry(workload, limits, GPU)
        if UNKNOWN in (requested, limit):
            yield unknown(at(workload, limits))
        elif requested not in (ABSENT, limit):
            yield fail(f"{GPU} in {at(workload, limits)} is not what is requested", limits)


def _set(workload: Resource, name: str, *places: str) -> Verdict:
    found = [entry(workload, place, name) for place in places]
    if any(value not in (ABSENT, UNKNOWN) for value in found):
        return PASS
    where = at(workload, places[0])
    return unknown(where) if UNKNOWN in found else fail(f"{where} lacks {name}", f"{places[0]}.{name}")


RULE = Rule(
    id="K8S-04",
    name="container-without-limits",
    title="A container requests processor and memory, and has a limit of memory.",
    why="A pod that requests nothing is put on a node that has nothing left, and one without a limit takes the memory "
    "of a model server beside it, which then is killed.",
    instead="Set `resources.requests` of `cpu` and `memory` and `resources.limits` of `memory`; a GPU's limit is its "
    "request. The defaults of a namespace count for pods, not for what makes them.",
    severity=Severity.MEDIUM,
    types=WORKLOADS,
    controls=nist("SC-6"),
    check=_check,
    good="""
k8s.core.v1.Pod(
    "train",
    metadata={"namespace": "vision"},
    spec={
        "containers": [
            {
                "name": "main",
                "image": "train",
                "resources": {"requests": {"cpu": "2", "memory": "8Gi"}, "limits": {"memory": "8Gi"}},
            }
        ]
    },
)
""",
    bad="""
k8s.core.v1.Pod(
    "train",
    metadata={"namespace": "vision"},
    spec={"containers": [{"name": "main", "image": "train", "resources": {"requests": {"cpu": "2"}}}]},
)
""",
    parameters=("system_namespaces",),
    admission=Admission(
        Target.WORKLOADS,
        {
            "variables.lasting.all(one, 'cpu' in one.?resources.?requests.orValue({}) "
            "|| 'cpu' in one.?resources.?limits.orValue({}))": "containers must request cpu",
            "variables.lasting.all(one, 'memory' in one.?resources.?limits.orValue({}))": ""
            "containers must limit memory",
            f"variables.lasting.all(one, !('{GPU}' in one.?resources.?requests.orValue({{}})) "
            f"|| one.resources.requests[?'{GPU}'] == one.resources.?limits[?'{GPU}'])": f"the limit of {GPU} must be "
            "what is requested",
        },
    ),
)
