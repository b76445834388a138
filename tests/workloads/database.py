"""PostgreSQL as RDS has it for MLflow: a real server, a user whose password is a token, and an administrator."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from components import _mlflow as mlflow
from sandbox.processes import free_port
from tests.workloads.tracking import REGION, Place
from workloads.tracking import token

PASSWORD = secrets.token_urlsafe(18)
ADMIN = {"PGUSER": "platform_admin", "PGPASSWORD": PASSWORD, "PGDATABASE": "postgres", "PGSSLMODE": "disable"}
SETUP = (
    "CREATE ROLE rds_iam",
    "CREATE USER mlflow",
    "GRANT rds_iam TO mlflow",
    "GRANT mlflow TO platform_admin",
    "CREATE DATABASE mlflow OWNER mlflow",
)
"""What docs/promotion.md has an administrator do, and the role that RDS has by itself."""
CLIENT = """
import sys, time, psycopg2
for attempt in range(100):
    try:
        connection = psycopg2.connect("")
        break
    except psycopg2.OperationalError:
        time.sleep(0.2)
connection.autocommit = True
cursor = connection.cursor()
for one in sys.argv[1:]:
    cursor.execute(one)
"""
SIGN = "import os; from workloads.tracking import token; print(token.sign(os.environ))"


class Database:
    """The server, and libpq's variables as the component gives them to MLflow."""

    def __init__(self, place: Place, server: dict[str, str]) -> None:
        self._place, self._server, self._count = place, server, 0
        self.passwords = place.folder / "pgpass"
        known: Any = mlflow.Setup("a@b", 1, REGION, "", "", "", "mlflow").database
        self.variables: dict[str, str] = {**known, **server, "PGPASSFILE": str(self.passwords), "PGSSLMODE": "disable"}
        self.sql(*SETUP)

    def sql(self, *statements: str) -> None:
        """What the administrator does, with a client that waits for the server."""
        done = self._place.run("-c", CLIENT, *statements, **self._server, **ADMIN)
        assert done.returncode == 0, done.stderr

    def rotate(self) -> str:
        """A token as RDS would take it; the one before is worth nothing any more."""
        found = self._place.run("-c", SIGN, **self.variables)
        assert found.returncode == 0, found.stderr
        self._count += 1
        signed = f"{found.stdout.strip()}\\{self._count}"  # with what libpq's file escapes, and never twice the same
        token.write(self.passwords, token.line(signed))
        self.sql(f"ALTER USER mlflow PASSWORD '{signed}'")
        return signed

    def throw_out(self) -> None:
        """Whatever is connected has to sign in again."""
        self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'mlflow'")


@contextmanager
def postgres() -> Iterator[dict[str, str] | None]:
    """A PostgreSQL server that wants passwords, as libpq's variables; nothing where there is none on PATH."""
    if not (shutil.which("initdb") and shutil.which("postgres")):
        yield None
        return
    # It refuses to run as root, and pytest's own folders are closed to everybody else.
    who: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        if os.getuid() == 0:
            owner = pwd.getpwnam("postgres" if _is_user("postgres") else "nobody")
            who = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        master, data, port = Path(folder, "master"), Path(folder, "data"), free_port(0)
        master.write_text(PASSWORD)
        for path in (Path(folder), master):
            os.chown(path, who.get("user", -1), who.get("group", -1))
        made = ["initdb", "-D", str(data), "-U", "platform_admin", "--auth=scram-sha-256", f"--pwfile={master}", "-N"]
        subprocess.run(made, check=True, capture_output=True, cwd=folder, **who)
        options = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"]
        command = ["postgres", "-D", str(data), "-p", str(port), *options]
        with open(Path(folder, "log"), "wb") as log:
            process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, **who)
        try:
            yield {"PGHOST": "127.0.0.1", "PGPORT": str(port)}
        finally:
            process.send_signal(signal.SIGINT)  # it asks nobody to finish
            process.wait(30)


def _is_user(name: str) -> bool:
    return any(one.pw_name == name for one in pwd.getpwall())
