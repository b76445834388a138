"""RDS-05: RDS installs minor versions, which fix published security defects."""

from policies._controls import cis_4, cis_7, nist
from policies._rule import Rule
from policies._verdict import Verdict, require_if_set
from policies._view import Resource, Stack
from policies.data._databases import CLUSTER_INSTANCE, INSTANCE
from policies.profiles import Severity

_UPGRADES = "autoMinorVersionUpgrade"


def _check(database: Resource, stack: Stack) -> Verdict:
    # RDS's default is true.
    return require_if_set(database, _UPGRADES, lambda on: on is True, "true")


RULE = Rule(
    id="RDS-05",
    name="database-without-minor-upgrades",
    title="RDS upgrades a database to new minor versions.",
    why="Minor versions of PostgreSQL and MySQL fix security defects, and their release notes name them. With "
    "`autoMinorVersionUpgrade` off, a database keeps its minor version until `engineVersion` changes or "
    "AWS ends support for it.",
    instead="Leave `autoMinorVersionUpgrade` on, and give `engineVersion` the major version only, for example `17`. "
    "RDS upgrades in the maintenance window.",
    severity=Severity.MEDIUM,
    types=(INSTANCE, CLUSTER_INSTANCE),
    controls=(*cis_4("2.2.2"), *cis_7("3.2.2"), *nist("SI-2")),
    check=_check,
    good="""
aws.rds.Instance(
    "registry", engine="postgres", engine_version="17", instance_class="db.t4g.medium", auto_minor_version_upgrade=True
)
""",
    bad="""
aws.rds.Instance(
    "registry",
    engine="postgres",
    engine_version="17.6",
    instance_class="db.t4g.medium",
    auto_minor_version_upgrade=False,
)
""",
)
