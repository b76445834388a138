"""Hands the policy pack to the engine and reads its verdicts back."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.place import Place

PACK = Path(__file__).parents[1] / "policies" / "run"


@dataclass
class Verdicts:
    """The pack's verdicts of one operation: a rule, a resource and an outcome each."""

    entries: list[dict[str, Any]] = field(default_factory=list)

    @property
    def _bad(self) -> list[dict[str, Any]]:
        return [entry for entry in self.entries if entry["outcome"] in ("FAIL", "ERROR")]

    @property
    def data(self) -> dict[str, Any]:
        """Outcome to count, and the findings."""
        counts = Counter(entry["outcome"] for entry in self.entries)
        rules = {entry["rule"] for entry in self.entries}
        undecided = [entry for entry in self.entries if entry["outcome"] == "UNKNOWN"]
        return {
            "rules": len(rules),
            **{name.lower(): count for name, count in sorted(counts.items())},
            "findings": self._bad,
            "undecided": undecided,
        }

    @property
    def lines(self) -> list[str]:
        """A line for each finding, mandatory ones first, and one that counts the rest."""
        order = sorted(self._bad, key=lambda entry: entry["level"] != "mandatory")
        found = [
            f"[{entry['level']}] {entry['rule']} {entry['urn'].rpartition('::')[2]}: {entry['message']}"
            for entry in order
        ]
        counts = Counter(entry["outcome"] for entry in self.entries)
        undecided = f", {counts['UNKNOWN']} decided at update" if counts["UNKNOWN"] else ""
        rules = len({entry["rule"] for entry in self.entries})
        return [*found, f"policies: {rules} rules, {counts['PASS']} passed, {len(order)} refused{undecided}"]


@contextmanager
def recording(place: Place) -> Iterator[tuple[dict[str, str], Verdicts]]:
    """Variables that make the pack write its verdicts down, and the verdicts, filled at the end."""
    log, verdicts = place.path("policy.jsonl"), Verdicts()
    log.unlink(missing_ok=True)
    yield {"MLP_POLICY_REPORT": str(log)}, verdicts
    if log.exists():
        verdicts.entries.extend(map(json.loads, log.read_text().splitlines()))
