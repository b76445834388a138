"""What is left of a database that is deleted."""

import re

import pytest

from tests.components.conftest import Run
from tests.components.test_database import NAME, Databases, data


@pytest.fixture
def recorder() -> Databases:
    made = Databases()
    made.start()
    return made


def test_a_throw_away_database_leaves_nothing_behind(recorder: Databases, run: Run) -> None:
    run(lambda: data(skip_final_snapshot=True))
    instance = recorder.inputs("Instance", "data")
    assert (instance["skipFinalSnapshot"], instance["deleteAutomatedBackups"]) == (True, True)
    assert "finalSnapshotIdentifier" not in instance


def test_a_final_snapshot_has_a_name_that_no_earlier_database_has_taken(recorder: Databases, run: Run) -> None:
    """RDS refuses to delete a database if the name is taken; a snapshot outlives its database and its group."""
    names = list[str]()
    for more in ({}, {"database_name": "tracking"}, {"master_username": "owner"}, {"kms_key_arn": "arn:other"}):
        recorder.found.clear()
        run(lambda more=more: data(**more))
        names.append(recorder.inputs("Instance", "data")["finalSnapshotIdentifier"])
    recorder.group = "sg-another"
    recorder.found.clear()
    run(data)
    names.append(recorder.inputs("Instance", "data")["finalSnapshotIdentifier"])
    assert len(set(names)) == len(names)
    # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html: letters, digits, hyphens.
    assert all(re.fullmatch(rf"{NAME}-final-[0-9a-f]{{12}}", name) for name in names)
