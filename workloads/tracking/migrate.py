"""Brings the schema of MLflow's database up to its version, one server at a time.

MLflow makes its tables when it first starts, and several servers that start together trip over each other; and it
refuses to start on the tables of an older version.
"""

import subprocess
import sys

URI = "postgresql+psycopg2://"
"""Everything else is in libpq's variables."""
LOCK = 7066821
"""Key of the advisory lock; any number that nothing else in this database uses."""


def main() -> None:
    """Wait for the lock, and migrate the tables of runs and models, then those of users."""
    import psycopg2  # pyright: ignore[reportMissingModuleSource, reportMissingImports]
    from mlflow.store.db import utils  # pyright: ignore[reportMissingImports]

    with psycopg2.connect("") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        utils._initialize_tables(utils.create_sqlalchemy_engine_with_retry(URI))
        users = [sys.executable, "-m", "mlflow.server.auth", "db", "upgrade", "--url", URI]
        subprocess.run(users, check=True)


if __name__ == "__main__":
    main()
