"""What each verb of the command line does, and what it reports."""

import dataclasses
import time
from collections import Counter
from typing import Any

from rich.console import Console

from mlp import state
from mlp.fetch import spent
from mlp.first_start import aws_first
from mlp.outcome import Outcome
from mlp.places import SessionError, place_of, plane_of
from mlp.policy import Guarded
from mlp.progress import steps
from mlp.report import NOTHING_ASKED, Asked, Report, outputs_report, report_of
from mlp.retained import retained
from mlp.session import Session, open_session
from mlp.staged import ahead
from mlp.states import States
from sandbox.account import Account
from sandbox.place import UNSET, shell
from stacks._fields import PROJECT
from stacks.settings import Environment, Layer, Settings
from stacks.stages import UNTIL, Stage, reached


def up(stack: str, console: Console, asked: Asked = NOTHING_ASKED, until: Stage | None = None) -> Report:
    """Preview under the policies, then update; see `mlp up --help`."""
    started = time.monotonic()
    session = _opened(stack)
    last = Stage.MODELS
    if until:
        at = reached(one["urn"] for one in session.states.resources(session.stack))
        last = ahead(session.settings, at, until)[-1]
    if not last.covers(Stage.PLATFORM):
        session = dataclasses.replace(session, with_plane=False)
    elif refused := aws_first(session, console):
        return refused
    with session.changing(console.print) as finished:
        planned, done, verdicts = _guarded(session, console, last).up()
        if done.ok or done is planned:
            finished()  # a refused preview has changed nothing
        if session.settings.in_cluster and session.with_plane:
            session.plane.wait()
    name = _argument(session.stack)
    after = [f"mlp status{name}", f"mlp output{name and f' --env{name}'}"]
    after += (
        [f"mlp kubectl{_argument(session.settings.environment, False)} get nodes"]
        if session.settings.in_cluster and session.with_plane
        else []
    )
    after += ["docs/dashboards/README.md has pictures of the dashboards"] if session.settings.monitoring else []
    return report_of(session.stack, _took(started), done, verdicts, asked, after, spent(), session.settings)


def preview(stack: str, console: Console, asked: Asked = NOTHING_ASKED) -> Report:
    """Preview under the policies."""
    started = time.monotonic()
    session = _opened(stack)
    with session.changing(console.print) as finished:
        outcome, verdicts = _guarded(session, console).preview()
        finished()
    name = _argument(session.stack)
    after = [] if outcome.empty else [f"mlp up{name} does it"]
    after += [] if outcome.empty or asked.diff else [f"mlp preview{name} --diff shows old and new values"]
    return report_of(session.stack, _took(started), outcome, verdicts, asked, after, spent(), session.settings)


def down(stack: str, console: Console, forget_cluster: bool = False) -> Report:
    """Destroy, then count what the account holds, not what the state says it holds."""
    if forget_cluster:
        raise SessionError(f"--forget-cluster is for a real account; `mlp reset {stack}` clears a sandbox in any state")
    started = time.monotonic()
    session = open_session(stack)
    if not session.place.root.exists():
        return _nothing(stack, f"{stack}: there is nothing to delete")
    if (why := session.lost) or not session.account.running:
        with session.alone():
            session.forget()
            session.place.remove()
        return _nothing(stack, f"{stack}: {why or 'it holds nothing'}; its processes and files are removed")
    if above := sorted(filter(session.states.hold, session.settings.stacks_above)):
        raise SessionError(f"{session.stack} carries {', '.join(above)}; take that down first")
    before = session.states.resources(session.stack)
    outcome = Outcome(ok=True) if session.empty else _destroyed(session, console)
    standing = [name for name in session.states.names if name != session.stack and session.states.hold(name)]
    held = session.account.held(session.settings.regions)
    found = retained(before, session.account.client) if outcome.ok else []
    stays = {(one.type, one.name): one.reason for one in found}
    why = {item: stays.get((item.type, item.name)) or item.kept for item in held}
    left = [f"{item.type} {item.name}" for item in held if not why[item] and not standing]
    kept = [f"{item.type} {item.name}: {why[item]}" for item in held if why[item]]
    if outcome.ok and not left and not standing:
        with session.alone():
            session.forget()
            session.place.remove()
    seconds = round(time.monotonic() - started, 1)
    deleted = outcome.changes["delete"]
    lines = [*outcome.errors, *(f"left: {item}" for item in left), *(f"retained: {item}" for item in kept)]
    lines += [f"still up, on the same account: {', '.join(standing)}"] if standing else []
    lines.append(f"{session.stack}: {deleted} deleted, {len(left)} left, {len(kept)} retained in {seconds} s")
    data = {
        "ok": outcome.ok and not left,
        "stack": session.stack,
        "seconds": seconds,
        "deleted": deleted,
        "left": left,
        "retained": kept,
        "standing": standing,
        "errors": outcome.errors,
    }
    return Report(outcome.ok and not left, "\n".join(lines), data)


