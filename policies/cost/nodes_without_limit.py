"""CST-03: what starts nodes knows when to stop, and GPUs are kept for those who ask for them."""

from policies._controls import iso_42001, nist, soc_2
from policies._kubernetes import entry
from policies._nodes import GPU, GPU_POOL, NODE_GROUP, NODE_POOL, has_gpus, quantity
from policies._pods import items
from policies._rule import Admission, Rule, Target
from policies._verdict import PASS, Verdict, at, fail, require, unknown, worst
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import Severity

_BATCH = "aws:batch/computeEnvironment:ComputeEnvironment"


def _check(nodes: Resource, stack: Stack) -> Verdict:
    profile, gpus = stack.profile, has_gpus(nodes)
    if nodes.type == _BATCH:
        return _at_most(nodes, "computeResources.maxVcpus", profile.max_vcpus)
    if nodes.type == NODE_GROUP:
        limit = _at_most(nodes, "scalingConfig.maxSize", profile.max_nodes)
    elif gpus is None:
        return unknown(at(nodes, "spec.template.spec.requirements"))
    else:
        what, most = (GPU, profile.max_gpus) if gpus else ("cpu", profile.max_vcpus)
        count = quantity(entry(nodes, "spec.limits", what))
        too_many = fail(f"{at(nodes, 'spec.limits')} must allow at most {most} {what}", f"spec.limits.{what}")
        limit = unknown(at(nodes, "spec.limits")) if count is UNKNOWN else PASS if count <= most else too_many
    return worst([limit, PASS if gpus is False else unknown(at(nodes, "amiType")) if gpus is None else _kept(nodes)])


def _at_most(nodes: Resource, path: str, most: int) -> Verdict:
    return require(nodes, path, lambda count: 0 <= count <= most, f"at most {most}")


def _kept(nodes: Resource) -> Verdict:
    """Whether a taint keeps pods away that do not ask for a GPU."""
    path = "taints" if nodes.type == NODE_GROUP else "spec.template.spec.taints"
    taints = [[nodes.get(f"{one}.{part}") for part in ("key", "effect")] for one in items(nodes, path)]
    if any(key == GPU and effect in ("NoSchedule", "NO_SCHEDULE") for key, effect in taints):
        return PASS
    undecided = any(UNKNOWN in taint for taint in taints)
    return unknown(at(nodes, path)) if undecided else fail(f"{at(nodes, path)} must have {GPU}, NoSchedule", path)


_LIMITS = "object.spec.?limits.orValue({})"


def _limited(what: str, field: str) -> str:
    return f"'{what}' in {_LIMITS} && quantity(string({_LIMITS}['{what}'])).compareTo(quantity('{{{field}}}')) <= 0"


RULE = Rule(
    id="CST-03",
    name="nodes-without-limit",
    title="Node groups, node pools and compute environments have a limit, and nodes with GPUs a taint.",
    why="A loop that makes pods makes nodes until the quota of the account ends it, over a weekend; and a pod that "
    "needs no GPU, on a node that has eight, keeps it from being given back.",
    instead=f"Set `maxSize`, `limits` or `maxVcpus` within the caps of the environment, and the taint `{GPU}` with "
    "effect NoSchedule on nodes with GPUs.",
    severity=Severity.HIGH,
    types=(NODE_GROUP, NODE_POOL, _BATCH),
    controls=(*nist("SC-6"), *soc_2("A1.1"), *iso_42001("A.4.5")),
    check=_check,
    good="""
families = {"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["g5", "g6"]}
template = {
    "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "training"},
    "requirements": [families],
    "taints": [{"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}],
}
k8s.apiextensions.CustomResource(
    "training",
    api_version="karpenter.sh/v1",
    kind="NodePool",
    metadata={"name": "training"},
    spec={"limits": {"nvidia.com/gpu": "8"}, "template": {"spec": template}},
)
""",
    bad="""
families = {"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["g5", "g6"]}
template = {
    "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "training"},
    "requirements": [families],
}
k8s.apiextensions.CustomResource(
    "training",
    api_version="karpenter.sh/v1",
    kind="NodePool",
    metadata={"name": "training"},
    spec={"limits": {"cpu": "100"}, "template": {"spec": template}},
)
""",
    parameters=("max_gpus", "max_nodes", "max_vcpus"),
    admission=Admission(
        Target.NODE_POOLS,
        {
            f"{GPU_POOL} ? {_limited(GPU, 'max_gpus')} : {_limited('cpu', 'max_vcpus')}": "spec.limits must allow at "
            f"most {{max_gpus}} {GPU}, or without GPUs {{max_vcpus}} cpu",
            f"!({GPU_POOL}) || object.spec.template.spec.?taints.orValue([]).exists(one, one.key == '{GPU}' && "
            "one.effect == 'NoSchedule')": f"nodes with GPUs must have the taint {GPU} with effect NoSchedule",
        },
    ),
)
