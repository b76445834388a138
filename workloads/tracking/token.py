"""Keeps libpq's password file filled with a token that signs in to the database by IAM.

A token is good for a quarter of an hour, and only to connect. MLflow takes its password once, when it starts; libpq
reads the file `PGPASSFILE` at every connection, so MLflow needs to know nothing of it, and no password exists.
"""

import os
import time
from pathlib import Path
from typing import Any

import boto3

SECONDS = 300
"""Time between two tokens; a token lives 900 seconds (RDS user guide, IAM database authentication)."""


def line(token: str) -> str:
    """The file's text: any server, database and user; colons and backslashes escaped, as libpq wants them."""
    escaped = token.replace("\\", "\\\\").replace(":", "\\:")
    return f"*:*:*:*:{escaped}\n"


def write(file: Path, text: str) -> None:
    """Replace the file at once; libpq ignores one that others can read."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)
    os.replace(new, file)


def sign(variables: Any) -> str:
    """A token for the database and user that libpq's own variables name; `AWS_REGION` is its region."""
    return boto3.client("rds", region_name=variables["AWS_REGION"]).generate_db_auth_token(
        DBHostname=variables["PGHOST"], Port=int(variables["PGPORT"]), DBUsername=variables["PGUSER"]
    )


def main() -> None:
    """Write a token, and a new one every few minutes."""
    while True:
        write(Path(os.environ["PGPASSFILE"]), line(sign(os.environ)))
        time.sleep(SECONDS)


if __name__ == "__main__":
    main()
