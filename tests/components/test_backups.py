import json
from collections import Counter
from typing import Any

import pytest

from components import Backups, RetentionMode
from components.backups import deny_shortening
from tests.components.conftest import TAGS, Recorder, Run
from tests.components.iam import decide

LOCK = {"mode": RetentionMode.GOVERNANCE, "days": 7}


def backups(**more: Any) -> Backups:
    return Backups("safe", {"kms_key_arn": "arn:key", "lock": LOCK, "tags": TAGS, **more})  # pyright: ignore


def test_a_vault_is_encrypted_locked_and_filled_only_then(recorder: Recorder, run: Run) -> None:
    run(backups)
    assert recorder.inputs("Vault", "safe", "tags") == {"kmsKeyArn": "arn:key", "forceDestroy": False}
    lock = recorder.inputs("VaultLockConfiguration", "safe")
    assert (lock["minRetentionDays"], lock.get("changeableForDays")) == (7, None)
    assert "VaultLockConfiguration safe" in recorder.one("Plan", "safe").depends
    assert recorder.kinds() == Counter(
        {
            "Backups": 1,
            "Vault": 1,
            "VaultLockConfiguration": 1,
            "VaultPolicy": 1,
            "Plan": 1,
            "Selection": 1,
            "Role": 1,
            "RolePolicyAttachment": 2,
        }
    )


def test_a_lock_in_compliance_mode_can_be_taken_back_for_three_days_only(recorder: Recorder, run: Run) -> None:
    run(lambda: backups(lock={"mode": RetentionMode.COMPLIANCE, "days": 30}))
    assert recorder.inputs("VaultLockConfiguration", "safe")["changeableForDays"] == 3


@pytest.mark.parametrize(("mode", "retained"), [(RetentionMode.GOVERNANCE, False), (RetentionMode.COMPLIANCE, True)])
def test_a_vault_that_nobody_can_delete_stays(
    recorder: Recorder, run: Run, mode: RetentionMode, retained: bool
) -> None:
    # AWS Backup API, PutBackupVaultLockConfiguration: after its grace time a lock in compliance mode is immutable.
    run(lambda: backups(lock={"mode": mode, "days": 7}))
    kinds = ("Vault", "VaultLockConfiguration", "VaultPolicy")
    assert {one.retained for kind in kinds for one in recorder.of(kind)} == {retained}
    assert not recorder.one("Plan", "safe").retained


@pytest.mark.parametrize("action", ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"])
def test_nobody_shortens_the_life_of_a_backup(action: str) -> None:
    assert decide([deny_shortening()], action, "arn:aws:rds:eu-central-1:1:snapshot:a") == "Deny"
    assert decide([deny_shortening()], "backup:StartRestoreJob", "arn:aws:rds:eu-central-1:1:snapshot:a") == "no"


def test_backups_are_daily_and_monthly_and_expire(recorder: Recorder, run: Run) -> None:
    run(lambda: backups(daily_days=14, monthly_days=400))
    daily, monthly = recorder.inputs("Plan", "safe")["rules"]
    assert (daily["ruleName"], daily["lifecycle"]) == ("daily", {"deleteAfter": 14})
    assert (monthly["ruleName"], monthly["lifecycle"]) == ("monthly", {"coldStorageAfter": 7, "deleteAfter": 400})
    assert daily["copyActions"] == monthly["copyActions"] == []


def test_backups_can_be_copied_to_another_vault(recorder: Recorder, run: Run) -> None:
    run(lambda: backups(copy_vault_arn="arn:far"))
    for rule in recorder.inputs("Plan", "safe")["rules"]:
        assert rule["copyActions"] == [{"destinationVaultArn": "arn:far"}]


def test_what_carries_the_tag_is_selected(recorder: Recorder, run: Run) -> None:
    outputs = run(backups)
    selection = recorder.inputs("Selection", "safe")
    assert selection["selectionTags"] == [{"type": "STRINGEQUALS", "key": "backup", "value": "safe"}]
    assert outputs["selection_tags"] == {"backup": "safe"}
    policies = {one.inputs["policyArn"].rpartition("/")[2] for one in recorder.of("RolePolicyAttachment")}
    assert policies == {"AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForRestores"}


def test_a_failure_is_told(recorder: Recorder, run: Run) -> None:
    run(lambda: backups(topic_arn="arn:topic"))
    pattern = json.loads(recorder.inputs("EventRule", "safe")["eventPattern"])
    assert pattern["source"] == ["aws.backup"]
    assert {"Backup Job State Change", "Restore Job State Change"} <= set(pattern["detail-type"])
    assert "COMPLETED" not in json.dumps(pattern)
    assert recorder.inputs("EventTarget", "safe")["arn"] == "arn:topic"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"daily_days": 6}, "daily_days = 6; allowed: lock.days, 7, or more"),
        ({"monthly_days": 96}, "monthly_days = 96; allowed: 97 or more"),
        ({"lock": {**LOCK, "days": 400}, "daily_days": 400}, "monthly_days = 365; allowed: 400 or more"),
    ],
)
def test_a_backup_that_expires_too_early_is_refused(run: Run, more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        run(lambda: backups(**more))
