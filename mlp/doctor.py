"""The verb `mlp doctor`: what this machine has of what the sandbox needs, and what a real account lacks."""

import json as jsonlib
import platform
import re
import shutil
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from mlp.ending import ending
from mlp.fetch import expected, fetch
from mlp.options import STACK, environments
from sandbox.toolchain import Found, Toolbox
from sandbox.tools import Tool
from sandbox.toolsources import ToolchainError, memory_available

if TYPE_CHECKING:
    from mlp.report import Report

LOCK = Path(__file__).parents[1] / "requirements.lock"


class Check(NamedTuple):
    """One line of the report.

    Attributes:
        name: What was looked for.
        state: `ok`, or what is wrong.
        version: What was found.
        source: Where it comes from.
        path: Where it is.
        note: Which sources do not have it and why, or what to do next.
        later: Whether `mlp up` does without it; the verb that needs it fetches it.
    """

    name: str
    state: str
    version: str
    source: str = ""
    path: str = ""
    note: str = ""
    later: bool = False

    @property
    def fine(self) -> bool:
        """Whether nothing has to be done."""
        return self.state == "ok" or (self.state == "missing" and self.later)


def doctor(
    environment: Annotated[
        str | None,
        typer.Argument(
            metavar=STACK,
            help="Environment whose account is examined.",
            autocompletion=environments,
            show_default="none",
        ),
    ] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Fetch all programs that are missing or damaged.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing when all is fine.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    role: Annotated[
        bool, typer.Option("--role", help="Print the IAM policy that an examination needs, and end.")
    ] = False,
) -> None:
    """Show what this machine has of what the sandbox needs; with an environment, examine its real account instead.

    An examination finds what AWS would refuse, or leave without effect: rights, principals, quotas, versions, images,
    leftovers. Each finding has its reason, and the command or setting that mends it. It only reads, and it is the first
    step of `mlp up ENVIRONMENT`. Up to two of its requests go to Cost Explorer, which charges 0.01 US dollars each.

    Programs are downloaded from their publishers, or from a mirror if MLP_RELEASES_MIRROR names its address; what
    cannot be had there is compiled. They are kept in ~/.cache/ml-platform, or in the folder that MLP_CACHE names.

    \b
    Examples:
      mlp doctor
      mlp doctor --fix             fetches every program now that some verb needs
      mlp doctor dev               the real account of dev
      mlp doctor --role > preflight-role.json

    \b
    Exit codes:
      0    `mlp up` has what it needs; other verbs fetch what they need
      1    something is lacking or damaged, or would make `mlp up` fail
      2    wrong settings or usage
    """
    if role:
        from mlp.preflight.role import policy

        typer.echo(policy())
        raise typer.Exit
    if environment:
        _examine(environment, fix, quiet, json)
    error = ""
    if fix:
        try:
            fetch(verify=True, needed_by="mlp doctor --fix")
        except ToolchainError as failed:
            error = str(failed)
    box = Toolbox()
    checks = [_python(), _packages(), *_programs(box)]
    ok = all(check.fine for check in checks) and not error
    if not (ok and quiet):
        (_print_json if json else _print_table)(box, ok, checks, error)
    raise typer.Exit(0 if ok else 1)


def _examine(environment: str, fix: bool, quiet: bool, json: bool) -> NoReturn:
    """Examine the account of an environment."""

    def act(console: Console) -> "Report":
        from mlp import cloud
        from stacks.settings import SettingsError

        if environment == "local":
            raise SettingsError("local has no account of AWS; `mlp doctor` without a name examines this machine")
        if fix:
            raise SettingsError("--fix fetches programs of this machine, and an account is only read; use one of both")
        report = cloud.doctor(environment, Console(stderr=True, highlight=False, quiet=True) if quiet else console)
        if quiet and not report.data["findings"]:
            raise typer.Exit
        return report

    ending(json, act, "interrupted; nothing was changed")


def _python() -> Check:
    state, note = ("ok", "") if sys.version_info >= (3, 11) else ("too old", "Python 3.11 or newer is needed")
    return Check("python", state, platform.python_version(), path=sys.executable, note=note)


