"""RDS-02: no way in from the Internet."""

from policies._controls import cis_4, cis_7, nist
from policies._rule import Rule
from policies._verdict import Verdict, require_if_set
from policies._view import Resource, Stack
from policies.data._databases import CLUSTER, CLUSTER_INSTANCE, INSTANCE
from policies.profiles import Severity

_PUBLIC = "publiclyAccessible"


def _check(database: Resource, stack: Stack) -> Verdict:
    # Pulumi's default is false.
    return require_if_set(database, _PUBLIC, lambda on: on is False, "false")


RULE = Rule(
    id="RDS-02",
    name="publicly-accessible-database",
    title="A database has no public address.",
    why="With a public address, one rule of a security group is all that lies between the data and everyone who "
    "guesses passwords.",
    instead="Leave `publiclyAccessible` off, place the database in isolated subnets, and reach it from inside the VPC.",
    severity=Severity.CRITICAL,
    types=(INSTANCE, CLUSTER, CLUSTER_INSTANCE),
    controls=(*cis_4("2.2.3"), *cis_7("3.2.3"), *nist("AC-3", "SC-7")),
    check=_check,
    good="""
aws.rds.Instance("registry", instance_class="db.t4g.medium", publicly_accessible=False)
""",
    bad="""
aws.rds.Instance("registry", instance_class="db.t4g.medium", publicly_accessible=True)
""",
)
