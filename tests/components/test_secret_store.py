import json
from typing import Any

import pulumi
import pytest

from components.secret_store import Secrets
from tests.components.conftest import ACCOUNT, ALL_TAGS, REGION, TAGS, Recorder, Run
from tests.components.iam import decide

SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret"
IAM = f"arn:aws:iam::{ACCOUNT}"
ROOT, ADMIN, READER, ROTATOR = f"{IAM}:root", f"{IAM}:role/admin", f"{IAM}:role/reader-1", f"{IAM}:role/rotator"
ROTATION = {"lambda_arn": "arn:lambda", "role_arn": ROTATOR, "days": 30.0}
TOKEN = {"description": "Token", "reader_role_arns": [f"{IAM}:role/reader-*"]}
TLS = {"aws:SecureTransport": "true"}
READ, PUT = "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"


class Store(Recorder):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        physical, state = super().new_resource(args)
        return physical, {**state, "arn": f"{SECRET}:{physical}-AbCdEf"}


@pytest.fixture
def recorder() -> Recorder:
    recorder = Store()
    recorder.start()
    return recorder


def store(wanted: dict[str, Any] | None = None, **more: Any) -> Secrets:
    args = {"secrets": {"token": wanted or TOKEN}, "kms_key_arn": "arn:key", "tags": TAGS, **more}
    return Secrets("store", args)  # pyright: ignore[reportArgumentType]


def answer(recorder: Recorder, action: str, caller: str, context: dict[str, str] | None = None) -> str:
    statements = recorder.statements("SecretPolicy", "store-token")
    return decide(statements, action, f"{SECRET}:store-token-0000000-AbCdEf", caller, context or TLS)


def test_a_secret_has_a_key_a_policy_and_no_value(recorder: Recorder, run: Run) -> None:
    outputs = run(store)
    assert recorder.kinds() == {"Secrets": 1, "Secret": 1, "SecretPolicy": 1}
    assert recorder.inputs("Secret", "store-token") == {
        "description": "Token",
        "kmsKeyId": "arn:key",
        "recoveryWindowInDays": 30,
        "tags": {**ALL_TAGS, "component": "store"},
    }
    assert recorder.inputs("SecretPolicy", "store-token", "policy") == {
        "secretArn": f"{SECRET}:store-token-0000000-AbCdEf",
        "blockPublicPolicy": True,
    }
    assert outputs["arns"] == {"token": f"{SECRET}:store-token-0000000-AbCdEf"}
    assert set(outputs["read_policies"]) == {"token"}


@pytest.mark.parametrize(("days", "window"), [(7.0, 7), (30, 30), (0, 0)])
def test_a_deleted_secret_can_be_restored_for_days_or_not_at_all(
    recorder: Recorder, run: Run, days: float, window: int
) -> None:
    run(lambda: store(recovery_window_days=days))
    assert recorder.inputs("Secret", "store-token")["recoveryWindowInDays"] == window


@pytest.mark.parametrize("days", [1, 6, 31, -1])
def test_a_window_that_aws_lacks_is_refused(run: Run, days: int) -> None:
    with pytest.raises(ValueError, match=rf"Secrets 'store': recovery_window_days is {days}; allowed: 0 or 7 to 30"):
        run(lambda: store(recovery_window_days=days))


@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        # Nothing is denied, and nothing allowed either: that is left to the caller's own policies.
        (READER, "no"),
        (f"{IAM}:role/other", "Deny"),
        (f"{IAM}:user/reader-1", "Deny"),
        ("arn:aws:iam::210987654321:role/reader-1", "Deny"),
        (ROTATOR, "Deny"),
        (ADMIN, "Deny"),
        (ROOT, "Deny"),
    ],
)
@pytest.mark.parametrize("administrators", [[], [ADMIN]])
def test_only_named_roles_read(
    recorder: Recorder, run: Run, caller: str, expected: str, administrators: list[str]
) -> None:
    run(lambda: store(administrators=administrators))
    assert answer(recorder, READ, caller) == expected


def test_a_secret_without_readers_is_read_by_nobody(recorder: Recorder, run: Run) -> None:
    run(lambda: store({"description": "Token"}))
    assert answer(recorder, READ, READER) == answer(recorder, READ, ROOT) == "Deny"
    for statement in recorder.statements("SecretPolicy", "store-token"):
        assert [] not in statement.get("Condition", {}).get("ArnNotLike", {}).values()


@pytest.mark.parametrize("action", [READ, PUT, "secretsmanager:DescribeSecret", "secretsmanager:DeleteSecret"])
def test_nobody_comes_without_tls(recorder: Recorder, run: Run, action: str) -> None:
    run(lambda: store(administrators=[ADMIN]))
    for caller in (READER, ADMIN, ROOT):
        assert answer(recorder, action, caller, {"aws:SecureTransport": "false"}) == "Deny"


