"""What the promote role of an environment may ask for, the environment before it lets it do."""

import json
from typing import Any

import pytest

from stacks._fields import MODELS
from stacks.settings import Settings
from tests.components.conftest import Recorder
from tests.components.iam import decide
from tests.stacks.test_boundary import planned
from tests.stacks.test_settings import refusal, shipped

BUCKET, KEY = "arn:aws:s3:::artifacts-0000000", "keys-confidential"
TLS = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
CHAIN = [("dev", "staging"), ("staging", "prod")]


@pytest.fixture(scope="module", params=CHAIN, ids=lambda pair: f"{pair[0]}-{pair[1]}")
def promotion(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The role's statements, its ARN, and the policies of bucket, key and repositories that it meets."""
    before, after = (Settings.from_file(name) for name in request.param)
    source = planned(before)
    assert after.ci is not None
    role = [one for one in planned(after).statements("RolePolicy", "ci-promote") if one["Effect"] == "Allow"]
    return {
        "role": role,
        "caller": f"arn:aws:iam::{after.account}:role/ci-promote-0000000",
        "bucket": source.statements("BucketPolicy", "artifacts-policy"),
        "key": source.statements("Key", KEY),
        "repositories": repositories(source),
        "source": after.ci.promotion,
    }


def repositories(source: Recorder) -> list[list[dict[str, Any]]]:
    return [json.loads(one.inputs["policy"])["Statement"] for one in source.of("RepositoryPolicy")]


def asked(promotion: dict[str, Any], service: str, of: str) -> list[str]:
    """Actions of a service that the role has on what belongs to the account before its own."""
    found = [
        action
        for one in promotion["role"]
        if of in json.dumps(one["Resource"])
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
        if action.startswith(f"{service}:")
    ]
    assert found
    return found


def test_models_can_be_listed_and_read(promotion: dict[str, Any]) -> None:
    for action in asked(promotion, "s3", promotion["source"].bucket):
        listing = action.startswith("s3:List")
        resource = BUCKET if listing else f"{BUCKET}/{MODELS}/fraud/1/model.onnx"
        context = {**TLS, **({"s3:prefix": f"{MODELS}/fraud"} if listing else {})}
        assert decide(promotion["bucket"], action, resource, promotion["caller"], context) == "Allow", action


def test_what_s3_keeps_of_them_can_be_decrypted(promotion: dict[str, Any]) -> None:
    assert "kms:Decrypt" in asked(promotion, "kms", promotion["source"].kms_key_arn)
    through = {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}
    assert decide(promotion["key"], "kms:Decrypt", "*", promotion["caller"], through) == "Allow"
    assert decide(promotion["key"], "kms:Decrypt", "*", promotion["caller"]) == "no"


def test_images_can_be_pulled(promotion: dict[str, Any]) -> None:
    assert promotion["repositories"]
    for action in asked(promotion, "ecr", f":{promotion['source'].account}:repository/"):
        for statements in promotion["repositories"]:
            found = [{**one, "Resource": "*"} for one in statements]
            assert decide(found, action, "*", promotion["caller"]) == "Allow", action


@pytest.mark.parametrize(
    ("action", "path", "role"),
    [
        ("s3:GetObject", f"{MODELS}/a", "other"),
        ("s3:GetObject", "runs/a", "ci-promote-0000000"),
        ("s3:PutObject", f"{MODELS}/a", "ci-promote-0000000"),
        ("s3:DeleteObject", f"{MODELS}/a", "ci-promote-0000000"),
    ],
)
def test_nothing_else_is_let_in(promotion: dict[str, Any], action: str, path: str, role: str) -> None:
    caller = promotion["caller"].replace("ci-promote-0000000", role)
    assert decide(promotion["bucket"], action, f"{BUCKET}/{path}", caller, TLS) == "no"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"readAccounts": ["222222222222"]}, 'readAccounts = "222222222222": allowed: other accounts than `account`'),
        (
            {"readAccounts": ["333333333333"], "prefixes": ["runs"]},
            "allowed where stores.artifacts.prefixes has models",
        ),
    ],
)
def test_a_store_that_cannot_be_promoted_from_is_refused(changed: dict[str, Any], told: str) -> None:
    found = shipped("staging")
    found["stores"]["artifacts"] |= changed
    assert any(told in line for line in refusal(found))
