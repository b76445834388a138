from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN, Resource
from policies.data._databases import INSTANCE, PARAMETERS
from policies.data.database_accepting_passwords_in_the_clear import RULE
from tests.policies.world import judged, made

GOOD = {"iamDatabaseAuthenticationEnabled": True, "enabledCloudwatchLogsExports": ["postgresql"], "engine": "postgres"}


def database(version: str, group: Any = None, **view: Any) -> Resource:
    return made(INSTANCE, "db", {**GOOD, "engineVersion": version, "parameterGroupName": group}, **view)


def parameters(**values: Any) -> Resource:
    items = [{"name": name.replace("__", "."), "value": value} for name, value in values.items()]
    return made(PARAMETERS, "group", {"name": "registry", "parameters": items})


@pytest.mark.parametrize(
    ("version", "others", "outcome"),
    [
        ("17", (), Outcome.PASS),
        ("15.4", (parameters(log_connections="1"),), Outcome.PASS),
        ("17", (parameters(rds__force_ssl="0"),), Outcome.FAIL),
        ("14", (), Outcome.FAIL),
        ("14", (parameters(rds__force_ssl="1"),), Outcome.PASS),
        ("8.0", (parameters(require_secure_transport="ON"),), Outcome.PASS),
        ("14", (parameters(rds__force_ssl=UNKNOWN),), Outcome.UNKNOWN),
    ],
)
def test_tls_is_demanded_by_the_group_or_else_by_the_version(
    version: str, others: tuple[Resource, ...], outcome: Outcome
) -> None:
    assert judged(RULE, database(version, "registry"), *others)[0] is outcome


def test_a_group_that_is_made_with_the_database_is_its_own() -> None:
    group = parameters(rds__force_ssl="1")
    subject = database("14", UNKNOWN, sources={"parameterGroupName": [group.urn]})
    assert judged(RULE, subject, group)[0] is Outcome.PASS
    assert judged(RULE, database("14", UNKNOWN), group)[0] is Outcome.UNKNOWN


def test_a_group_of_another_database_says_nothing() -> None:
    assert judged(RULE, database("14", "default.postgres14"), parameters(rds__force_ssl="1"))[0] is Outcome.FAIL
