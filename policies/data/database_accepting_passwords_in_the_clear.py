"""RDS-04: clients connect with TLS, sign in by IAM, and what they do is logged."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies._controls import nist
from policies._joins import members
from policies._rule import Rule
from policies._verdict import PASS, Verdict, fail, require, require_if_set, unknown, worst
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.data._databases import CLUSTER, CLUSTER_PARAMETERS, INSTANCE, PARAMETERS
from policies.profiles import Severity

_GROUPS = {
    INSTANCE: (PARAMETERS, "parameterGroupName"),
    CLUSTER: (CLUSTER_PARAMETERS, "dbClusterParameterGroupName"),
}
_SWITCHES = ("rds.force_ssl", "require_secure_transport")
_ON = ("1", "on", "true")
_TLS_BY_DEFAULT = 15
"""PostgreSQL from which RDS demands TLS unless told otherwise."""
_MANAGED = "manageMasterUserPassword"
_LOGS = "enabledCloudwatchLogsExports"


def _check(database: Resource, stack: Stack) -> Verdict:
    return worst(
        [
            _tls(database, stack),
            require(database, "iamDatabaseAuthenticationEnabled", lambda on: on is True, "true"),
            # One that Secrets Manager makes and changes is in no state; a replica has that of its source.
            require_if_set(database, _MANAGED, lambda on: on is True, "true"),
            require(database, _LOGS, lambda logs: isinstance(logs, list) and len(logs) > 0, "at least one log"),
        ]
    )


def _tls(database: Resource, stack: Stack) -> Verdict:
    kind, name = _GROUPS[database.type]
    found = _groups(database, stack, kind, name)
    if found is None:
        return unknown(f"the parameter group of {database.name}")
    settings = [setting for group in found for setting in _settings(group)]
    if UNKNOWN in settings:
        return unknown(f"the parameters of {database.name}")
    if any(setting.lower() in _ON for setting in settings) or (not settings and _by_default(database)):
        return PASS
    return fail(f"no parameter group of {database.name} demands TLS, by {' or '.join(_SWITCHES)}", name)


def _groups(database: Resource, stack: Stack, kind: str, name: str) -> list[Resource] | None:
    """The parameter group that a database names: here, the name is the database's own property."""
    origins, given = database.sources.get(name, ()), database.get(name)
    if found := [group for group in stack.resources if group.type == kind and group.urn in origins]:
        return found
    if given is UNKNOWN:
        return None
    named = Resource(database.type, database.urn, {name: given})
    return [] if given is ABSENT else members(named, stack, [kind], "name", (name,))


def _settings(group: Resource) -> Iterator[Any]:
    """The values of the switches in a group, `UNKNOWN` among them for what may be one."""
    found = group.get("parameters")
    for one in found if isinstance(found, list) else [found]:
        if one is UNKNOWN:
            yield UNKNOWN
        elif isinstance(one, Mapping) and one.get("name") in (*_SWITCHES, UNKNOWN):
            value = one.get("value")
            yield UNKNOWN if UNKNOWN in (one.get("name"), value) else str(value)


def _by_default(database: Resource) -> bool:
    major = str(database.get("engineVersion")).partition(".")[0]
    postgres = database.get("engine") in ("postgres", "aurora-postgresql")
    return postgres and major.isdigit() and int(major) >= _TLS_BY_DEFAULT


RULE = Rule(
    id="RDS-04",
    name="database-accepting-passwords-in-the-clear",
    title="A database demands TLS, lets applications sign in by IAM and sends its logs away.",
    why="A password that travels in the clear is everybody's on the way. Tokens of IAM last fifteen minutes and belong "
    "to a role; logs that stay with the database go with it.",
    instead="Set `rds.force_ssl` (PostgreSQL) or `require_secure_transport` (MySQL) to 1 in a parameter group, "
    "`iamDatabaseAuthenticationEnabled` and `enabledCloudwatchLogsExports`.",
    severity=Severity.MEDIUM,
    types=(INSTANCE, CLUSTER),
    controls=nist("SC-8", "IA-5", "AU-12"),
    check=_check,
    good="""
parameters = aws.rds.ParameterGroup(
    "registry", name="registry", family="postgres17", parameters=[{"name": "rds.force_ssl", "value": "1"}]
)
aws.rds.Instance(
    "registry",
    engine="postgres",
    engine_version="17",
    instance_class="db.t4g.medium",
    parameter_group_name=parameters.name,
    iam_database_authentication_enabled=True,
    enabled_cloudwatch_logs_exports=["postgresql"],
)
""",
    bad="""
aws.rds.Instance("registry", engine="postgres", engine_version="14", instance_class="db.t4g.medium")
""",
    joins=True,
)
