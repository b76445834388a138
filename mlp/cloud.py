"""What each verb does on a real account: check that it is the right one, then run the engine.

The engine uses the official providers and asks its own questions. State lies in the bucket that `mlp bootstrap` makes;
while `up` and `down` run, the engine works on a copy of it (`mlp.state_sync`).
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from mlp import default_vpc, leftovers, passwords, policy, staged, state, stopped
from mlp.engine import Engine
from mlp.fetch import fetch, spent
from mlp.outcome import Outcome
from mlp.places import SessionError, checkout
from mlp.preflight.account import Account
from mlp.preflight.run import EXAMPLE_VALUES, Check, checks_of, examine, report
from mlp.progress import steps
from mlp.report import NOTHING_ASKED, Asked, Report, outputs_report, report_of
from mlp.retained import naming, retained
from mlp.session import ENGINE_TOOLS
from mlp.state_bucket import StateBucket
from mlp.state_copy import StateCopy, folder_of
from mlp.state_sync import changing
from stacks.settings import Settings
from stacks.stages import UNTIL, Stage, reached


@dataclass(frozen=True)
class Cloud:
    """A real environment.

    Attributes:
        settings: Its settings.
        aws: A session of its account.
        project: Folder of the Pulumi project.
        endpoint: Address of S3 for the state, where it is not AWS's own.
        caller: ARN of who asks.
    """

    settings: Settings
    aws: boto3.Session
    project: Path
    endpoint: str | None = None
    caller: str = ""

    @cached_property
    def copy(self) -> StateCopy:
        """The copy of the state on this machine."""
        bucket, stack = self.settings.state_bucket, self.settings.stack
        s3 = self.aws.client("s3", endpoint_url=self.endpoint)
        return StateCopy(StateBucket(s3, bucket, self.settings.account, stack), folder_of(bucket, stack))


@dataclass(frozen=True)
class Manner:
    """How an operation is run.

    Attributes:
        ask: Whether the engine asks before it changes anything.
        quiet: Whether a program listens.
        asked: What the verb's options ask for.
        preflight: Whether `up` examines the account first.
        forget_cluster: Whether a destruction drops what is in an unreachable cluster from the state.
    """

    ask: bool = True
    quiet: bool = False
    asked: Asked = NOTHING_ASKED
    preflight: bool = True
    forget_cluster: bool = False


def up(stack: str, console: Console, manner: Manner, until: Stage | None = None) -> Report:
    """Preview, ask, update, stage by stage until one needs what only a person can give."""
    return run("up", _open(stack), console, manner, until or Stage.MODELS)


def doctor(stack: str, console: Console) -> Report:
    """What AWS would refuse, or leave without effect; it changes nothing."""
    cloud = _account(stack)
    return _examined(cloud, console, [EXAMPLE_VALUES, *checks_of(cloud.settings)])


def preview(stack: str, console: Console, manner: Manner) -> Report:
    """Preview."""
    return run("preview", _open(stack), console, manner)


def down(stack: str, console: Console, manner: Manner, forget_cluster: bool = False) -> Report:
    """Destroy, and drop what is in an unreachable cluster if `forget_cluster`.

    What is protected refuses, until its settings say `decommission`.
    """
    cloud = _open(stack)
    if cloud.settings.protected:
        raise SessionError(
            f"{stack} is protected from deletion: set ml-platform:decommission to true in stacks/Pulumi.{stack}.yaml, "
            f"run `mlp up {stack}`, then `mlp down {stack}`"
        )
    if forget_cluster:
        leftovers.refuse_running(cloud.aws, cloud.settings)
    return run("destroy", cloud, console, replace(manner, forget_cluster=forget_cluster))


def output(stack: str, console: Console, manner: Manner, name: str | None = None) -> Report:
    """The outputs of a stack, or one of them."""
    engine, stack = _engine(_open(stack))
    found = json.loads(engine.call("stack", "output", "--json", "--stack", stack))
    return outputs_report(stack, found, name, f"mlp up {stack}")


def bootstrap(stack: str, console: Console, manner: Manner, delete_default_vpc: bool = False) -> Report:
    """Make the bucket and the key of the state, or see that they are there; on demand, delete the default VPC."""
    cloud = _account(stack)
    made = state.bootstrap(cloud.aws, cloud.settings)
    notes = default_vpc.handled(cloud.aws.client("ec2"), stack, delete_default_vpc)
    key = state.key_arn(cloud.aws, cloud.settings)
    return Report(*state.report(cloud.settings, made, key, notes))


def _examined(cloud: Cloud, console: Console, checks: Sequence[Check]) -> Report:
    account = Account(cloud.settings, cloud.aws, cloud.copy, cloud.caller)
    return report(account, examine(account, console, checks))


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
        caller = aws.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise SessionError(
            f"no usable AWS credentials for {stack}: {error}; sign in to {settings.account}, or add --sandbox"
        ) from None
    if caller["Account"] != settings.account:
        raise SessionError(
            f"the credentials are of account {caller['Account']}, but ml-platform:account = {settings.account!r} in "
            f"stacks/Pulumi.{settings.environment}.yaml; sign in to that one"
        )
    return Cloud(settings, aws, checkout(), caller=caller["Arn"])


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


def _engine(cloud: Cloud, variables: Mapping[str, str] | None = None) -> tuple[Engine, str]:
    """The engine on the environment's own state, and the name of the stack, which is made if need be.

    Args:
        cloud: The environment.
        variables: Variables that lead the engine to another place of the state. Default: the bucket.
    """
    tools = fetch(ENGINE_TOOLS)
    folders = [str(Path(sys.executable).parent), *map(str, tools.path), os.environ.get("PATH", os.defpath)]
    bucket = {"PULUMI_BACKEND_URL": state.backend(cloud.settings, cloud.endpoint)}
    found = {"PATH": os.pathsep.join(folders), **(variables or bucket)}
    engine, stack = Engine(found, cloud.project), cloud.settings.stack
    provider = state.secrets_provider(cloud.settings)
    engine.call("stack", "select", stack, "--create", "--secrets-provider", provider)
    return engine, stack


def run(operation: str, cloud: Cloud, console: Console, manner: Manner, until: Stage | None = None) -> Report:
    """Preview, or change the stack on a copy of its state.

    Args:
        operation: `preview`, `up` or `destroy`.
        cloud: The environment.
        console: Where progress is shown.
        manner: How it is run.
        until: Last stage of an `up` that goes stage by stage. Default: everything at once.
    """
    copy, stack = cloud.copy, cloud.settings.stack
    program = manner.quiet or not manner.ask or manner.asked.no_changes
    if operation == "preview":
        if copy.ahead:
            console.print(f"the bucket lacks the last change made on this machine; `mlp up {stack}` uploads it first")
        return _run(operation, cloud, console, manner, program)
    if program and manner.ask:
        raise SessionError(f"--json asks no questions; add --yes to change {stack}")
    unlock = f"PULUMI_BACKEND_URL='{state.backend(cloud.settings, cloud.endpoint)}' pulumi cancel --yes --stack {stack}"
    with changing(copy, unlock, console.print):
        stopped.start(cloud.aws, cloud.settings, console.print)
        leftovers.delete_log_group(cloud.aws, cloud.settings, console.print)
        if until:
            return _staged(cloud, console, manner, program, copy, until)
        before = copy.resources if operation == "destroy" else []
        more = leftovers.UNREACHABLE if manner.forget_cluster else {}
        done = _run(operation, cloud, console, manner, program, {**copy.variables, **more})
    if not done.ok or operation != "destroy":
        return done
    leftovers.delete_log_group(cloud.aws, cloud.settings, console.print)
    return naming(done, retained(before, lambda service, region: cloud.aws.client(service, region_name=region)))


def _staged(cloud: Cloud, console: Console, manner: Manner, program: bool, copy: StateCopy, until: Stage) -> Report:
    """Update stage by stage, until one needs what only a person can give."""
    settings = cloud.settings
    todo = staged.ahead(settings, reached(one["urn"] for one in copy.resources), until)
    for number, stage in enumerate(todo, 1):
        if needs := list(staged.missing(settings, stage)):
            return staged.stop(settings, stage, needs)
        if manner.preflight:
            examined = _examined(cloud, console, checks_of(settings, stage, alone=number > 1))
            if not examined.ok:
                return examined
            if examined.data["findings"]:
                examined.print(console)
        if todo[1:]:
            console.print(f"{settings.stack}: stage {stage}, {number} of {len(todo)}")
        report = _run("up", cloud, console, manner, program, {**copy.variables, UNTIL: stage})
        for name in passwords.generate(cloud.aws, settings, copy.resources):
            console.print(f"{settings.stack}: generated the password {name} in Secrets Manager")
        if not report.ok or stage is todo[-1]:
            return report
        report.print(console)
    raise AssertionError("a stack has at least one stage")


def _run(
    operation: str,
    cloud: Cloud,
    console: Console,
    manner: Manner,
    program: bool,
    variables: Mapping[str, str] | None = None,
) -> Report:
    """Run the engine: with its own display and questions, or for a program, quietly and with a report."""
    started = time.monotonic()
    engine, stack = _engine(cloud, variables)
    if program:
        outcome, verdicts = _unasked(operation, engine, stack, console)
        seconds = time.monotonic() - started - spent()
        return report_of(stack, seconds, outcome, verdicts, manner.asked, (), spent(), cloud.settings)
    pack = () if operation == "destroy" else policy.UNDER_POLICIES
    diff = ("--diff",) if manner.asked.diff else ()
    ok = _attended(["pulumi", operation, "--stack", stack, *pack, *diff], cloud.project, engine.environment)
    return Report(ok, f"{stack}: {'done' if ok else 'refused or failed'}", {"ok": ok, "stack": stack})


def _attended(command: list[str], project: Path, variables: Mapping[str, str]) -> bool:
    """Run the engine on this terminal; whether it succeeded.

    An interrupt of the terminal reaches the engine too, so it is not passed on: at a second one the engine stops
    without finishing what is under way. SIGTERM reaches this process only; the engine gets it as an interrupt.
    """
    engines: list[subprocess.Popen[bytes]] = []

    def end(*_: object) -> None:
        for engine in engines:
            engine.send_signal(signal.SIGINT)

    handlers = {signal.SIGINT: lambda *_: None, signal.SIGTERM: end}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        engines.append(subprocess.Popen(command, cwd=project, env={**os.environ, **variables}))
        return engines[0].wait() == 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
