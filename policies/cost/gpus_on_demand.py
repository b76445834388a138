"""CST-02: GPUs are spot, but for what must not go away."""

from typing import Any

from policies._controls import iso_42001, nist, soc_2
from policies._kubernetes import entry
from policies._nodes import CAPACITY, GPU, GPU_POOL, NODE_GROUP, NODE_POOL, has_gpus, may_be_on_demand, quantity
from policies._rule import Admission, Rule, Target
from policies._verdict import PASS, Verdict, at, fail, not_applicable, unknown
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import Severity

_USE, _LABELS = "ml-platform/use", "spec.template.metadata.labels"


def _check(nodes: Resource, stack: Stack) -> Verdict:
    gpus, on_demand = has_gpus(nodes), may_be_on_demand(nodes)
    if gpus is False:
        return not_applicable("its nodes have no GPUs")
    if gpus is None or on_demand is None:
        return unknown(f"the capacity of {nodes.name}")
    if on_demand:
        return _few(nodes, stack.profile.max_gpus_on_demand)
    return _base(nodes, stack)


def _few(nodes: Resource, most: int) -> Verdict:
    count = _gpus(nodes)
    path = "scalingConfig.maxSize" if nodes.type == NODE_GROUP else "spec.limits"
    if count is UNKNOWN:
        return unknown(at(nodes, path))
    return PASS if count <= most else fail(f"{at(nodes, path)} allows more than {most} GPUs on demand", path)


def _gpus(nodes: Resource) -> Any:
    """The most GPUs; a node has one at least."""
    return quantity(
        nodes.get("scalingConfig.maxSize") if nodes.type == NODE_GROUP else entry(nodes, "spec.limits", GPU)
    )


def _base(nodes: Resource, stack: Stack) -> Verdict:
    """What serves on spot has as many GPUs on demand beside it as the environment wants."""
    least, use = stack.profile.serving_gpus_on_demand, entry(nodes, _LABELS, _USE)
    if not least or (use is not UNKNOWN and use != "serving") or nodes.type == NODE_GROUP:
        return PASS
    pools = [
        pool
        for pool in stack.resources
        if pool.type == NODE_POOL and entry(pool, _LABELS, _USE) == use and may_be_on_demand(pool) is not False
    ]
    counts = [_gpus(pool) for pool in pools]
    if sum(count for count in counts if count is not UNKNOWN) >= least:
        return PASS
    if UNKNOWN in (use, *counts):
        return unknown(f"how many GPUs on demand serve beside {nodes.name}")
    return fail(f"fewer than {least} GPUs on demand serve beside {nodes.name}")


_SPOT = f"one.key == '{CAPACITY}' && one.operator == 'In' && !('on-demand' in one.values)"
_LIMIT = "object.spec.?limits.orValue({})"
RULE = Rule(
    id="CST-02",
    name="gpus-on-demand",
    title="GPUs are spot but for a few, and models that serve in prod have some that nobody takes away.",
    why="A GPU on demand costs two to three times as much as on spot, where training that keeps checkpoints loses "
    "minutes at an interruption. A model that answers callers must not wait until spot has capacity again.",
    instead="Require `karpenter.sh/capacity-type` `In` `spot`, and a second NodePool of less weight for the GPUs that "
    "may be on demand; `GpuSpotPool` makes both.",
    severity=Severity.MEDIUM,
    types=(NODE_GROUP, NODE_POOL),
    controls=(*nist("SC-6"), *soc_2("A1.1"), *iso_42001("A.4.5")),
    check=_check,
    good="""
requirements = [
    {"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["g5", "g6"]},
    {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]},
]
class_ = {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "training"}
spec = {"template": {"spec": {"nodeClassRef": class_, "requirements": requirements}}}
k8s.apiextensions.CustomResource(
    "training", api_version="karpenter.sh/v1", kind="NodePool", metadata={"name": "training"}, spec=spec
)
""",
    bad="""
requirements = [{"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["g5", "g6"]}]
class_ = {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "training"}
spec = {"template": {"spec": {"nodeClassRef": class_, "requirements": requirements}}}
k8s.apiextensions.CustomResource(
    "training", api_version="karpenter.sh/v1", kind="NodePool", metadata={"name": "training"}, spec=spec
)
""",
    joins=True,
    parameters=("max_gpus_on_demand", "serving_gpus_on_demand"),
    admission=Admission(
        Target.NODE_POOLS,
        {
            f"!({GPU_POOL}) || object.spec.template.spec.requirements.exists(one, {_SPOT}) || '{GPU}' in {_LIMIT} && "
            f"quantity(string(object.spec.limits['{GPU}'])).compareTo(quantity('{{max_gpus_on_demand}}')) <= 0": "GPUs "
            "must be of capacity type spot, or spec.limits allow at most {max_gpus_on_demand}",
        },
    ),
)
