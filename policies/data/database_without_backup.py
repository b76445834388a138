"""RDS-03: what is lost with a disk, a zone or a wrong command can be had back."""

from policies._controls import cis_4, cis_7, nist, soc_2
from policies._rule import Rule
from policies._verdict import Verdict, not_applicable, require, require_if_set, worst
from policies._view import ABSENT, Resource, Stack
from policies.data._databases import CLUSTER, INSTANCE
from policies.profiles import Profile, Severity

_TABLE = "aws:dynamodb/table:Table"
_SKIP = "skipFinalSnapshot"
_DELETE = "deleteAutomatedBackups"


def _check(database: Resource, stack: Stack) -> Verdict:
    if database.type == _TABLE:
        if not stack.profile.deletion_protection:
            return not_applicable(f"tables of {stack.profile.environment} can be filled again")
        return require(database, "pointInTimeRecovery.enabled", lambda on: on is True, "true")
    if database.get("replicateSourceDb") is not ABSENT:
        return not_applicable("a replica is made again from its source")
    return worst(_demands(database, stack.profile))


def _demands(database: Resource, profile: Profile) -> list[Verdict]:
    days = profile.database_backup_days
    demands = [require(database, "backupRetentionPeriod", lambda kept: kept >= days, f"{days} or more")]
    if profile.deletion_protection:
        demands.append(require(database, "deletionProtection", lambda on: on is True, "true"))
        demands.append(require_if_set(database, _SKIP, lambda on: on is False, "false or not set"))
        demands.append(require_if_set(database, _DELETE, lambda on: on is False, "false"))
    # The storage of a cluster spans zones by itself; so do its instances where there are several.
    if profile.multi_zone_databases and database.type == INSTANCE:
        demands.append(require(database, "multiAz", lambda on: on is True, "true"))
    return demands


RULE = Rule(
    id="RDS-03",
    name="database-without-backup",
    title="A database keeps backups and, where the environment demands it, a standby, a last snapshot and a lock.",
    why="The registry of models and the record of experiments exist once. Without backups an error is final; without a "
    "standby the loss of a zone stops everything that asks the database.",
    instead="Set `backupRetentionPeriod`, and for environments that last `deletionProtection`, `multiAz` and "
    "`finalSnapshotIdentifier` instead of `skipFinalSnapshot`.",
    severity=Severity.HIGH,
    types=(INSTANCE, CLUSTER, _TABLE),
    controls=(*cis_4("2.2.4"), *cis_7("3.2.4"), *nist("CP-9", "CP-10"), *soc_2("A1.2")),
    check=_check,
    good="""
aws.rds.Instance(
    "registry",
    instance_class="db.m7g.large",
    backup_retention_period=14,
    deletion_protection=True,
    multi_az=True,
    skip_final_snapshot=False,
    final_snapshot_identifier="registry-final",
)
""",
    bad="""
aws.rds.Instance("registry", instance_class="db.m7g.large", backup_retention_period=1, skip_final_snapshot=True)
""",
    parameters=("database_backup_days", "deletion_protection", "multi_zone_databases"),
    demanded=dict.fromkeys(("2.2.4", "3.2.4"), lambda profile: profile.multi_zone_databases),
)