def _packages() -> Check:
    """Compare the installed packages with those that the lock names for every platform."""
    installed = {re.sub(r"[-_.]+", "-", dist.name).lower(): dist.version for dist in metadata.distributions()}
    locked = re.findall(r"^(\S+)==(\S+) \\$", LOCK.read_text(), re.M)
    wrong = [f"{name} {version}" for name, version in locked if installed.get(name) != version]
    if wrong:
        note = f"lacking: {', '.join(wrong[:3])}{', ...' if wrong[3:] else ''}; next: rm -f .venv/.ready && make up"
        return Check("packages", "out of step", f"{len(locked) - len(wrong)} of {len(locked)}", LOCK.name, note=note)
    return Check("packages", "ok", f"{len(locked)} as locked", LOCK.name)


def _programs(box: Toolbox) -> list[Check]:
    tools = box.look(verify=True).tools
    go, found = box.go()
    if go:
        check = Check("go", "ok", found, "PATH", str(go))
    else:
        check = Check("go", "ok", "on demand", "wheel", note=f"{found}; installed into the cache when it is needed")
    programs = [_program(tool, tools[tool.name]) for tool in box.tools]
    return [*sorted(programs, key=lambda program: program.later), check]


def _program(tool: Tool, found: Found) -> Check:
    later, note = bool(tool.needed_by), found.note
    if later and found.state == "missing":
        note = f"needed by {tool.needed_by}; {expected([tool])} to compile"
    return Check(tool.name, found.state, found.version, found.source, str(found.path or ""), note, later)


def _room(box: Toolbox) -> dict[str, str | int]:
    there = next(path for path in (box.cache, *box.cache.parents) if path.exists())
    return {"path": str(box.cache), "disk_free": shutil.disk_usage(there).free, "memory_free": memory_available()}


def _print_json(box: Toolbox, ok: bool, checks: list[Check], error: str) -> None:
    report = {"ok": ok, "checks": [check._asdict() for check in checks], "cache": _room(box), "error": error}
    typer.echo(jsonlib.dumps(report, indent=2))


def _print_table(box: Toolbox, ok: bool, checks: list[Check], error: str) -> None:
    console, table = Console(highlight=False), Table(box=None, pad_edge=False)
    for title in "name", "state", "version", "source":
        table.add_column(title, no_wrap=True)
    details: list[str] = []
    width = max(len(check.name) for check in checks)
    notes: dict[str, list[str]] = {}  # why a source does not have programs, and which
    for check in checks:
        state = "not built yet" if check.fine and check.state != "ok" else check.state
        state = f"[{'green' if check.state == 'ok' else 'yellow' if check.fine else 'red'}]{state}"
        table.add_row(check.name, state, check.version, check.source)
        in_cache = Path(check.path).is_relative_to(box.cache)
        if more := check.note if check.state != "ok" else "" if in_cache else check.path:
            details.append(f"{check.name:{width}}  {more}")
        for reason in check.note.split("; ") if check.state == "ok" and check.note else ():
            notes.setdefault(reason, []).append(check.name)
    console.print(table)
    console.print("", *details, "", sep="\n", markup=False, soft_wrap=True)
    # A program that was built is on no PATH: that is no news.
    for reason, names in notes.items():
        if not reason.endswith(" on PATH") or reason == "no go on PATH":
            console.print(f"{', '.join(names)}: {reason}", markup=False, soft_wrap=True)
    room = _room(box)
    free = " and ".join(f"{int(room[kind]) / 2**30:.0f} GiB of {kind[:-5]}" for kind in ("disk_free", "memory_free"))
    console.print(f"cache: {box.cache}, {free} free", markup=False, soft_wrap=True)
    if error:
        console.print(error, markup=False, soft_wrap=True)
    elif not ok:
        console.print(
            "Next: `mlp doctor --fix` fetches missing programs; `mlp up` fetches those that it needs.", soft_wrap=True
        )
    elif any(check.state != "ok" for check in checks):
        console.print("Next: nothing; or `mlp doctor --fix`, which builds all programs ahead.")
