"""MLflow on PostgreSQL as the component runs it: migrated first, and with a password that changes while it runs."""

import json
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from components import _mlflow as mlflow
from tests.workloads.tracking import PASSWORD, REGION, Place, postgres
from workloads.tracking import token

ADMIN = {"PGUSER": "platform_admin", "PGPASSWORD": PASSWORD, "PGDATABASE": "postgres", "PGSSLMODE": "disable"}
SETUP = """CREATE ROLE rds_iam; CREATE USER mlflow; GRANT rds_iam TO mlflow; GRANT mlflow TO platform_admin;
CREATE DATABASE mlflow OWNER mlflow"""


@pytest.fixture
def database() -> Iterator[Mapping[str, str]]:
    with postgres() as found:
        yield found


def sql(place: Place, server: Mapping[str, str], *statements: str) -> str:
    """What the administrator does, with a client that waits for the server."""
    code = (
        "import sys, time, psycopg2\n"
        "for attempt in range(100):\n"
        "    try: c = psycopg2.connect(''); break\n"
        "    except psycopg2.OperationalError: time.sleep(0.2)\n"
        "c.autocommit = True; k = c.cursor()\n"
        "for one in sys.argv[1:]: k.execute(one)\n"
        "print(k.fetchall() if k.description else '')"
    )
    done = place.run("-c", code, *statements, **server, **ADMIN)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_mlflow_carries_on_when_its_password_has_changed(tmp_path: Path, database: Mapping[str, str]) -> None:
    place = Place(tmp_path, "http://127.0.0.1:1")
    sql(place, database, *(one.strip() for one in SETUP.split(";")))
    passwords = tmp_path / "pgpass"
    known = {**mlflow.Setup("a@b", 1, REGION, "", "", "", "mlflow").database, **database, "PGPASSFILE": str(passwords)}
    server: dict[str, Any] = {**known, "PGSSLMODE": "disable"}

    def rotate() -> str:
        """A token as RDS would take it, and its time is over for the one before."""
        found = place.run(
            "-c", "import os; from workloads.tracking import token; print(token.sign(os.environ))", **server
        )
        assert found.returncode == 0, found.stderr
        signed = f"{found.stdout.strip()}\\{id(found)}"  # and what libpq's file escapes
        token.write(passwords, token.line(signed))
        sql(place, database, f"ALTER USER mlflow PASSWORD '{signed}'")
        return signed

    assert re.match(r"127\.0\.0\.1:\d+/\?Action=connect&DBUser=mlflow&", rotate())
    assert passwords.stat().st_mode & 0o777 == 0o600
    with ThreadPoolExecutor() as two:
        done = list(two.map(lambda _: place.run("-m", "workloads.tracking.migrate", **server), range(2)))
    assert [one.returncode for one in done] == [0, 0], [one.stderr[-2000:] for one in done]
    with place.server(mlflow.INI, **server):
        assert place.get("/api/2.0/mlflow/registered-models/create", body={"name": "fraud"})[0] == 200
        second = rotate()
        # Whatever is connected is thrown out, so that everything has to sign in again.
        sql(place, database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'mlflow'")
        answers = [place.get("/api/2.0/mlflow/registered-models/get?name=fraud") for _ in range(6)]
        assert answers[-1][0] == 200, answers
        assert json.loads(answers[-1][1])["registered_model"]["name"] == "fraud"
        assert second not in (tmp_path / "server.log").read_text()
