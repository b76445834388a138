import pytest

from policies._rule import Rule
from policies._verdict import Outcome
from policies._view import UNKNOWN
from policies.data import database_accepting_passwords_in_the_clear, database_without_backup
from policies.data._databases import INSTANCE
from tests.policies.world import judged, made

KEPT = {"backupRetentionPeriod": 14, "deletionProtection": True, "multiAz": True}
ASKED = {
    "engine": "postgres",
    "engineVersion": "16.4",
    "iamDatabaseAuthenticationEnabled": True,
    "enabledCloudwatchLogsExports": ["postgresql"],
}


@pytest.mark.parametrize(
    ("rule", "others", "name", "good"),
    [
        (database_without_backup.RULE, KEPT, "deleteAutomatedBackups", False),
        (database_accepting_passwords_in_the_clear.RULE, ASKED, "manageMasterUserPassword", True),
    ],
    ids=["backups", "password"],
)
def test_what_may_be_left_unset_is_undecided_while_it_is_unknown(
    rule: Rule, others: dict[str, object], name: str, good: bool
) -> None:
    found = [judged(rule, made(INSTANCE, "registry", {**others, **more}))[0] for more in ({}, {name: good})]
    assert found == [Outcome.PASS, Outcome.PASS]
    assert judged(rule, made(INSTANCE, "registry", {**others, name: not good}))[0] is Outcome.FAIL
    assert judged(rule, made(INSTANCE, "registry", {**others, name: UNKNOWN}))[0] is Outcome.UNKNOWN
