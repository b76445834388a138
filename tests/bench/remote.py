"""Times an update whose state lies in S3, with 30 ms added to each request, beside the file backend."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlparse

import boto3
import yaml
from rich.console import Console

from mlp import cloud, state
from mlp.state_bucket import STACKS
from stacks.settings import Settings
from tests.bench.life import Say, compared
from tests.bench.meter import measure
from tests.bench.place import GARBAGE, Place, place, succeed
from tests.bench.proxy import Traffic, slow
from tests.bench.results import Row
from tests.bench.sides import NAMED

SECONDS = 0.030
"""Added to each request: roughly the way to S3 from outside AWS's network."""
LINE = 2.0
"""The most that `mlp` may take, as a multiple of the file backend's time."""
STATE = {
    "PULUMI_BACKEND_URL": "where the state lies is what is compared",
    "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "mlp keeps no second copy: the bucket keeps versions",
}
FOLDER = "plain-state"
SIDES = ("file", "mlp", "s3")
FLOOR = "plain pulumi, state in a folder"


def remote(environment: str, say: Say, plain: bool = True) -> list[Row]:
    """Rows for an update by `mlp` and by plain Pulumi, with the state in S3, each beside the file backend.

    Args:
        environment: Name of the environment.
        say: Called with a line about what is measured now.
        plain: Whether to measure plain Pulumi with its S3 backend too; it takes by far the longest.
    """
    took, traffic, counts = {}, {}, dict[str, int]()
    for side in SIDES if plain else SIDES[:2]:
        say(f"{environment}, state in {'a folder' if side == 'file' else 'S3'}, {side}: up ...")
        with place(environment) as where, account(where) as made:
            took[side] = measure(partial(RUN[side], made), where.servers)
            traffic[side] = made.traffic.line
            counts[side] = resources(made, side)
    if len(set(counts.values())) > 1:
        raise SystemExit(f"the sides made different numbers of resources, so that no ratio holds: {counts}")
    what = f"{environment}: up of {counts['mlp']} resources, {SECONDS * 1000:.0f} ms to S3"
    named = {**NAMED, **STATE}
    rows = [
        compared(f"{what}, mlp", "s3", took["mlp"], FLOOR, took["file"], f"{traffic['mlp']}, at most {LINE}", named)
    ]
    if plain:
        rows.append(compared(f"{what}, plain pulumi", "s3", took["s3"], FLOOR, took["file"], traffic["s3"], named))
    return rows


@dataclass(frozen=True)
class Account:
    """A running account with a bucket and a key for the state.

    Attributes:
        where: The checkout.
        traffic: What passes on the slow way to the bucket.
        variables: What leads an engine to the account.
        project: Folder of a Pulumi project that encrypts secrets with the key.
    """

    where: Place
    traffic: Traffic
    variables: dict[str, str]
    project: Path


@contextmanager
def account(where: Place) -> Iterator[Account]:
    """Start the account of a checkout, and prepare it for a state in S3."""
    where.mlp("bootstrap")
    variables = where.mlp("env")["set"]
    where.wait()
    project = where.made.path / ".sandbox" / where.environment / "project"
    file = project / f"Pulumi.{where.environment}.yaml"
    document = yaml.safe_load(file.read_text())
    del document["encryptionsalt"]  # of the passphrase
    file.write_text(yaml.safe_dump(document))
    at = urlparse(variables["AWS_ENDPOINT_URL"])
    with slow(str(at.hostname), at.port or 80, SECONDS) as traffic:
        yield Account(where, traffic, {**os.environ, **variables, **GARBAGE}, project)


def by_mlp(account: Account) -> None:
    """`mlp up ENV --yes` of a real account, past the check that the account is real."""
    where = account.where
    command = [sys.executable, "-m", "tests.bench.remote", where.environment, str(account.project)]
    states = {"XDG_STATE_HOME": str(where.made.path / "states")}
    succeed([*command, account.traffic.address], env={**account.variables, **states}, cwd=where.made.path)


def by_file(account: Account) -> None:
    """Plain Pulumi with its state in a folder."""
    folder = account.where.made.path / FOLDER
    folder.mkdir()
    _by_plain(account, f"file://{folder}?metadata=skip")


def by_s3(account: Account) -> None:
    """Plain Pulumi with its state in the bucket."""
    _by_plain(account, state.backend(Settings.from_file(account.where.environment), account.traffic.address))


def _by_plain(account: Account, backend: str) -> None:
    where = account.where
    options = {"cwd": account.project, "env": {**account.variables, "PULUMI_BACKEND_URL": backend}}
    key = state.secrets_provider(Settings.from_file(where.environment))
    select = ["pulumi", "stack", "select", where.environment, "--create", "--non-interactive"]
    succeed([*select, "--secrets-provider", key], **options)
    succeed(["pulumi", "up", "--yes", "--stack", where.environment, "--non-interactive", *where.pack], **options)


def resources(account: Account, side: str) -> int:
    """How many resources the state has, wherever it lies."""
    settings = Settings.from_file(account.where.environment)
    name = f"{STACKS}/{settings.stack}.json"
    if side == "file":
        state = (account.where.made.path / FOLDER / name).read_bytes()
    else:
        s3 = boto3.Session("sandbox", "sandbox", region_name=settings.region).client(
            "s3", endpoint_url=account.variables["AWS_ENDPOINT_URL"]
        )
        state = s3.get_object(Bucket=settings.state_bucket, Key=name)["Body"].read()
    return len(json.loads(state)["checkpoint"]["latest"]["resources"])


RUN: dict[str, Callable[[Account], None]] = {"file": by_file, "mlp": by_mlp, "s3": by_s3}


def main(environment: str, project: str, endpoint: str) -> None:
    """Run `up` as `mlp` does on a real account, in a project whose providers are the sandbox's."""
    settings = Settings.from_file(environment)
    here = cloud.Cloud(settings, boto3.Session(region_name=settings.region), Path(project), endpoint)
    report = cloud.run("up", here, Console(stderr=True), cloud.Manner(ask=False, quiet=True))
    raise SystemExit(0 if report.ok else report.text)


if __name__ == "__main__":
    main(*sys.argv[1:])
