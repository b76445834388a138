import json

import pytest

from components import KeyRing
from tests.components.conftest import ACCOUNT, ALL_TAGS, TAGS, Recorder, Run

KEY, ALIAS = "aws:kms/key:Key", "aws:kms/alias:Alias"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
USER = f"arn:aws:iam::{ACCOUNT}:role/ml-*"


def statements(recorder: Recorder, name: str) -> dict[str, dict]:
    return {statement["Sid"]: statement for statement in recorder.statements(KEY, name)}


def test_a_key_for_each_data_class(recorder: Recorder, run: Run) -> None:
    keys = {"confidential": {"users": [USER]}, "audit": {"services": ["cloudtrail", "logs"]}}
    outputs = run(lambda: KeyRing("keys", {"keys": keys, "tags": TAGS, "deletion_window_days": 7.0}))  # type: ignore
    assert {key.name for key in recorder.of(KEY)} == {"keys-confidential", "keys-audit"}
    inputs = dict(recorder.one(KEY, "keys-audit"))
    inputs.pop("policy")
    assert inputs == {
        "description": "Encrypts audit data",
        "enableKeyRotation": True,
        "rotationPeriodInDays": 365,
        "deletionWindowInDays": 7,
        "tags": {**ALL_TAGS, "data-class": "audit", "component": "keys"},
    }
    assert recorder.one(ALIAS, "keys-audit") == {
        "name": "alias/ml-platform-dev-keys-audit",
        "targetKeyId": "id-of-keys-audit",
    }
    assert outputs["key_arns"] == {"confidential": "arn:keys-confidential", "audit": "arn:keys-audit"}
    assert outputs["alias_names"]["confidential"] == "alias/ml-platform-dev-keys-confidential"


def test_administrators_do_not_use_and_users_do_not_administer(recorder: Recorder, run: Run) -> None:
    admin = f"arn:aws:iam::{ACCOUNT}:role/admin"
    keys = {"data": {"users": [USER]}}
    run(lambda: KeyRing("keys", {"keys": keys, "tags": TAGS, "administrators": [admin]}))  # type: ignore
    found = statements(recorder, "keys-data")
    assert set(found) == {"Administer", "Use", "GrantToAwsResources"}
    assert all(statement["Principal"] == {"AWS": ROOT} for statement in found.values())
    assert found["Administer"]["Condition"] == {"ArnLike": {"aws:PrincipalArn": [ROOT, admin]}}
    assert not {"kms:*", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*"} & set(found["Administer"]["Action"])
    assert found["Use"]["Condition"] == {"ArnLike": {"aws:PrincipalArn": [USER]}}
    assert not [action for action in found["Use"]["Action"] if action.startswith(("kms:Put", "kms:Schedule", "kms:*"))]
    assert found["GrantToAwsResources"]["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}


def test_a_key_without_users_can_be_used_by_nobody(recorder: Recorder, run: Run) -> None:
    run(lambda: KeyRing("keys", {"keys": {"data": {}}, "tags": TAGS}))
    assert set(statements(recorder, "keys-data")) == {"Administer"}


def test_services_use_a_key_for_this_account_only(recorder: Recorder, run: Run) -> None:
    run(lambda: KeyRing("keys", {"keys": {"audit": {"services": ["cloudtrail", "logs"]}}, "tags": TAGS}))
    found = statements(recorder, "keys-audit")
    trail, logs = found["UseByCloudTrail"], found["UseByLogs"]
    assert trail["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
    assert trail["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    assert f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*" in json.dumps(trail["Condition"])
    assert logs["Principal"] == {"Service": "logs.eu-central-1.amazonaws.com"}
    assert f":{ACCOUNT}:log-group:*" in json.dumps(logs["Condition"])


def test_what_cannot_be_is_refused(recorder: Recorder) -> None:
    with pytest.raises(ValueError, match=r"keys\.a\.services has sns; allowed: cloudtrail, logs"):
        KeyRing("keys", {"keys": {"a": {"services": ["sns"]}}, "tags": TAGS})
    with pytest.raises(ValueError, match="`tags` lacks owner, data-class; every component needs environment"):
        KeyRing("other", {"keys": {}, "tags": {"environment": "dev", "cost-centre": "1", "owner": ""}})