ADMINISTRATION = [
    "CancelRotateSecret",
    "DeleteResourcePolicy",
    "DeleteSecret",
    "PutResourcePolicy",
    "ReplicateSecretToRegions",
    "RotateSecret",
    "TagResource",
    "UpdateSecret",
]


@pytest.mark.parametrize("action", [PUT, *(f"secretsmanager:{one}" for one in ADMINISTRATION)])
def test_only_administrators_write_and_change_and_root_is_never_locked_out(
    recorder: Recorder, run: Run, action: str
) -> None:
    run(lambda: store(administrators=[ADMIN]))
    assert answer(recorder, action, ADMIN) == answer(recorder, action, ROOT) == "no"
    assert answer(recorder, action, READER) == answer(recorder, action, f"{IAM}:role/administrator") == "Deny"


@pytest.mark.parametrize("action", [PUT, "secretsmanager:PutResourcePolicy"])
def test_without_administrators_writing_is_left_to_the_account(recorder: Recorder, run: Run, action: str) -> None:
    run(store)
    assert answer(recorder, action, f"{IAM}:role/other") == "no"


def test_a_secret_is_rotated_without_replacing_the_value_that_was_just_put(recorder: Recorder, run: Run) -> None:
    run(lambda: store({**TOKEN, "rotation": ROTATION}))
    assert recorder.inputs("SecretRotation", "store-token") == {
        "secretId": f"{SECRET}:store-token-0000000-AbCdEf",
        "rotationLambdaArn": "arn:lambda",
        "rotationRules": {"automaticallyAfterDays": 30},
        "rotateImmediately": False,
    }
    # Secrets Manager tries the function at once.
    assert recorder.one("SecretRotation", "store-token").depends >= {"SecretPolicy store-token"}


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (READ, "no"),
        (PUT, "no"),
        ("secretsmanager:UpdateSecretVersionStage", "no"),
        ("secretsmanager:DeleteSecret", "Deny"),
        ("secretsmanager:PutResourcePolicy", "Deny"),
    ],
)
def test_the_role_that_rotates_reads_and_writes_and_changes_nothing_else(
    recorder: Recorder, run: Run, action: str, expected: str
) -> None:
    run(lambda: store({**TOKEN, "rotation": ROTATION}, administrators=[ADMIN]))
    assert answer(recorder, action, ROTATOR) == expected


@pytest.mark.parametrize("days", [0, 1001])
def test_a_rotation_that_aws_lacks_is_refused(run: Run, days: int) -> None:
    with pytest.raises(ValueError, match=rf"Secrets 'store': secrets\.token\.rotation\.days is {days}; allowed: 1 to"):
        run(lambda: store({**TOKEN, "rotation": {**ROTATION, "days": days}}))


ARN = f"{SECRET}:store-token-0000000-AbCdEf"
VIA = f"secretsmanager.{REGION}.amazonaws.com"


@pytest.mark.parametrize(
    ("action", "resource", "via", "of", "expected"),
    [
        (READ, ARN, "", "", "Allow"),
        ("secretsmanager:DescribeSecret", ARN, "", "", "Allow"),
        ("kms:Decrypt", "arn:key", VIA, ARN, "Allow"),
        ("kms:Decrypt", "arn:key", VIA, f"{SECRET}:other-AbCdEf", "no"),
        ("kms:Decrypt", "arn:key", f"s3.{REGION}.amazonaws.com", ARN, "no"),
        ("kms:Decrypt", "arn:other", VIA, ARN, "no"),
        ("kms:GenerateDataKey", "arn:key", VIA, ARN, "no"),
        (READ, f"{ARN}x", "", "", "no"),
        (PUT, ARN, "", "", "no"),
        ("secretsmanager:ListSecrets", "*", "", "", "no"),
    ],
)
def test_a_reader_is_granted_one_secret_and_its_decryption(
    run: Run, action: str, resource: str, via: str, of: str, expected: str
) -> None:
    statements = json.loads(run(store)["read_policies"]["token"])["Statement"]
    context = {"kms:ViaService": via, "kms:EncryptionContext:SecretARN": of}
    assert decide(statements, action, resource, context=context) == expected


@pytest.mark.parametrize("key", ["", "a b", "a*", "a:b", "\u00e4"])
def test_a_name_that_aws_refuses_is_refused(run: Run, key: str) -> None:
    with pytest.raises(ValueError, match=r"Secrets 'store': secrets has '.*'; allowed: "):
        run(lambda: store(secrets={key: TOKEN}))
