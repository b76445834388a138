import json
from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN
from policies.inventory._tags import TAGS
from policies.inventory.untagged_resource import RULE
from tests.policies.world import BUCKET, judged, made

COMPLETE = dict.fromkeys(TAGS, "prod")


def verdict(tags: Any, stack: str = "prod", token: str = BUCKET, **view: Any) -> tuple[Outcome, str]:
    return judged(RULE, made(token, "thing", {"tags": tags}, **view), stack=stack)


def test_passes_with_every_tag() -> None:
    assert verdict({**COMPLETE, "component": "x"}) == (Outcome.PASS, "")


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("value", [None, ""])
def test_fails_without_any_of_them(tag: str, value: Any) -> None:
    assert verdict({**COMPLETE, tag: value}) == (Outcome.FAIL, f"`tags` of thing lack {tag}")


def test_fails_without_tags_at_all() -> None:
    outcome, message = verdict(None)
    assert outcome is Outcome.FAIL
    assert message.endswith(f"lack {', '.join(TAGS)}")


def test_what_belongs_to_an_ai_system_says_to_which_and_how_risky_it_is() -> None:
    assert verdict({**COMPLETE, "ai-system-id": "credit"}) == (Outcome.FAIL, "`tags` of thing lack ai-risk-tier")
    assert verdict({**COMPLETE, "ai-risk-tier": "high"}) == (Outcome.FAIL, "`tags` of thing lack ai-system-id")
    assert verdict({**COMPLETE, "ai-risk-tier": "high", "ai-system-id": "credit"}) == (Outcome.PASS, "")


@pytest.mark.parametrize("settings", [{"tags": COMPLETE}, json.dumps({"tags": COMPLETE})], ids=["object", "JSON"])
def test_the_providers_default_tags_count(settings: Any) -> None:
    assert verdict(None, provider={"defaultTags": settings}) == (Outcome.PASS, "")


def test_tags_that_state_holds_count() -> None:
    assert judged(RULE, made(BUCKET, properties={"tagsAll": COMPLETE})) == (Outcome.PASS, "")
    assert judged(RULE, made("aws:new/thing:Thing", properties={"tagsAll": {}}))[0] is Outcome.FAIL


def test_unknown_when_what_lacks_may_still_come() -> None:
    assert verdict(UNKNOWN)[0] is Outcome.UNKNOWN
    assert verdict({}, provider={"defaultTags": UNKNOWN})[0] is Outcome.UNKNOWN
    assert verdict({**COMPLETE, "owner": UNKNOWN}) == (Outcome.PASS, "")


def test_not_applicable_to_what_takes_no_tags() -> None:
    assert verdict(None, token="aws:s3/bucketPolicy:BucketPolicy")[0] is Outcome.NOT_APPLICABLE


def test_judges_a_type_it_does_not_list_once_it_has_a_tag() -> None:
    assert verdict({"owner": "me"}, token="aws:new/thing:Thing")[0] is Outcome.FAIL
