"""K8S-01: pods stay off their node."""

from collections.abc import Iterator

from policies._controls import cis_eks, nist
from policies._kubernetes import forbid
from policies._pods import WORKLOADS, containers, in_pod, items, judge_pods
from policies._rule import Admission, Rule, Target
from policies._verdict import Verdict
from policies._view import Resource, Stack
from policies.profiles import Severity


def _check(workload: Resource, stack: Stack) -> Verdict:
    return judge_pods(workload, stack, _demands(workload))


def _demands(workload: Resource) -> Iterator[Verdict]:
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        yield forbid(workload, in_pod(workload, f"spec.{name}"))
    for volume in items(workload, in_pod(workload, "spec.volumes")):
        yield forbid(workload, f"{volume}.hostPath", None)
    for container, _ in containers(workload):
        yield forbid(workload, f"{container}.securityContext.privileged")
        for port in items(workload, f"{container}.ports"):
            yield forbid(workload, f"{port}.hostPort", 0)


RULE = Rule(
    id="K8S-01",
    name="pod-on-the-host",
    title="A pod has no part of its node: no privileges, host namespaces, paths or ports.",
    why="Who is root on a node reads the secrets of every pod on it and takes the node's own rights in AWS; one "
    "team's training job is then everybody's incident.",
    instead="Remove `privileged`, `hostNetwork`, `hostPID`, `hostIPC`, `hostPort` and `hostPath` volumes; use a claim, "
    "an `emptyDir` or a Service.",
    severity=Severity.CRITICAL,
    types=WORKLOADS,
    controls=(*cis_eks("4.2.1", "4.2.2", "4.2.3", "4.2.4"), *nist("AC-6", "SC-7")),
    check=_check,
    good="""
k8s.core.v1.Pod(
    "train",
    metadata={"namespace": "vision"},
    spec={
        "containers": [{"name": "main", "image": "train", "security_context": {"privileged": False}}],
        "host_network": False,
        "volumes": [{"name": "scratch", "empty_dir": {}}],
    },
)
""",
    bad="""
k8s.core.v1.Pod(
    "train",
    metadata={"namespace": "vision"},
    spec={
        "containers": [{"name": "main", "image": "train", "security_context": {"privileged": True}}],
        "volumes": [{"name": "data", "host_path": {"path": "/mnt/data"}}],
    },
)
""",
    parameters=("system_namespaces",),
    admission=Admission(
        Target.WORKLOADS,
        {
            "['hostNetwork', 'hostPID', 'hostIPC'].all(name, !variables.pod[?name].orValue(false))": "hostNetwork, "
            "hostPID and hostIPC must be off",
            "variables.pod.?volumes.orValue([]).all(volume, !has(volume.hostPath))": "no volume may be a hostPath",
            "variables.containers.all(one, !one.?securityContext.?privileged.orValue(false))": "no container may be "
            "privileged",
            "variables.containers.all(one, one.?ports.orValue([]).all(port, port.?hostPort.orValue(0) == 0))": "no "
            "container may take a hostPort",
        },
    ),
)