def _destroyed(session: Session, console: Console) -> Outcome:
    with session.changing(console.print) as finished:
        outcome = _lift_protection(session, console)
        if outcome.ok:
            with steps(console, "destroying", len(session.states.resources(session.stack))) as step:
                outcome = session.destroy(step)
        if outcome.ok:
            finished()
    return outcome


def _nothing(stack: str, text: str) -> Report:
    nothing = {"deleted": 0, "left": [], "retained": [], "standing": [], "errors": []}
    return Report(True, text, {"ok": True, "stack": stack, "seconds": 0, **nothing})


def status(stack: str, console: Console, recorded: bool = False) -> Report:
    """What runs, what it holds and how each component is, without starting anything."""
    from mlp import health  # knows every type there is: half a second that the other verbs need not wait for

    settings = Settings.from_file(stack)
    account = Account(place_of(settings), settings.account)
    process = account.process
    held = Counter(item.type for item in account.held(settings.regions) if not item.kept) if process else Counter()
    lines = [f"account: {account.endpoint} (process {process['pid']})" if process else "account: not running"]
    lines += [f"  {count:4} {type_}" for type_, count in sorted(held.items())]
    kubernetes = plane_of(settings).status
    lines += _lines(kubernetes, recorded) if kubernetes or settings.in_cluster else []
    stacks = [settings.stack, *(() if settings.layer else map(settings.stack_of, Layer))]
    found = [one for name in stacks for one in health.of(name, plane_of(settings))] if process else []
    lines += [f"components: {len(found)}", *health.lines(found, recorded)] if found else []
    forgotten = health.forgotten(place_of(settings), stacks) if process else []
    if recorded:
        lines += [
            f"properties recorded only, forgotten by the emulation: {len(forgotten)}",
            *(f"  {name}" for name in forgotten),
        ]
    elif forgotten:
        lines.append(f"{len(forgotten)} properties are recorded only: mlp status{_argument(stack)} --recorded")
    if not process:
        lines.append(f"Next: mlp up{_argument(stack)}")
    data = {"ok": True, "stack": stack, "account": process, "held": dict(held)}
    data |= {"kubernetes": kubernetes, "components": [{**one._asdict(), "state": one.state} for one in found]}
    return Report(True, "\n".join(lines), data | {"recorded_only": forgotten})


def output(stack: str, console: Console, name: str | None = None) -> Report:
    """The outputs of a stack, or one of them."""
    settings = Settings.from_file(stack)
    found = States(place_of(settings)).outputs(settings.stack)
    return outputs_report(settings.stack, found, name, f"mlp up{_argument(stack)}")


