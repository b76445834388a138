"""What a verb says at its end, to people and to programs."""

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rich.console import Console

from mlp.engine import EngineError
from mlp.outcome import Outcome
from mlp.places import SessionError
from mlp.plan import Line, plan
from mlp.policy import Verdicts
from sandbox.account import AccountError
from sandbox.kubernetes.plane import ControlPlaneError
from sandbox.loop.programs import LoopError
from sandbox.place import PlaceError
from sandbox.pythons import PythonError
from sandbox.toolsources import ToolchainError
from stacks.explain import nearest
from stacks.settings import Settings, SettingsError

EXPECTED = (
    SettingsError,
    PlaceError,
    ToolchainError,
    PythonError,
    AccountError,
    ControlPlaneError,
    SessionError,
    LoopError,
    EngineError,
)
"""Failures with a message for the user; anything else is a defect."""


WOULD_CHANGE = 3
"""Exit code of `preview --expect-no-changes` where something would change."""
DONE = {"create": "created", "update": "updated", "replace": "replaced", "delete": "deleted"}
"""Operation to the word that reports it once it is done."""


@dataclass(frozen=True)
class Report:
    """The end of a verb.

    Attributes:
        ok: Whether it succeeded.
        text: What a person reads, if there are no `lines`.
        data: What a program reads.
        lines: What a person reads, in colour on a terminal.
        code: Exit code; none: 0 if it succeeded, else 1.
    """

    ok: bool
    text: str
    data: dict[str, Any]
    lines: Sequence[Line] = ()
    code: int | None = None

    def print(self, console: Console) -> None:
        """Write it for a person."""
        if not self.lines:
            console.out(self.text, highlight=False)
        for text, style, indent in self.lines:
            broken = [text]
            if console.is_terminal:
                broken = textwrap.wrap(text, console.width, subsequent_indent=" " * indent, break_on_hyphens=False)
            for line in broken or [""]:
                console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)


class Asked(NamedTuple):
    """What a person asked to see of an operation.

    Attributes:
        diff: Old and new values.
        no_changes: That it counts as a failure if something would change.
    """

    diff: bool = False
    no_changes: bool = False


NOTHING_ASKED = Asked()


def report_of(
    stack: str,
    seconds: float,
    outcome: Outcome,
    verdicts: Verdicts,
    asked: Asked = NOTHING_ASKED,
    after: Sequence[str] = (),
    fetching: float = 0,
    settings: Settings | None = None,
) -> Report:
    """What to say of an operation of the engine.

    Args:
        stack: Name of the stack.
        seconds: How long it took, without the fetching of programs.
        outcome: What the engine did or would do.
        verdicts: What the policies said of it.
        asked: What a person asked to see.
        after: What a person may try next, if it succeeded.
        fetching: How long programs were fetched, in seconds.
        settings: The stack's settings, for advice on what was refused.
    """
    from sandbox.aws.tables import KINDS  # half a second, which other verbs need not wait for

    changes = outcome.changes
    recorded = sorted(name for kind in outcome.types & set(KINDS) for name in KINDS[kind].forgotten)
    releases = [f"release {name}: {why}" for name, why in sorted(outcome.recorded.items())]
    code = WOULD_CHANGE if asked.no_changes and outcome.ok and not outcome.empty else None
    data = {
        "ok": outcome.ok and code is None,
        "stack": stack,
        "preview": outcome.preview,
        "seconds": round(seconds, 1),
        "seconds_fetching": round(fetching, 1),
        **{done: changes[op] for op, done in DONE.items()},
        "unchanged": changes["same"],
        "changes": [step.data for step in outcome.steps],
        "policy": verdicts.data,
        "outputs": outcome.outputs,
        "outputs_changed": list(outcome.outputs_changed),
        "recorded_only": [*recorded, *releases],
        "errors": outcome.errors,
    }
    took = f"{seconds:.0f} s" + (f", after {fetching:.0f} s of fetching programs" if fetching >= 1 else "")
    lines = [Line(f"{stack}: {_headline(outcome, verdicts)} ({took})", "bold" if outcome.ok else "bold red")]
    lines += [Line(text, "red", 2) for text in outcome.errors]
    changed = list(plan(outcome, asked.diff)) if outcome.ok else []
    lines += [Line(""), *changed, Line("")] if changed else []
    if outcome.outputs_changed and outcome.ok and changes["same"]:  # not for a stack that is all new or gone
        names = ", ".join(outcome.outputs_changed)
        lines.append(Line(f"outputs that {'would change' if outcome.preview else 'changed'}: {names}", "", 2))
    lines += verdicts.lines
    if verdicts.refused and settings:
        from mlp.hints import hints  # all rules: a quarter of a second

        lines += hints(verdicts, settings)
    if (recorded or releases) and outcome.ok:
        found = " and ".join(
            filter(None, (_many(len(recorded), "property", "properties"), _many(len(releases), "chart", "charts")))
        )
        verb = "is" if len(recorded) + len(releases) == 1 else "are"
        lines.append(Line(f"{found} {verb} recorded only (`mlp status --recorded`)", "", 2))
    if after and outcome.ok:
        lines.append(Line(f"Next: {'; '.join(after)}", "", 6))
    return Report(outcome.ok, "\n".join(line.text for line in lines), data, lines, code)


