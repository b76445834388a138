from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN
from policies.inventory.unruly_tag import RULE
from tests.policies.world import BUCKET, judged, made

DEFAULTS = {"defaultTags": '{"tags": {"environment": "prod"}}'}


def verdict(tags: Any, stack: str = "prod", **view: Any) -> tuple[Outcome, str]:
    return judged(RULE, made(BUCKET, "thing", {"tags": tags}, **view), stack=stack)


@pytest.mark.parametrize(
    ("tag", "good", "bad"),
    [
        ("data-class", "confidential", "secret"),
        ("cost-centre", "ml-0001", "Machine Learning"),
        ("owner", "ml-platform", "Ada Lovelace"),
        ("ai-risk-tier", "limited", "low"),
        ("content", "documents", "stuff"),
    ],
)
def test_a_value_must_be_one_that_is_known(tag: str, good: str, bad: str) -> None:
    assert verdict({tag: good}) == (Outcome.PASS, "")
    outcome, message = verdict({tag: bad})
    assert outcome is Outcome.FAIL
    assert f"`tags.{tag}` of thing does not match" in message
    assert bad not in message


def test_other_tags_may_say_anything_and_none_need_be_there() -> None:
    assert verdict({"Name": "Ada's bucket"}) == (Outcome.PASS, "")
    assert verdict(None) == (Outcome.PASS, "")


def test_the_environment_is_the_stacks() -> None:
    outcome, message = verdict({"environment": "dev"})
    assert outcome is Outcome.FAIL
    assert "is not prod" in message
    assert verdict({"environment": "dev"}, stack="organization/ml-platform/dev-models") == (Outcome.PASS, "")
    assert verdict({"environment": "dev"}, stack="change-42") == (Outcome.PASS, "")


def test_a_resources_own_tag_wins_over_the_providers() -> None:
    assert verdict({"environment": "dev"}, provider=DEFAULTS)[0] is Outcome.FAIL
    assert verdict({}, provider=DEFAULTS) == (Outcome.PASS, "")


def test_unknown_when_the_value_is() -> None:
    assert verdict({"data-class": UNKNOWN})[0] is Outcome.UNKNOWN
    assert verdict(UNKNOWN)[0] is Outcome.UNKNOWN