def env(stack: str, console: Console) -> Report:
    """The environment of the engine, as shell lines; the stack is made if need be."""
    session = _opened(stack)
    starts = [] if session.account.process else ["the emulated account"]
    starts += ["the control plane"] if session.settings.in_cluster and not session.plane.running else []
    if starts:
        # Standard output is for `eval`.
        stop = f"`mlp down{_argument(stack)}` stops {'them' if starts[1:] else 'it'}"
        console.print(f"starting {' and '.join(starts)} of {session.settings.environment}; {stop}", soft_wrap=True)
    with session.changing(console.print) as finished:
        finished()
    variables, project = session.variables, session.engine.project
    if session.settings.in_cluster:
        variables["KUBECONFIG"] = str(session.plane.kubeconfig)
    # The checkout's own file of a real environment may name the secrets provider of a real account.
    variables["MLP_PROJECT"] = str(project)
    data = {"ok": True, "stack": session.stack, "set": variables, "unset": UNSET, "project": str(project)}
    return Report(True, shell(variables), data)


def bootstrap(stack: str, console: Console, delete_default_vpc: bool = False) -> Report:
    """Make the state's bucket and key in the emulated account, which has no default VPC."""
    import boto3  # a quarter of a second, which the other verbs need not wait for

    session = open_session(stack)
    aws = boto3.Session("sandbox", "sandbox", region_name=session.settings.region)
    with session.changing(console.print) as finished:
        made = state.bootstrap(aws, session.settings, session.account.endpoint)
        key = state.key_arn(aws, session.settings, session.account.endpoint)
        finished()
    return Report(*state.report(session.settings, made, key))


def _lines(kubernetes: dict[str, Any] | None, all_: bool) -> list[str]:
    """What runs of a control plane, and what has crashed."""
    if not kubernetes:
        return ["kubernetes: not running"]
    lines = [f"kubernetes: {kubernetes['server']}{'' if kubernetes['ready'] else ' (starting)'}"]
    for name, program in kubernetes["programs"].items():
        now = f"process {program['pid']}, {program['memory']} MB" if program["pid"] else "not running"
        often = "once" if program["restarts"] == 1 else f"{program['restarts']} times"
        crashed = f", started again {often}, last after {program['last']}"
        lines.append(f"  {name}: {now}{crashed if program['restarts'] else ''}")
    kinds = kubernetes["stand_ins"]
    if all_:
        return [*lines, "  kinds accepted without a schema:", *(f"    {kind}" for kind in kinds)]
    return [*lines, f"  {len(kinds)} kinds are accepted without a schema"] if kinds else lines


def _opened(stack: str) -> Session:
    """The session of a stack, if the layers that it builds on are there.

    Raises:
        SessionError: One is missing.
    """
    session = open_session(stack)
    below = session.settings.stacks_below
    if missing := [name for name in below if session.lost or not session.states.hold(name)]:
        raise SessionError(f"bring {missing[0]} up first: mlp up{_argument(missing[0])}")
    return session


def _argument(stack: str, sandbox: bool = True) -> str:
    """What a command line has to name for a stack of the sandbox; nothing for `local`."""
    if stack == Environment.LOCAL:
        return ""
    return f" {stack} --sandbox" if sandbox else f" {stack}"


def _took(started: float) -> float:
    """Seconds since, without those in which programs were fetched."""
    return time.monotonic() - started - spent()


def _lift_protection(session: Session, console: Console) -> Outcome:
    """Take deletion protection off what has it: nothing in the emulated account is worth keeping."""
    if not session.engine.protects(session.stack):
        return Outcome(ok=True)
    console.print("deletion protection is lifted first; `down` does this in the sandbox only")
    session.place.project(session.stack, {f"{PROJECT}:decommission": "true"})
    made = session.states.resources(session.stack)
    engine = session.engine.with_variables({UNTIL: reached(one["urn"] for one in made) or Stage.MODELS})
    with steps(console, "lifting deletion protection", len(made)) as step:
        return engine.run("up", "--yes", "--skip-preview", "--stack", session.stack, on_step=step)


def _guarded(session: Session, console: Console, until: Stage = Stage.MODELS) -> Guarded:
    now = len(session.states.resources(session.stack))
    engine = session.engine.with_variables({UNTIL: until})
    return Guarded(engine, session.stack, session.place.path("policy.jsonl"), console, now)