def outputs_report(stack: str, found: Mapping[str, Any], name: str | None, up: str) -> Report:
    """The outputs of a stack, or the one of a dotted path.

    Raises:
        SessionError: The stack has none; `up` is the command that brings it up.
        SettingsError: There is none of that name.
    """
    if not found:
        raise SessionError(f"{stack} is not up; bring it up with `{up}`")
    if not name:
        lines = [f"{path}: {value}" for path, value in _texts(found)]
        return Report(True, "\n".join(lines), {"ok": True, "stack": stack, "outputs": found})
    value: Any = found
    for number, part in enumerate(parts := name.split(".")):
        if not isinstance(value, Mapping) or part not in value:
            known = list(value) if isinstance(value, Mapping) else []
            below = f" below {'.'.join(parts[:number])}" if number else ""
            there = f"; there are: {', '.join(known)}" if known else ""
            raise SettingsError(f"{stack} has no output {part!r}{below}{there}{nearest(part, known)}")
        value = value[part]
    text = value if isinstance(value, str) else json.dumps(value, indent=2)
    return Report(True, text, {"ok": True, "stack": stack, "name": name, "value": value})


def _texts(found: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """The outputs by dotted path; a document is shown by its length, `mlp output NAME` prints it."""
    for key, value in found.items():
        if isinstance(value, Mapping):
            yield from _texts(value, f"{above}{key}.")
        elif str(value).startswith(("{", "[{")):
            yield f"{above}{key}", f"(a document of {len(str(value))} characters)"
        else:
            yield f"{above}{key}", value if isinstance(value, str) else json.dumps(value)


def _many(count: int, one: str, more: str) -> str:
    """A number of things; empty if there are none."""
    return f"{count} {one if count == 1 else more}" if count else ""


def _headline(outcome: Outcome, verdicts: Verdicts) -> str:
    """What was done or would be done, in one line."""
    if not outcome.ok:
        if verdicts.refused or outcome.violations:
            return "refused by the policies; nothing was changed" if outcome.preview else "stopped by the policies"
        return "the preview failed; nothing was changed" if outcome.preview else "failed before it was finished"
    changes = outcome.changes
    if outcome.empty:
        return f"nothing to change; {changes['same']} resources are as the settings say"
    lost = [step.op for step in outcome.steps if step.loses_data]
    parts = []
    for op, done in DONE.items():
        count = lost.count(op)
        holds = ("hold data" if outcome.preview else "held data") if count != 1 or not outcome.preview else "holds data"
        marked = f" ({count} {holds})" if count else ""
        parts.append(f"{op} {changes[op]}{marked}" if outcome.preview else f"{done} {changes[op]}{marked}")
    text = ", ".join(parts)
    return f"{'would ' if outcome.preview else ''}{text}; {changes['same']} unchanged"
