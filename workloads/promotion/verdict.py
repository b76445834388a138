"""The gate: from what is known of a version to what may be done with it. Pure; what is unknown is not passed."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from math import isfinite
from typing import Any

from workloads.promotion import paired
from workloads.promotion.approval import is_signed
from workloads.promotion.candidate import EVALUATION, Approval, Candidate
from workloads.promotion.gate import Alias, Check, Gate, Policy, Quality, Risk

MIB = 1024 * 1024
ROUNDING = 1e-9
"""Differences of two metrics are not exact: 0.92 - 0.9 is more than 0.02."""
ROWS = "rows"
"""What a run logs as the metric of a slice beside the others: `slice.rows.<slice>`."""
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_DIGEST = re.compile(r"(\S+@)?sha256:[0-9a-f]{64}")


class Outcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Line:
    """One check: how it ended, what was found, what is allowed."""

    check: str
    outcome: Outcome
    value: str
    allowed: str


@dataclass(frozen=True)
class Verdict:
    """Everything that an alias demands of a version."""

    model: str
    version: str
    alias: str
    lines: tuple[Line, ...]

    @property
    def passed(self) -> bool:
        """Whether there was a check and every one passed."""
        return bool(self.lines) and all(line.outcome is Outcome.PASSED for line in self.lines)

    @property
    def data(self) -> dict[str, Any]:
        """For programs."""
        return {**asdict(self), "lines": [asdict(line) for line in self.lines], "passed": self.passed}


@dataclass(frozen=True)
class Case:
    """What a check looks at."""

    found: Candidate
    champion: Candidate | None
    gate: Gate
    approvers: Mapping[str, str]
    now: datetime


Answer = tuple[Outcome, str, str]


def judge(candidate: Candidate, champion: Candidate | None, policy: Policy, alias: Alias, now: datetime) -> Verdict:
    """Decide whether `alias` may point at a version.

    Args:
        candidate: The version.
        champion: The version that `champion` points at now; none if there is none yet.
        policy: The gates of the environment.
        alias: What is to point at it.
        now: With a time zone; approvals expire by it.
    """
    gate = policy.models.get(candidate.model)
    if gate is None or alias not in policy.aliases:
        known = ", ".join(policy.models if gate is None else policy.aliases) or "none"
        what = ("model", candidate.model) if gate is None else ("alias", alias.value)
        line = Line(what[0], Outcome.UNKNOWN, what[1], f"one that the gate knows ({known}): add it")
        return Verdict(candidate.model, candidate.version, alias, (line,))
    case = Case(candidate, champion, gate, policy.approvers, now)
    wanted = [check for check in Check if check in policy.aliases[alias]]
    lines = tuple(Line(check.value, *CHECKS[check](case)) for check in wanted)
    return Verdict(candidate.model, candidate.version, alias, lines)


def _quality(case: Case) -> Answer:
    if not (wanted := case.gate.quality):
        return _no_threshold("quality")
    low, high = wanted.at_least, wanted.at_most
    allowed = f"{wanted.metric} >= {low:g}" if low is not None else f"{wanted.metric} <= {high:g}"
    value = _metric(case.found.metrics, wanted.metric)
    if value is None:
        return Outcome.UNKNOWN, _unlogged(wanted.metric), allowed
    return _is((low is None or value >= low) and (high is None or value <= high)), f"{value:g}", allowed


def _champion(case: Case) -> Answer:
    if not (wanted := case.gate.quality):
        return _no_threshold("quality")
    allowed = f"{wanted.metric} at most {wanted.max_loss:g} worse than the champion's"
    if case.champion is None:
        return Outcome.PASSED, "there is no champion yet", allowed
    if wanted.metric in paired.METRICS:
        return _paired(case.found, case.champion, wanted, f"{allowed}, with 99 % confidence")
    ours, theirs = (_metric(one.metrics, wanted.metric) for one in (case.found, case.champion))
    if ours is None or theirs is None:
        whose = "" if ours is None else f"version {case.champion.version}, the champion: "
        return Outcome.UNKNOWN, f"{whose}{_unlogged(wanted.metric)}", allowed
    loss = theirs - ours if wanted.at_least is not None else ours - theirs
    return _is(loss <= wanted.max_loss + ROUNDING), f"{ours:g}, the champion's {theirs:g}", allowed


def _paired(found: Candidate, champion: Candidate, wanted: Quality, allowed: str) -> Answer:
    """Whether the interval of the difference on the same rows lies above the loss that is allowed."""
    rows = []
    for one, whose in ((found, ""), (champion, f"version {champion.version}, the champion: ")):
        if one.evaluation is None:
            return Outcome.UNKNOWN, f"{whose}{one.unevaluated}", allowed
        try:
            rows.append(paired.read(one.evaluation))
        except paired.EvaluationError as error:
            return Outcome.UNKNOWN, f"{whose}{EVALUATION}: {error}", allowed
    try:
        made = paired.difference(wanted.metric, *rows)
    except paired.EvaluationError as error:
        return Outcome.UNKNOWN, str(error), allowed
    value = f"{made.decision}: {made.value:+.3g} ({made.low:+.3g} to {made.high:+.3g}) on {made.rows} rows"
    if made.high < -wanted.max_loss:
        return Outcome.FAILED, value, allowed
    if made.low < -wanted.max_loss - ROUNDING:
        return Outcome.UNKNOWN, f"{value}: evaluate both on more rows", allowed
    return Outcome.PASSED, value, allowed


def _fairness(case: Case) -> Answer:
    if not (wanted := case.gate.fairness):
        return _no_threshold("fairness")
    allowed = f"{wanted.metric} differs by at most {wanted.max_gap:g} between slices"
    slices, rows = (case.found.slices.get(metric, {}) for metric in (wanted.metric, ROWS))
    known = {name: value for name, value in slices.items() if isfinite(value)}
    if missing := sorted({*wanted.slices, *slices} - set(known)):
        return Outcome.UNKNOWN, f"not measured: {', '.join(missing)}", allowed
    if small := [name for name in sorted(known) if not rows.get(name, 0) >= wanted.min_rows]:
        value = ", ".join(f"{name} {rows.get(name, 0):g}" for name in small)
        return Outcome.UNKNOWN, f"too few rows: {value}; needed: {wanted.min_rows}", allowed
    low, high = min(known, key=known.__getitem__), max(known, key=known.__getitem__)
    gap = known[high] - known[low]
    return _is(gap <= wanted.max_gap + ROUNDING), f"{gap:g} ({low} {known[low]:g}, {high} {known[high]:g})", allowed


def _latency(case: Case) -> Answer:
    if not (wanted := case.gate.latency):
        return _no_threshold("latency")
    allowed = f"{wanted.metric} <= {wanted.at_most:g}"
    value = _metric(case.found.metrics, wanted.metric)
    if value is None or value < 0:
        return Outcome.UNKNOWN, _unlogged(wanted.metric) if value is None else f"{value:g} is no latency", allowed
    return _is(value <= wanted.at_most), f"{value:g}", allowed


def _size(case: Case) -> Answer:
    if case.gate.max_mib is None:
        return _no_threshold("maxMib")
    allowed = f"<= {case.gate.max_mib} MiB"
    if not (size := case.found.size_bytes):
        return Outcome.UNKNOWN, f"its files could not be read: {case.found.unread or 'there are none'}", allowed
    return _is(size <= case.gate.max_mib * MIB), f"{size / MIB:.2f} MiB", allowed


def _lineage(case: Case) -> Answer:
    allowed = "data version, code commit and image digest"
    lineage = case.found.lineage
    found = {
        "data_version": bool(lineage.data_version and lineage.data_version.strip()),
        "code_commit": bool(_COMMIT.fullmatch(lineage.code_commit or "")),
        "image_digest": bool(_DIGEST.fullmatch(lineage.image_digest or "")),
    }
    if missing := [name for name in found if not getattr(lineage, name)]:
        return Outcome.UNKNOWN, f"missing: {', '.join(missing)}", allowed
    if wrong := [f"{name} = {getattr(lineage, name)!r}" for name, right in found.items() if not right]:
        return Outcome.FAILED, ", ".join(wrong), f"{allowed}: a full commit, sha256:<64 hex digits>"
    return Outcome.PASSED, "complete", allowed


def _approval(case: Case) -> Answer:
    tiers, tag = list(Risk), case.found.risk
    if tag not in (None, *tiers):
        return Outcome.UNKNOWN, f"risk tier {tag!r}", f"one of {', '.join(tiers)}"
    known = [Risk(one) for one in (tag, case.gate.risk) if one is not None]
    if not known:
        return Outcome.UNKNOWN, "no risk tier", f"tag `risk` of the model, or `risk` of the gate: {', '.join(tiers)}"
    if (tier := max(known, key=tiers.index)) is not Risk.HIGH:
        return Outcome.PASSED, f"risk tier {tier}", "risk tier high needs approvers"
    allowed = f"{case.gate.approvals} distinct approvers of this content, unexpired, not its author"
    if not case.found.digest:
        return Outcome.UNKNOWN, "its files could not be read, so that nobody can have approved them", allowed
    valid, refused = consents(case)
    names = f"{len(valid)} valid" + (f" ({'; '.join(refused)})" if refused else "")
    return _is(len(valid) >= case.gate.approvals), names, allowed


def consents(case: Case) -> tuple[list[Approval], list[str]]:
    """The consents that count, and why the others do not; two names with one key are one approver."""
    valid: dict[str, Approval] = {}
    refused = []
    for one in case.found.approvals:
        if reason := _invalid(one, case):
            refused.append(f"{one.approver}: {reason}")
        else:
            valid.setdefault(case.approvers[one.approver].strip(), one)
    return list(valid.values()), refused


def _invalid(one: Approval, case: Case) -> str:
    """Why a consent does not count; empty if it does."""
    name = one.approver
    if name not in case.approvers:
        return "no approver that the gate knows"
    if name == case.found.author:
        return "is the author"
    if one.digest != case.found.digest:
        return "approved other content"
    if one.expires.tzinfo is None or one.expires <= case.now:
        return f"expired {one.expires.isoformat()}"
    if not is_signed(one, case.found.model, case.found.version, case.approvers[name]):
        return "not signed with the approver's key"
    return ""


CHECKS: Mapping[Check, Callable[[Case], Answer]] = {
    Check.QUALITY: _quality,
    Check.CHAMPION: _champion,
    Check.FAIRNESS: _fairness,
    Check.LATENCY: _latency,
    Check.SIZE: _size,
    Check.LINEAGE: _lineage,
    Check.APPROVAL: _approval,
}


def table(verdict: Verdict) -> Iterator[str]:
    """The verdict for people, a line a check."""
    for line in verdict.lines:
        yield f"{line.outcome.value:8}{line.check:10}{line.value}; allowed: {line.allowed}"


def _metric(metrics: Mapping[str, float], name: str) -> float | None:
    """A metric's value; what is no number says nothing."""
    value = metrics.get(name)
    return value if value is not None and isfinite(value) else None


def _unlogged(metric: str) -> str:
    return f"{metric} is not logged, or no number"


def _no_threshold(name: str) -> Answer:
    return Outcome.UNKNOWN, f"the gate has no `{name}` for this model", "a threshold: add it"


def _is(right: bool) -> Outcome:
    return Outcome.PASSED if right else Outcome.FAILED
