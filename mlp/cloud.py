"""What each verb does on a real account: check that it is the right one, then hand over to the engine.

The official providers, the engine's own confirmation, and state in the bucket that `mlp bootstrap` makes.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from mlp import policy, state
from mlp.engine import Engine, Outcome
from mlp.fetch import fetch
from mlp.progress import steps
from mlp.report import Report, report_of
from mlp.session import ENGINE_TOOLS, SessionError, checkout
from stacks.settings import Settings


@dataclass(frozen=True)
class Cloud:
    """A real environment: its settings, its account's session, the engine's variables."""

    settings: Settings
    aws: boto3.Session
    project: Path


def up(stack: str, console: Console, ask: bool, quiet: bool) -> Report:
    """Preview, ask, update."""
    return _run("up", _open(stack), console, ask, quiet)


def preview(stack: str, console: Console, ask: bool, quiet: bool) -> Report:
    """Preview."""
    return _run("preview", _open(stack), console, ask, quiet)


def down(stack: str, console: Console, ask: bool, quiet: bool) -> Report:
    """Destroy; what is protected refuses, until its settings say `decommission`."""
    cloud = _open(stack)
    if cloud.settings.protected:
        raise SessionError(
            f"{stack} is protected from deletion: set ml-platform:decommission to true in stacks/Pulumi.{stack}.yaml, "
            f"run `mlp up {stack}`, then `mlp down {stack}`"
        )
    return _run("destroy", cloud, console, ask, quiet)


def bootstrap(stack: str, console: Console, ask: bool, quiet: bool) -> Report:
    """Make the bucket and the key of the state, or see that they are there."""
    cloud = _account(stack)
    return Report(*state.report(cloud.settings, state.bootstrap(cloud.aws, cloud.settings)))


def _account(stack: str) -> Cloud:
    """The environment, if the credentials are those of its account.

    Raises:
        SettingsError: A setting is wrong.
        SessionError: The shell leads to an emulator, has no credentials, or has those of another account.
    """
    settings = Settings.from_file(stack)
    if emulated := [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL")]:
        raise SessionError(
            f"{emulated[0]} is set, so {stack} would not be the real account; unset it, or add --sandbox"
        )
    aws = boto3.Session(region_name=settings.region)
    try:
        found = aws.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise SessionError(
            f"no usable AWS credentials for {stack}: {error}; sign in to {settings.account}, or add --sandbox"
        ) from None
    if found != settings.account:
        raise SessionError(
            f"the credentials are of account {found}, but ml-platform:account = {settings.account!r} in "
            f"stacks/Pulumi.{settings.environment}.yaml; sign in to that one"
        )
    return Cloud(settings, aws, checkout())


def _open(stack: str) -> Cloud:
    cloud = _account(stack)
    if not state.exists(cloud.aws, cloud.settings):
        raise SessionError(f"{stack} has no place for its state yet; run `mlp bootstrap {stack}` once")
    return cloud


def _unasked(operation: str, engine: Engine, stack: str, console: Console) -> tuple[Outcome, policy.Verdicts]:
    """Run the engine without a question, and with the verdicts of the policies read back."""
    if operation == "destroy":
        with steps(console, "destroying") as step:
            outcome = engine.run("destroy", "--yes", "--skip-preview", "--stack", stack, on_step=step)
        return outcome, policy.Verdicts()
    with tempfile.TemporaryDirectory() as folder:
        guarded = policy.Guarded(engine, stack, Path(folder, "policy.jsonl"), console)
        return guarded.preview() if operation == "preview" else guarded.up()[1:]


def _run(operation: str, cloud: Cloud, console: Console, ask: bool, quiet: bool) -> Report:
    """Run the engine: with its own display and questions, or for a program, quietly and with a report."""
    started, stack = time.monotonic(), cloud.settings.stack
    tools = fetch(ENGINE_TOOLS)
    folders = [str(Path(sys.executable).parent), *map(str, tools.path), os.environ.get("PATH", os.defpath)]
    variables = {"PATH": os.pathsep.join(folders), "PULUMI_BACKEND_URL": state.backend(cloud.settings)}
    engine = Engine(variables, cloud.project)
    provider = state.secrets_provider(cloud.settings)
    engine.call("stack", "select", stack, "--create", "--secrets-provider", provider)
    pack = () if operation == "destroy" else ("--policy-pack", str(policy.PACK))
    if quiet or not ask:
        if ask and operation != "preview":
            raise SessionError(f"nobody can be asked with --json; add --yes to change {stack}")
        return report_of(stack, started, *_unasked(operation, engine, stack, console))
    done = subprocess.run(
        ["pulumi", operation, "--stack", stack, *pack], cwd=cloud.project, env={**os.environ, **variables}
    )
    ok = done.returncode == 0
    return Report(ok, f"{stack}: {'done' if ok else 'refused or failed'}", {"ok": ok, "stack": stack})
