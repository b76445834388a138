"""The gate: what passes, what does not, and that what nobody knows does not pass."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from pydantic import ValidationError

from tests.workloads.candidates import evaluation
from workloads.promotion.approval import approve
from workloads.promotion.artifacts import digest
from workloads.promotion.candidate import Approval, Candidate
from workloads.promotion.gate import Alias, Check, Policy
from workloads.promotion.verdict import Outcome, judge

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LATER = NOW + timedelta(days=7)
CONTENT, OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
KEYS = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("ana", "ben", "cem")}


def private(key: Any) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public(key: Any) -> str:
    how = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return key.public_key().public_bytes(*how).decode()


GATE: dict[str, Any] = {
    "risk": "high",
    "quality": {"metric": "auc", "atLeast": 0.9, "maxLoss": 0.01},
    "fairness": {"metric": "auc", "maxGap": 0.05, "slices": ["young", "old"]},
    "latency": {"metric": "latency_p95_ms", "atMost": 50},
    "maxMib": 10,
}


def policy(**gate: Any) -> Policy:
    return Policy.model_validate(
        {
            "aliases": {"champion": list(Check), "shadow": ["lineage"]},
            "models": {"fraud": {**GATE, **gate}},
            "approvers": {name: public(key) for name, key in KEYS.items()},
        }
    )


def signed(name: str, content: str = CONTENT, expires: datetime = LATER, key: str = "", version: str = "7") -> Approval:
    return approve("fraud", version, content, name, expires, private(KEYS[key or name]))


def candidate(**change: Any) -> Candidate:
    good: dict[str, Any] = {
        "model": "fraud",
        "version": "7",
        "metrics": {"auc": 0.93, "latency_p95_ms": 40},
        "slices": {"auc": {"young": 0.94, "old": 0.90}, "rows": {"young": 5000, "old": 400, "teen": 300}},
        "evaluation": evaluation(0.1),
        "size_bytes": 2**20,
        "digest": CONTENT,
        "lineage": {"data_version": "2026-11", "code_commit": "c" * 40, "image_digest": OTHER},
        "author": "cem",
        "approvals": (signed("ana"), signed("ben")),
    }
    return Candidate.model_validate({**good, **change})


CHAMPION = candidate(version="6", evaluation=evaluation(0.1, seed=2))


def outcomes(found: Candidate, gate: Policy | None = None, champion: Candidate | None = CHAMPION) -> dict[str, str]:
    verdict = judge(found, champion, gate or policy(), Alias.CHAMPION, NOW)
    assert verdict.passed == all(line.outcome is Outcome.PASSED for line in verdict.lines)
    return {line.check: line.outcome.value for line in verdict.lines if line.outcome is not Outcome.PASSED}


def test_a_good_version_passes_every_check() -> None:
    verdict = judge(candidate(), CHAMPION, policy(), Alias.CHAMPION, NOW)
    assert verdict.passed
    assert [line.check for line in verdict.lines] == [check.value for check in Check]


def metrics(**change: float) -> dict[str, Any]:
    return {"metrics": {"auc": 0.93, "latency_p95_ms": 40, **change}}


def lineage(**change: Any) -> dict[str, Any]:
    return {"lineage": {"data_version": "2026-11", "code_commit": "c" * 40, "image_digest": OTHER, **change}}


def slices(rows: dict[str, float] | None = None, **values: float) -> dict[str, Any]:
    return {"slices": {"auc": values, "rows": {"young": 5000, "old": 400, "teen": 300, **(rows or {})}}}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (metrics(auc=0.899), {"quality": "failed"}),
        (metrics(auc=0.93), {}),
        ({"metrics": {"latency_p95_ms": 40}}, {"quality": "unknown"}),
        (metrics(auc=math.nan), {"quality": "unknown"}),
        (metrics(auc=math.inf), {"quality": "unknown"}),
        ({"evaluation": evaluation(5)}, {"champion": "failed"}),
        ({"evaluation": evaluation(0)}, {}),
        ({"evaluation": None}, {"champion": "unknown"}),
        ({"evaluation": evaluation(0.1, rows=1999)}, {"champion": "unknown"}),
        ({"evaluation": evaluation(0.1, labels=5)}, {"champion": "unknown"}),
        ({"evaluation": "id,label\n1,0"}, {"champion": "unknown"}),
        ({"evaluation": "id,label,prediction\n1,0,yes"}, {"champion": "unknown"}),
        ({"evaluation": "id,label,prediction\n1,0,nan"}, {"champion": "unknown"}),
        ({"evaluation": "id,label,prediction\n1,0,0.1\n1,0,0.1"}, {"champion": "unknown"}),
        (metrics(latency_p95_ms=51), {"latency": "failed"}),
        (metrics(latency_p95_ms=math.nan), {"latency": "unknown"}),
        (metrics(latency_p95_ms=-1), {"latency": "unknown"}),
        ({"metrics": {"auc": 0.95}}, {"latency": "unknown"}),
        (slices(young=0.95, old=0.90), {}),
        (slices(young=0.96, old=0.90), {"fairness": "failed"}),
        (slices(young=0.93, old=0.90, teen=0.98), {"fairness": "failed"}),
        (slices({"old": 199}, young=0.95, old=0.90), {"fairness": "unknown"}),
        (slices({"old": math.nan}, young=0.95, old=0.90), {"fairness": "unknown"}),
        ({"slices": {"auc": {"young": 0.94, "old": 0.90}}}, {"fairness": "unknown"}),
        (slices(young=0.93, teen=0.93), {"fairness": "unknown"}),  # the slice that must be there is not
        (slices(old=0.93), {"fairness": "unknown"}),
        (slices(young=0.93, old=0.93, teen=math.nan), {"fairness": "unknown"}),
        ({"slices": {}}, {"fairness": "unknown"}),
        ({"size_bytes": 10 * 2**20}, {}),
        ({"size_bytes": 10 * 2**20 + 1}, {"size": "failed"}),
        ({"size_bytes": None}, {"size": "unknown"}),
        ({"size_bytes": 0}, {"size": "unknown"}),
        (lineage(data_version=None), {"lineage": "unknown"}),
        (lineage(code_commit=None), {"lineage": "unknown"}),
        (lineage(image_digest=None), {"lineage": "unknown"}),
        (lineage(data_version=" "), {"lineage": "failed"}),
        (lineage(code_commit="main"), {"lineage": "failed"}),
        (lineage(image_digest="repo:latest"), {"lineage": "failed"}),
        (lineage(image_digest=f"repo@{OTHER}"), {}),
        ({"approvals": ()}, {"approval": "failed"}),
        ({"approvals": (signed("ana"),)}, {"approval": "failed"}),
        ({"approvals": (signed("ana"), signed("ana"))}, {"approval": "failed"}),
        ({"approvals": (signed("ana"), signed("ben", content=OTHER))}, {"approval": "failed"}),
        ({"approvals": (signed("ana"), signed("ben", version="6"))}, {"approval": "failed"}),
        ({"approvals": (signed("ana"), signed("ben", expires=NOW))}, {"approval": "failed"}),
        ({"approvals": (signed("ana"), signed("ben", key="ana"))}, {"approval": "failed"}),
        ({"approvals": (signed("ana"), signed("cem"))}, {"approval": "failed"}),  # the author
        ({"approvals": (signed("ana"), signed("ben"), signed("cem"))}, {}),
        ({"digest": None}, {"approval": "unknown"}),
        ({"digest": OTHER}, {"approval": "failed"}),
        ({"risk": "minimal", "approvals": ()}, {"approval": "failed"}),  # a tag does not lower what the gate says
        ({"risk": "harmless"}, {"approval": "unknown"}),
    ],
)
def test_what_fails_and_what_nobody_knows_does_not_pass(change: dict[str, Any], told: dict[str, str]) -> None:
    assert outcomes(candidate(**change)) == told


@pytest.mark.parametrize(
    ("gate", "change", "told"),
    [
        ({"risk": None}, {"approvals": ()}, {"approval": "unknown"}),
        ({"risk": None}, {"approvals": (), "risk": "limited"}, {}),
        ({"risk": "limited"}, {"approvals": ()}, {}),
        ({"risk": "limited"}, {"approvals": (), "risk": "high"}, {"approval": "failed"}),
        ({"approvals": 3}, {}, {"approval": "failed"}),
        ({"quality": None}, {}, {"quality": "unknown", "champion": "unknown"}),
        (
            {"fairness": None, "latency": None, "maxMib": None},
            {},
            dict.fromkeys(("fairness", "latency", "size"), "unknown"),
        ),
        (
            {"quality": {"metric": "rmse", "atMost": 3, "maxLoss": 0.5}},
            {},
            {"quality": "unknown", "champion": "unknown"},
        ),
    ],
)
def test_a_threshold_that_is_missing_is_unknown_and_not_nothing(
    gate: dict[str, Any], change: dict[str, Any], told: dict[str, str]
) -> None:
    assert outcomes(candidate(**change), policy(**gate)) == told


def test_less_can_be_better() -> None:
    gate = policy(quality={"metric": "rmse", "atMost": 3, "maxLoss": 0.5})
    champion = candidate(version="6", metrics={"rmse": 2.0})
    found = {value: outcomes(candidate(**metrics(rmse=value)), gate, champion) for value in (1.0, 2.5, 2.6, 3.1)}
    assert found == {1.0: {}, 2.5: {}, 2.6: {"champion": "failed"}, 3.1: {"quality": "failed", "champion": "failed"}}


def test_the_first_champion_is_compared_with_none_and_one_without_an_evaluation_is_unknown() -> None:
    assert outcomes(candidate(evaluation=None), champion=None) == {}
    assert outcomes(candidate(), champion=candidate(version="6", evaluation=None)) == {"champion": "unknown"}


def test_a_difference_that_too_few_rows_decide_is_unknown() -> None:
    few, champion = (candidate(evaluation=evaluation(1, seed, rows=400)) for seed in (1, 2))
    assert outcomes(few, champion=champion) == {"champion": "unknown"}
    line = judge(few, champion, policy(), Alias.CHAMPION, NOW).lines[1]
    assert line.value.startswith("no difference: ")
    assert line.value.endswith("on 400 rows: evaluate both on more rows")


def test_two_names_with_one_key_are_one_approver() -> None:
    gate = policy().model_copy(update={"approvers": dict.fromkeys(("ana", "eve"), public(KEYS["ana"]))})
    both = (signed("ana"), signed("eve", key="ana"))
    assert outcomes(candidate(approvals=both), gate) == {"approval": "failed"}


def test_an_alias_demands_its_own_checks_and_what_the_gate_does_not_know_is_refused() -> None:
    shadow = judge(candidate(metrics={}), None, policy(), Alias.SHADOW, NOW)
    assert ([line.check for line in shadow.lines], shadow.passed) == (["lineage"], True)
    other = judge(candidate(), None, policy(), Alias.CHALLENGER, NOW)
    assert (other.lines[0].check, other.lines[0].outcome, other.passed) == ("alias", Outcome.UNKNOWN, False)
    stranger = judge(candidate(model="churn"), None, policy(), Alias.CHAMPION, NOW)
    assert (stranger.lines[0].check, stranger.passed) == ("model", False)
    nothing = policy().model_copy(update={"aliases": {Alias.SHADOW: ()}})
    assert not judge(candidate(), None, nothing, Alias.SHADOW, NOW).passed


@pytest.mark.parametrize(
    "gate",
    [
        {"quality": {"metric": "auc"}},
        {"quality": {"metric": "auc", "atLeast": 0.9, "atMost": 1}},
        {"quality": {"metric": "auc", "atLeast": math.nan}},
        {"quality": {"metric": "auc", "atLeast": 0.9, "maxLoss": -1}},
        {"fairness": {"metric": "auc", "maxGap": 0.05}},
        {"fairness": {"metric": "auc", "maxGap": 0.05, "slices": ["old"]}},
        {"latency": {"metric": "l", "atMost": 0}},
        {"approvals": 1},
        {"maxSize": 3},
    ],
)
def test_a_gate_that_cannot_be_meant_is_refused(gate: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        policy(**gate)


@pytest.mark.parametrize("key", [b"", b"no key", private(ed25519.Ed25519PrivateKey.generate())])
def test_another_kind_of_key_signs_nothing(key: bytes) -> None:
    with pytest.raises(ValueError, match="P-256"):
        approve("fraud", "7", CONTENT, "ana", LATER, key)


def test_a_digest_is_of_paths_and_contents_in_any_order() -> None:
    files = [("a", "1" * 64), ("b/c", "2" * 64)]
    assert digest(files) == digest(reversed(files))
    changed = [digest([("a", "1" * 64), ("b/d", "2" * 64)]), digest([("a", "2" * 64), ("b/c", "1" * 64)])]
    assert len({digest(files), *changed}) == 3
