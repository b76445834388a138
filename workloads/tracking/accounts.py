"""Creates the users of the database that sign in with IAM, each with a database of its own; safe to repeat.

It signs in as the administrator, whose password RDS keeps in Secrets Manager: a JSON object with `username` and
`password` (RDS User Guide, "Password management with Amazon RDS and AWS Secrets Manager"). libpq's variables name the
server and the database to connect to.
"""

import json
import os
import sys
from collections.abc import Sequence
from typing import Any

import boto3

IAM = "rds_iam"
"""Role of RDS whose members sign in with IAM.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html
"""


class AccountError(Exception):
    """A user cannot be created; the message names it and what to do."""


def create(connection: Any, users: Sequence[str]) -> None:
    """Create what is missing of users, databases and memberships.

    Args:
        connection: A psycopg2 connection as the administrator, which commits each statement.
        users: Names of users, and of their databases.

    Raises:
        AccountError: A user is the administrator, or another user owns a database of its name.
    """
    with connection.cursor() as cursor:
        for user in users:
            _create(cursor, user)


def _create(cursor: Any, user: str) -> None:
    """Create one user.

    The administrator must not be a member of `rds_iam`, not even through another role: RDS then refuses its password.
    It has to be a member of the owner to create a database for it, and is one only while the owner is not in `rds_iam`.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html, "Limitations"
    """
    from psycopg2 import sql  # pyright: ignore[reportMissingModuleSource, reportMissingImports]

    names = {"user": sql.Identifier(user), "iam": sql.Identifier(IAM)}

    def run(statement: str) -> None:
        cursor.execute(sql.SQL(statement).format(**names))

    known = "SELECT rolname = current_user, pg_has_role(oid, %s, 'MEMBER') FROM pg_roles WHERE rolname = %s"
    cursor.execute(known, (IAM, user))
    found = cursor.fetchone()
    is_administrator, is_member = found or (False, False)
    if is_administrator:
        raise AccountError(f"{user} is the administrator, who signs in with a password: take it out of the users")
    if not found:
        run("CREATE ROLE {user} LOGIN")
    cursor.execute("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", (user,))
    database = cursor.fetchone()
    if database and database[0] != user:
        raise AccountError(f"the database {user} belongs to {database[0]}: give the user another name")
    if not database:
        if is_member:
            run("REVOKE {iam} FROM {user}")
            is_member = False
        run("GRANT {user} TO CURRENT_USER")
        run("CREATE DATABASE {user} OWNER {user}")
    run("REVOKE {user} FROM CURRENT_USER")
    if not is_member:
        run("GRANT {iam} TO {user}")


def main() -> None:
    """Create the users that the arguments name."""
    import psycopg2  # pyright: ignore[reportMissingModuleSource, reportMissingImports]

    client = boto3.client("secretsmanager", region_name=os.environ["AWS_REGION"])
    administrator = json.loads(client.get_secret_value(SecretId=os.environ["ADMINISTRATOR_ARN"])["SecretString"])
    connection = psycopg2.connect(user=administrator["username"], password=administrator["password"])
    connection.autocommit = True
    try:
        create(connection, sys.argv[1:])
    except AccountError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
