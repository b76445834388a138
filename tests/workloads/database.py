"""PostgreSQL as RDS has it: a real server, an administrator that is no superuser, users whose password is a token."""

import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3

from components import _database_users as database_users
from components import _mlflow as mlflow
from sandbox.processes import free_port
from tests.workloads.tracking import REGION, Place
from workloads.tracking import token

PASSWORD = secrets.token_urlsafe(18)
SUPERUSER, MASTER = "rdsadmin", "platform_admin"
"""The user of AWS itself, and the administrator that a database is made with."""
RDS = (
    "CREATE ROLE rds_iam",
    f"CREATE ROLE {MASTER} LOGIN CREATEDB CREATEROLE PASSWORD '{PASSWORD}'",
)
"""What RDS has by itself: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Roles.html"""
PASSWORDS_REFUSED = ("host all +rds_iam all reject",)
"""A rule of pg_hba.conf: RDS takes no password of a member of `rds_iam`, direct or indirect.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html, "Limitations"
"""
CLIENT = """
import json, sys, time, psycopg2
for attempt in range(100):
    try:
        connection = psycopg2.connect("")
        break
    except psycopg2.OperationalError:
        time.sleep(0.2)
connection.autocommit = True
cursor = connection.cursor()
rows = []
for one in sys.argv[1:]:
    cursor.execute(one)
    rows += cursor.fetchall() if cursor.description else []
print(json.dumps(rows))
"""
SIGN = "import os; from workloads.tracking import token; print(token.sign(os.environ))"


class Database:
    """The server, and libpq's variables as the component gives them to MLflow."""

    def __init__(self, place: Place, server: dict[str, str]) -> None:
        self._place, self._server, self._count = place, server, 0
        self.passwords = place.folder / "pgpass"
        known: Any = mlflow.Setup("a@b", 1, REGION, "", "", "", "mlflow").database
        self.variables: dict[str, str] = {**known, **server, "PGPASSFILE": str(self.passwords), "PGSSLMODE": "disable"}
        self.sql(*RDS)
        self._endpoint = place.client["MLFLOW_S3_ENDPOINT_URL"]
        secrets_manager: Any = boto3.Session("sandbox", "sandbox", region_name=REGION).client(
            "secretsmanager", endpoint_url=self._endpoint
        )
        text = json.dumps({"username": MASTER, "password": PASSWORD})
        self.secret = secrets_manager.create_secret(Name="rds!db-1", SecretString=text)["ARN"]

    def create(self, *users: str) -> subprocess.CompletedProcess[str]:
        """What the Job of DatabaseUsers runs, with the variables that the component gives it."""
        given: Any = database_users.variables(REGION, self.secret, "", "postgres")
        more = {**self._server, "PGSSLMODE": "disable", "AWS_ENDPOINT_URL_SECRETS_MANAGER": self._endpoint}
        return self._place.run("-m", "workloads.tracking.accounts", *users, **{**given, **more})

    def sql(self, *statements: str, user: str = SUPERUSER) -> list[list[Any]]:
        """The rows that a user gets, with a client that waits for the server."""
        known = {"PGUSER": user, "PGPASSWORD": PASSWORD, "PGDATABASE": "postgres", "PGSSLMODE": "disable"}
        done = self._place.run("-c", CLIENT, *statements, **self._server, **known)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

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
def postgres(rules: Sequence[str] = ()) -> Iterator[dict[str, str] | None]:
    """A PostgreSQL server that wants passwords, as libpq's variables; nothing where there is none on PATH.

    Args:
        rules: Lines of pg_hba.conf that come before those that demand a password.
    """
    if not (shutil.which("initdb") and shutil.which("postgres")):
        yield None
        return
    # It refuses to run as root, and pytest's own folders are closed to other users.
    who: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        if os.getuid() == 0:
            owner = pwd.getpwnam("postgres" if _is_user("postgres") else "nobody")
            who = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        master, data, port = Path(folder, "master"), Path(folder, "data"), free_port(0)
        master.write_text(PASSWORD)
        for path in (Path(folder), master):
            os.chown(path, who.get("user", -1), who.get("group", -1))
        made = ["initdb", "-D", str(data), "-U", SUPERUSER, "--auth=scram-sha-256", f"--pwfile={master}", "-N"]
        subprocess.run(made, check=True, capture_output=True, cwd=folder, **who)
        options = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"]
        access = data / "pg_hba.conf"
        access.write_text("\n".join([*rules, access.read_text()]))
        command = ["postgres", "-D", str(data), "-p", str(port), *options]
        with open(Path(folder, "log"), "wb") as log:
            process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, **who)
        try:
            yield {"PGHOST": "127.0.0.1", "PGPORT": str(port)}
        finally:
            process.send_signal(signal.SIGINT)  # a fast shutdown: clients are disconnected
            process.wait(30)


def _is_user(name: str) -> bool:
    return any(one.pw_name == name for one in pwd.getpwall())
