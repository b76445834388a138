"""K8S-10: what is secret does not stand in a manifest."""

import re
from collections.abc import Iterator

from policies._controls import nist
from policies._pods import WORKLOADS, containers, items, judge_pods
from policies._rule import Admission, Rule, Target
from policies._verdict import Verdict, at, fail, unknown
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity

_SECRET = "(?i)(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIALS?|(API|ACCESS|PRIVATE|SECRET|SIGNING)_?KEY)$"
"""Names of variables that hold a secret; what ends in `_FILE`, `_ARN` or `_NAME` only leads to one."""


def _check(workload: Resource, stack: Stack) -> Verdict:
    return judge_pods(workload, stack, _demands(workload))


def _demands(workload: Resource) -> Iterator[Verdict]:
    for container, _ in containers(workload):
        for variable in items(workload, f"{container}.env"):
            yield from _judge(workload, variable)


def _judge(workload: Resource, variable: str) -> Iterator[Verdict]:
    name, value = workload.get(f"{variable}.name"), workload.get(f"{variable}.value")
    path = f"{variable}.value"
    if value is ABSENT:
        return
    if path in (workload.secrets or ()) or (isinstance(name, str) and re.search(_SECRET, name)):
        # A name that says so is enough: even a value that is not known yet will stand there in plain text.
        yield fail(f"{at(workload, path)} is a secret in plain text", path)
    elif name is UNKNOWN:
        yield unknown(at(workload, f"{variable}.name"))


RULE = Rule(
    id="K8S-10",
    name="secret-in-environment",
    title="No variable of a container has a secret as its literal value.",
    why="Whoever may look at a pod, in the cluster, in the state or in a backup of either, reads it; so does every "
    "library in the process, and it stays in logs and dumps.",
    instead="Have an ExternalSecret bring it from Secrets Manager and mount it as a file, or let the pod fetch it with "
    "its own identity.",
    severity=Severity.HIGH,
    types=WORKLOADS,
    controls=nist("IA-5(7)", "SC-28"),
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
                "env": [{"name": "TRACKING_PASSWORD_FILE", "value": "/run/secrets/password"}],
                "volume_mounts": [{"name": "password", "mount_path": "/run/secrets", "read_only": True}],
            }
        ],
        "volumes": [{"name": "password", "secret": {"secret_name": "tracking"}}],
    },
)
""",
    bad="""
k8s.core.v1.Pod(
    "train",
    metadata={"namespace": "vision"},
    spec={
        "containers": [
            {"name": "main", "image": "train", "env": [{"name": "TRACKING_PASSWORD", "value": "changeit"}]}
        ]
    },
)
""",
    parameters=("system_namespaces",),
    admission=Admission(
        Target.WORKLOADS,
        {
            "variables.containers.all(one, one.?env.orValue([]).all(variable, variable.?value.orValue('') == '' || "
            f"!variable.name.matches('{_SECRET}')))": "no variable may have a secret as its value",
        },
    ),
)
