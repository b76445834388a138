"""Hands the policy pack to the engine and reads its verdicts back."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from mlp.engine import Engine
from mlp.outcome import Outcome
from mlp.plan import Line
from mlp.progress import steps
from sandbox.files import as_csv

PACK = Path(__file__).parents[1] / "policies" / "run"
UNDER_POLICIES = ("--policy-pack", as_csv(PACK))
"""The engine's flag for the pack."""


@dataclass
class Verdicts:
    """The pack's verdicts of one operation: a rule, a resource and an outcome each."""

    entries: list[dict[str, Any]] = field(default_factory=list)

    @property
    def _bad(self) -> list[dict[str, Any]]:
        return [entry for entry in self.entries if entry["outcome"] in ("FAIL", "ERROR")]

    @property
    def _exempt(self) -> list[dict[str, Any]]:
        return [entry for entry in self.entries if entry["outcome"] == "EXEMPT"]

    @property
    def data(self) -> dict[str, Any]:
        """Outcome to count, the findings, and what is exempt or undecided."""
        counts = Counter(entry["outcome"] for entry in self.entries)
        rules = {entry["rule"] for entry in self.entries}
        undecided = [entry for entry in self.entries if entry["outcome"] == "UNKNOWN"]
        return {
            "rules": len(rules),
            **{name.lower(): count for name, count in sorted(counts.items())},
            "findings": self._bad,
            "exempted": self._exempt,
            "undecided": undecided,
        }

    @property
    def mandatory(self) -> list[dict[str, Any]]:
        """The findings that refuse a change."""
        return [entry for entry in self._bad if entry["level"] == "mandatory"]

    @property
    def refused(self) -> int:
        """How many findings refuse a change."""
        return len(self.mandatory)

    @property
    def lines(self) -> list[Line]:
        """A line for each finding, mandatory ones first, then for what is exempt, and one that counts the rest."""
        order = sorted(self._bad, key=lambda entry: entry["level"] != "mandatory")
        found = [
            Line(f"[{entry['level']}] {_line(entry)}", "red" if entry["level"] == "mandatory" else "yellow", 4)
            for entry in order
        ]
        found += [
            Line(f"[exempt until {entry['exemption']['expires']} by {entry['exemption']['id']}] {_line(entry)}", "", 4)
            for entry in self._exempt
        ]
        if not self.entries:
            return found
        counts = Counter(entry["outcome"] for entry in self.entries)
        advised = len(order) - self.refused
        advice = f", {advised} advised against" if advised else ""
        exempt = f", {len(self._exempt)} exempt" if self._exempt else ""
        undecided = f", {counts['UNKNOWN']} decided at update" if counts["UNKNOWN"] else ""
        rules, total = len({entry["rule"] for entry in self.entries}), self.entries[0]["rules"]
        left = f" ({total - rules} found no resource of their types)" if total > rules else ""
        text = f"policies: {rules} of {total} rules apply{left}, {counts['PASS']} checks passed, {self.refused} refused"
        return [*found, Line(f"{text}{advice}{exempt}{undecided}", "", 2)]


def _line(entry: dict[str, Any]) -> str:
    return f"{entry['rule']} {entry['urn'].rpartition('::')[2]}: {entry['message']}"


@dataclass(frozen=True)
class Guarded:
    """The engine on one stack, with the policies judging what it would change and what it changes.

    Attributes:
        engine: The engine.
        stack: Name of the stack.
        log: File that the pack writes its verdicts to, one operation at a time.
        console: Where progress is shown.
        resources: How many resources the stack has now; 0 if that is unknown.
    """

    engine: Engine
    stack: str
    log: Path
    console: Console
    resources: int = 0

    def preview(self, *options: str) -> tuple[Outcome, Verdicts]:
        """Preview, with further options of the engine."""
        return self._run("previewing", self.resources, "preview", *options)

    def up(self, *options: str) -> tuple[Outcome, Outcome, Verdicts]:
        """Preview, then update unless the preview was refused or empty, both with further options of the engine.

        Returns the plan, what was done, and the verdicts on that; without an update, the plan is what was done.
        """
        planned, verdicts = self.preview(*options)
        if not planned.ok or planned.empty:
            return planned, planned, verdicts
        done, verdicts = self._run("updating", len(planned.resources), "up", "--yes", "--skip-preview", *options)
        return planned, done, verdicts

    def _run(self, doing: str, total: int, *arguments: str) -> tuple[Outcome, Verdicts]:
        self.log.unlink(missing_ok=True)
        engine = self.engine.with_variables({"MLP_POLICY_REPORT": str(self.log)})
        with steps(self.console, doing, total) as step:
            outcome = engine.run(*arguments, "--stack", self.stack, *UNDER_POLICIES, on_step=step)
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return outcome, Verdicts([json.loads(line) for line in lines])
