"""CST-01: nodes are of the families that the environment has agreed to pay for."""

from typing import Any

from policies._controls import iso_42001, nist, soc_2
from policies._nodes import FAMILY, LAUNCH_TEMPLATE, NODE_GROUP, NODE_POOL, TYPE, family, instance_types
from policies._rule import Admission, Rule, Target
from policies._verdict import PASS, Verdict, at, fail, not_applicable, unknown
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity

_BATCH, _INSTANCE = "aws:batch/computeEnvironment:ComputeEnvironment", "aws:ec2/instance:Instance"
_PATHS = {
    NODE_GROUP: "instanceTypes",
    NODE_POOL: "spec.template.spec.requirements",
    LAUNCH_TEMPLATE: "instanceType",
    _BATCH: "computeResources.instanceTypes",
    _INSTANCE: "instanceType",
}


def _check(resource: Resource, stack: Stack) -> Verdict:
    path, found = _PATHS[resource.type], _types(resource)
    if found is None and resource.type in (LAUNCH_TEMPLATE, _BATCH):
        return not_applicable("it leaves the instance type to who uses it")
    if found is None and resource.get("launchTemplate") is not ABSENT:
        return not_applicable("its launch template says of which type it is")
    if found is None:
        return fail(f"{at(resource, path)} limits no instance type", path)
    allowed = stack.profile.instance_families
    if any(one is not UNKNOWN and family(one) not in allowed for one in found):
        return fail(f"{at(resource, path)} has a type of a family that {stack.profile.environment} does not list", path)
    return unknown(at(resource, path)) if UNKNOWN in found else PASS


def _types(resource: Resource) -> list[Any] | None:
    if resource.type in (NODE_GROUP, NODE_POOL):
        return instance_types(resource)
    found = resource.get(_PATHS[resource.type])
    return None if found is ABSENT else found if isinstance(found, list) else [found]


_LIMITS = f"one.key in {[FAMILY, TYPE]} && one.operator == 'In'"
_REQUIREMENTS = "object.spec.template.spec.requirements"
RULE = Rule(
    id="CST-01",
    name="unlisted-instance-type",
    title="Nodes are of instance families that the environment lists.",
    why="An hour of the largest GPU instance costs more than a month of the smallest; a node pool without limits takes "
    "whatever fits the pod.",
    instead="Choose a family of `instance_families`, or have it added there: by review, not by accident. A NodePool "
    "names families by a requirement `In` of `karpenter.k8s.aws/instance-family`.",
    severity=Severity.HIGH,
    types=tuple(_PATHS),
    controls=(*nist("CM-7", "SC-6"), *soc_2("A1.1"), *iso_42001("A.4.5")),
    check=_check,
    good="""
families = {"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["g5", "g6"]}
k8s.apiextensions.CustomResource(
    "training",
    api_version="karpenter.sh/v1",
    kind="NodePool",
    metadata={"name": "training"},
    spec={
        "template": {
            "spec": {
                "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "training"},
                "requirements": [families],
            }
        }
    },
)
""",
    bad="""
families = {"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["g5", "p6-b200"]}
k8s.apiextensions.CustomResource(
    "training",
    api_version="karpenter.sh/v1",
    kind="NodePool",
    metadata={"name": "training"},
    spec={
        "template": {
            "spec": {
                "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "training"},
                "requirements": [families],
            }
        }
    },
)
""",
    parameters=("instance_families",),
    admission=Admission(
        Target.NODE_POOLS,
        {
            f"{_REQUIREMENTS}.exists(one, {_LIMITS}) && {_REQUIREMENTS}.all(one, !({_LIMITS}) || "
            "one.values.all(value, value.split('.')[0] in {instance_families}))": "a requirement must name instance "
            "families or types of the environment's: {instance_families}",
        },
    ),
)
