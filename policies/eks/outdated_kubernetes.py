"""EKS-04: the cluster runs what AWS still mends."""

from policies._controls import nist, soc_2
from policies._rule import Rule
from policies._verdict import Verdict, at, fail, require
from policies._view import ABSENT, Resource, Stack
from policies.eks._versions import AS_OF, NEWEST, STANDARD_SUPPORT_ENDS
from policies.profiles import Severity

_TABLE = f"(table of {AS_OF})"


def _check(cluster: Resource, stack: Stack) -> Verdict:
    if cluster.get("version") is ABSENT:
        return fail(f"{at(cluster, 'version')} is not set: EKS would take what is newest on the day", "version")
    today = stack.now.date()
    supported = [version for version, end in STANDARD_SUPPORT_ENDS.items() if end >= today]
    wanted = f"one of {', '.join(supported)} {_TABLE}" if supported else f"newer than all known here {_TABLE}"
    return require(cluster, "version", lambda version: version in supported, wanted)


RULE = Rule(
    id="EKS-04",
    name="outdated-kubernetes",
    title="A cluster names its Kubernetes version, and the version is in standard support.",
    why="After it a cluster costs six times as much an hour, or is upgraded without being asked; a year later flaws "
    "are no longer mended.",
    instead="Set `version` to one in standard support, and upgrade node groups and add-ons after the control plane.",
    severity=Severity.MEDIUM,
    types=("aws:eks/cluster:Cluster",),
    controls=(*nist("SI-2"), *soc_2("CC7.1")),
    check=_check,
    good=f"""
aws.eks.Cluster(
    "ml",
    role_arn="arn:aws:iam::111122223333:role/cluster",
    vpc_config={{"subnet_ids": ["subnet-1", "subnet-2"]}},
    version="{NEWEST}",
)
""",
    bad="""
aws.eks.Cluster(
    "ml",
    role_arn="arn:aws:iam::111122223333:role/cluster",
    vpc_config={"subnet_ids": ["subnet-1", "subnet-2"]},
    version="1.29",
)
""",
)
