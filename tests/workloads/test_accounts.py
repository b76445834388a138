"""The program that creates the users of a database, on a real PostgreSQL, with the rights of RDS's administrator."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workloads.database import MASTER, PASSWORDS_REFUSED, Database, postgres
from tests.workloads.tracking import Place, s3

STATE = """
SELECT rolname, pg_get_userbyid(datdba), pg_has_role(rolname, 'rds_iam', 'MEMBER')
FROM pg_roles LEFT JOIN pg_database ON datname = rolname WHERE rolname = '{}'
"""
"""A user, the owner of the database of its name, and whether it signs in with IAM."""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with s3() as endpoint, postgres(PASSWORDS_REFUSED) as server:
        if server is None:
            pytest.skip("no PostgreSQL on PATH")
        yield Database(Place(Path(tmp_path_factory.mktemp("accounts")), endpoint), server)


def created(database: Database, *users: str) -> None:
    """The users are there, and the administrator can sign in again."""
    for _ in range(2):
        done = database.create(*users)
        assert done.returncode == 0, done.stderr
    for user in users:
        assert database.sql(STATE.format(user)) == [[user, user, True]]


def test_each_user_owns_its_database_and_signs_in_with_iam(database: Database) -> None:
    created(database, "mlflow", "feast")


def test_a_user_that_comes_later_is_added(database: Database) -> None:
    created(database, "first")
    created(database, "first", "second")


ROLE, MEMBER, OWNS = "CREATE ROLE {} LOGIN", "GRANT {} TO CURRENT_USER", "CREATE DATABASE {} OWNER {}"


@pytest.mark.parametrize(
    ("user", "before"),
    [
        ("alone", [ROLE]),
        ("joined", [ROLE, MEMBER]),
        ("owner", [ROLE, MEMBER, OWNS]),
        ("parted", [ROLE, MEMBER, OWNS, "REVOKE {} FROM CURRENT_USER"]),
        ("lost", [ROLE, "GRANT rds_iam TO {}"]),
    ],
)
def test_what_a_run_left_half_done_is_finished(database: Database, user: str, before: list[str]) -> None:
    database.sql(*(statement.replace("{}", user) for statement in before), user=MASTER)
    created(database, user)


def test_the_administrator_and_the_databases_of_others_are_left_alone(database: Database) -> None:
    refused = database.create(MASTER)
    assert refused.returncode == 1
    assert f"{MASTER} is the administrator" in refused.stderr
    database.sql("CREATE DATABASE taken")
    refused = database.create("taken")
    assert refused.returncode == 1
    assert "the database taken belongs to rdsadmin" in refused.stderr
    created(database, "third")
