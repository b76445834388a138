import json
from typing import Any

import pytest

from policies._verdict import Outcome
from policies.images.images_without_expiry import RULE
from tests.policies.world import judged, made

ANY = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 50}
KEEP = {"tagStatus": "tagged", "tagPrefixList": ["release-"], "countType": "imageCountMoreThan", "countNumber": 100_000}


def outcome(*selections: dict[str, Any]) -> Outcome:
    rules = [{"rulePriority": number, "selection": one} for number, one in enumerate(selections, 1)]
    policy = {"repository": "serving", "policy": json.dumps({"rules": rules[::-1]})}
    repository = made("aws:ecr/repository:Repository", "serving", {"name": "serving"})
    return judged(RULE, repository, made("aws:ecr/lifecyclePolicy:LifecyclePolicy", "policy", policy))[0]


@pytest.mark.parametrize(
    "selections",
    [
        [KEEP, ANY],
        [{"tagStatus": "untagged", "countType": "sinceImagePushed", "countNumber": 14}, KEEP, ANY],
        [{"tagStatus": "untagged", "countType": "sinceImagePushed", "countNumber": 14}],
        [{**KEEP, "tagPrefixList": [], "tagPatternList": ["release-*"]}, ANY],
    ],
)
def test_what_keeps_released_images(selections: list[dict[str, Any]]) -> None:
    assert outcome(*selections) is Outcome.PASS


@pytest.mark.parametrize(
    "selections",
    [
        pytest.param([ANY, KEEP], id="kept too late"),
        pytest.param([{**KEEP, "countNumber": 20}], id="kept too few"),
        pytest.param([{**KEEP, "countType": "sinceImagePushed"}], id="kept for some days"),
        pytest.param([{**KEEP, "tagPrefixList": ["release-1"]}, ANY], id="some kept"),
        pytest.param([{**KEEP, "tagPrefixList": ["release-", "stable-"]}, ANY], id="kept with both tags alone"),
        pytest.param([{**ANY, "tagStatus": "tagged", "tagPrefixList": ["dev-"]}, KEEP], id="a second tag expires it"),
    ],
)
def test_what_lets_released_images_go(selections: list[dict[str, Any]]) -> None:
    assert outcome(*selections) is Outcome.FAIL
