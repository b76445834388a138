"""CST-07: what runs on spot can go within two minutes."""

from typing import Any

from policies._controls import ai_act, nist
from policies._kubernetes import entry
from policies._nodes import CAPACITY
from policies._pods import WORKLOADS, in_pod, judge_pods
from policies._rule import Admission, Rule, Target
from policies._verdict import PASS, Verdict, at, fail, not_applicable, unknown
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity

_SECONDS = 120
"""How long before it takes an instance back EC2 says so."""
_CHECKPOINTS = "ml-platform/checkpoints"
"""Label of pods whose program keeps checkpoints, and tells how old the last one is."""


def _check(workload: Resource, stack: Stack) -> Verdict:
    spot = entry(workload, in_pod(workload, "spec.nodeSelector"), CAPACITY)
    if spot is UNKNOWN:
        return judge_pods(workload, stack, [unknown(at(workload, in_pod(workload, "spec.nodeSelector")))])
    if spot != "spot":
        return not_applicable("it does not choose spot nodes")
    return judge_pods(workload, stack, [_short(workload), _resumes(workload)])


def _short(workload: Resource) -> Verdict:
    path = in_pod(workload, "spec.terminationGracePeriodSeconds")
    seconds: Any = workload.get(path)
    if seconds is UNKNOWN:
        return unknown(at(workload, path))
    # Kubernetes takes half a minute unless told otherwise.
    short = seconds is ABSENT or (isinstance(seconds, (int, float)) and 0 <= seconds <= _SECONDS)
    return PASS if short else fail(f"{at(workload, path)} must be {_SECONDS} or less", path)


def _resumes(workload: Resource) -> Verdict:
    restart, path = workload.get(in_pod(workload, "spec.restartPolicy")), in_pod(workload, "metadata.labels")
    label = entry(workload, path, _CHECKPOINTS)
    if restart not in ("OnFailure", "Never", UNKNOWN) or label not in (ABSENT, UNKNOWN):
        return PASS
    undecided = UNKNOWN in (restart, label)
    return unknown(at(workload, path)) if undecided else fail(f"{at(workload, path)} must have {_CHECKPOINTS}", path)


_ON_SPOT = f"variables.pod.?nodeSelector[?'{CAPACITY}'].orValue('') == 'spot'"
RULE = Rule(
    id="CST-07",
    name="unprepared-spot-pod",
    title="Pods that choose spot nodes end within two minutes, and jobs among them write checkpoints.",
    why="EC2 takes a spot instance back two minutes after saying so. A pod that needs longer is killed in the middle; "
    "a job without checkpoints begins anew, and on a busy day never ends.",
    instead=f"Leave `terminationGracePeriodSeconds` at {_SECONDS} or less, write checkpoints with "
    f"`workloads.checkpoints`, and say so by the label `{_CHECKPOINTS}` of the pod.",
    severity=Severity.MEDIUM,
    types=WORKLOADS,
    controls=(*nist("CP-10"), *ai_act("Article 15")),
    check=_check,
    good="""
k8s.batch.v1.Job(
    "train",
    metadata={"name": "train", "namespace": "vision"},
    spec={
        "template": {
            "metadata": {"labels": {"ml-platform/checkpoints": "true"}},
            "spec": {
                "nodeSelector": {"karpenter.sh/capacity-type": "spot"},
                "restartPolicy": "OnFailure",
                "containers": [{"name": "main", "image": "train"}],
            },
        }
    },
)
""",
    bad="""
k8s.batch.v1.Job(
    "train",
    metadata={"name": "train", "namespace": "vision"},
    spec={
        "template": {
            "spec": {
                "nodeSelector": {"karpenter.sh/capacity-type": "spot"},
                "restartPolicy": "OnFailure",
                "terminationGracePeriodSeconds": 900,
                "containers": [{"name": "main", "image": "train"}],
            }
        }
    },
)
""",
    parameters=("system_namespaces",),
    admission=Admission(
        Target.WORKLOADS,
        {
            f"!({_ON_SPOT}) || variables.pod.?terminationGracePeriodSeconds.orValue(30) <= {_SECONDS}": "on spot nodes "
            f"terminationGracePeriodSeconds must be {_SECONDS} or less",
            f"!({_ON_SPOT}) || !(variables.pod.?restartPolicy.orValue('') in ['OnFailure', 'Never']) || "
            f"'{_CHECKPOINTS}' in variables.labels": f"a job on spot nodes must have the label {_CHECKPOINTS}",
        },
    ),
)
