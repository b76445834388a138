"""K8S-02: pods run as Pod Security Standard `restricted` has it, on a file system that they cannot write to."""

from collections.abc import Iterator

from policies._controls import cis_eks, nist
from policies._pods import WORKLOADS, containers, effective, judge_pods
from policies._rule import Admission, Rule, Target
from policies._verdict import Verdict, require
from policies._view import Resource, Stack
from policies.profiles import Severity

_SECCOMP = ("RuntimeDefault", "Localhost")


def _check(workload: Resource, stack: Stack) -> Verdict:
    return judge_pods(workload, stack, _demands(workload))


def _demands(workload: Resource) -> Iterator[Verdict]:
    for one, _ in containers(workload):
        own = f"{one}.securityContext"
        yield require(workload, effective(workload, one, "runAsNonRoot"), lambda on: on is True, "true")
        seccomp = effective(workload, one, "seccompProfile.type")
        yield require(workload, seccomp, lambda kind: kind in _SECCOMP, " or ".join(_SECCOMP))
        yield require(workload, f"{own}.allowPrivilegeEscalation", lambda on: on is False, "false")
        yield require(workload, f"{own}.readOnlyRootFilesystem", lambda on: on is True, "true")
        yield require(workload, f"{own}.capabilities.drop", lambda names: "ALL" in names, "a list with ALL")


RULE = Rule(
    id="K8S-02",
    name="pod-without-confinement",
    title="Containers run as no root, with no capability, with seccomp, on a read-only file system.",
    why="Models and training code pull in hundreds of packages; what one of them breaks out to is decided by what "
    "the container was allowed to do.",
    instead="Set `runAsNonRoot` and `seccompProfile` `RuntimeDefault` for the pod, and for each container "
    "`allowPrivilegeEscalation: false`, `readOnlyRootFilesystem: true` and `capabilities.drop: [ALL]`; mount an "
    "`emptyDir` where it writes.",
    severity=Severity.HIGH,
    types=WORKLOADS,
    controls=(*cis_eks("4.2.5", "4.5.2"), *nist("AC-6", "CM-7")),
    check=_check,
    good="""
k8s.core.v1.Pod(
    "train",
    metadata={"namespace": "vision"},
    spec={
        "security_context": {"run_as_non_root": True, "seccomp_profile": {"type": "RuntimeDefault"}},
        "containers": [
            {
                "name": "main",
                "image": "train",
                "security_context": {
                    "allow_privilege_escalation": False,
                    "capabilities": {"drop": ["ALL"]},
                    "read_only_root_filesystem": True,
                },
            }
        ],
    },
)
""",
    bad="""
k8s.core.v1.Pod(
    "train",
    metadata={"namespace": "vision"},
    spec={
        "security_context": {"run_as_non_root": True},
        "containers": [{"name": "main", "image": "train", "security_context": {"run_as_non_root": False}}],
    },
)
""",
    parameters=("system_namespaces",),
    admission=Admission(
        Target.WORKLOADS,
        {
            "variables.containers.all(one, one.?securityContext.?runAsNonRoot"
            ".or(variables.pod.?securityContext.?runAsNonRoot).orValue(false))": "runAsNonRoot must be true",
            "variables.containers.all(one, one.?securityContext.?seccompProfile.?type"
            ".or(variables.pod.?securityContext.?seccompProfile.?type).orValue('') in ['RuntimeDefault', "
            "'Localhost'])": "seccompProfile must be RuntimeDefault or Localhost",
            "variables.containers.all(one, !one.?securityContext.?allowPrivilegeEscalation.orValue(true))": ""
            "allowPrivilegeEscalation must be false",
            "variables.containers.all(one, one.?securityContext.?readOnlyRootFilesystem.orValue(false))": ""
            "readOnlyRootFilesystem must be true",
            "variables.containers.all(one, 'ALL' in one.?securityContext.?capabilities.?drop.orValue([]))": ""
            "capabilities must drop ALL",
        },
    ),
)
