from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN
from policies.audit.incomplete_trail import RULE
from tests.policies.world import KEY, judged, made, urn

COMPLETE = {
    "isMultiRegionTrail": True,
    "enableLogFileValidation": True,
    "kmsKeyId": "arn:aws:kms:eu-central-1:123456789012:key/1",
    "cloudWatchLogsGroupArn": "arn:aws:logs:eu-central-1:123456789012:log-group:trail:*",
}
GROUP = "aws:cloudwatch/logGroup:LogGroup"


def verdict(sources: dict[str, str] | None = None, **changed: Any) -> tuple[Outcome, str]:
    origins = {name: (urn(token, "source"),) for name, token in (sources or {}).items()}
    return judged(RULE, made("aws:cloudtrail/trail:Trail", "trail", {**COMPLETE, **changed}, sources=origins))


def test_passes_when_complete() -> None:
    assert verdict() == (Outcome.PASS, "")
    assert verdict(enableLogging=True) == (Outcome.PASS, "")


def test_passes_when_key_and_log_group_are_about_to_be_made() -> None:
    origins = {"kmsKeyId": KEY, "cloudWatchLogsGroupArn": GROUP}
    assert verdict(origins, kmsKeyId=UNKNOWN, cloudWatchLogsGroupArn=UNKNOWN) == (Outcome.PASS, "")


@pytest.mark.parametrize("lacking", COMPLETE)
def test_fails_when_any_part_lacks(lacking: str) -> None:
    outcome, message = verdict(**{lacking: None})
    assert outcome is Outcome.FAIL
    assert f"`{lacking}` of trail is not set" in message


@pytest.mark.parametrize(
    "changed",
    [
        {"isMultiRegionTrail": False},
        {"enableLogFileValidation": False},
        {"enableLogging": False},
        {"kmsKeyId": "alias/aws/cloudtrail"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_fails_when_a_part_is_off(changed: dict[str, Any]) -> None:
    outcome, message = verdict(**changed)
    assert outcome is Outcome.FAIL
    assert f"`{next(iter(changed))}` of trail" in message


@pytest.mark.parametrize("name", COMPLETE)
def test_unknown_when_a_part_is_and_comes_from_elsewhere(name: str) -> None:
    outcome, message = verdict({name: "aws:ssm/parameter:Parameter"}, **{name: UNKNOWN})
    assert outcome is Outcome.UNKNOWN
    assert f"`{name}` of trail" in message
