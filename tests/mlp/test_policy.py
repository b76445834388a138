from typing import Any

from mlp.policy import Verdicts

RULES = "policies: 1 of 101 rules apply (100 found no resource of their types)"
URN = "urn:pulumi:prod::ml-platform::aws:kms/key:Key::key"


def entry(outcome: str, **more: Any) -> dict[str, Any]:
    return {
        "rule": "KMS-01",
        "urn": URN,
        "level": "mandatory",
        "outcome": outcome,
        "message": "it is off",
        "rules": 101,
        **more,
    }


def test_what_is_exempt_is_shown_with_its_end_and_is_not_refused() -> None:
    exemption = {"id": "EX-1", "approver": "security", "ticket": "SEC-1", "expires": "2026-04-30"}
    verdicts = Verdicts([entry("PASS"), entry("EXEMPT", verdict="FAIL", exemption=exemption)])
    assert [line.text for line in verdicts.lines] == [
        "[exempt until 2026-04-30 by EX-1] KMS-01 key: it is off",
        f"{RULES}, 1 checks passed, 0 refused, 1 exempt",
    ]
    assert verdicts.data["exempt"] == 1
    assert verdicts.data["findings"] == []
    assert [one["exemption"]["id"] for one in verdicts.data["exempted"]] == ["EX-1"]


def test_what_is_refused_comes_first_and_nothing_is_said_of_exemptions_that_are_not_there() -> None:
    verdicts = Verdicts([entry("FAIL", level="advisory"), entry("FAIL"), entry("UNKNOWN")])
    assert [line.text for line in verdicts.lines] == [
        "[mandatory] KMS-01 key: it is off",
        "[advisory] KMS-01 key: it is off",
        f"{RULES}, 0 checks passed, 1 refused, 1 advised against, 1 decided at update",
    ]
