import json
from typing import Any

import pytest

from policies._verdict import Outcome
from policies.images.images_open_to_strangers import RULE
from tests.policies.world import judged, made

OWN, OTHER = "123456789012", "222222222222"


def outcome(account: str, stack: str = "prod", effect: str = "Allow", registry: Any = OWN, **view: Any) -> Outcome:
    grant = {"Effect": effect, "Principal": {"AWS": account}, "Action": "ecr:BatchGetImage"}
    properties = {"registryId": registry, "policy": json.dumps({"Statement": [grant]})}
    return judged(RULE, made("aws:ecr/repositoryPolicy:RepositoryPolicy", "shared", properties, **view), stack=stack)[0]


@pytest.mark.parametrize(
    "form", ["{}", "arn:aws:iam::{}:root", "arn:aws:iam::{}:role/ci", "arn:aws:sts::{}:assumed-role/a/b"]
)
def test_every_way_to_name_an_account(form: str) -> None:
    assert outcome(form.format(OWN)) is Outcome.PASS
    assert outcome(form.format(OTHER)) is Outcome.FAIL
    assert outcome(form.format(OTHER), effect="Deny") is Outcome.PASS


def test_the_environment_knows_whom_it_hands_images_to() -> None:
    assert outcome(OTHER, stack="dev") is Outcome.PASS
    assert outcome(OTHER, stack="staging") is Outcome.FAIL


def test_before_the_registry_is_known_the_providers_account_is_its_own() -> None:
    provider = {"allowedAccountIds": json.dumps([OWN])}
    assert outcome(OWN, registry=None, provider=provider) is Outcome.PASS
    assert outcome(OTHER, registry=None, provider=provider) is Outcome.FAIL
    assert outcome(OTHER, registry=None) is Outcome.UNKNOWN
