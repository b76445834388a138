"""AWS Backup."""

from typing import Any

from sandbox.aws.kind import Call, Get, Kind, Listing, Tags

_VAULT = {
    "BackupVaultName": "name",
    "BackupVaultArn": "arn",
    "EncryptionKeyArn": "kmsKeyArn",
    "BackupVaultTags": "tags",
}
_NAMED = {"BackupVaultName": "{name}"}
_OF_VAULT = {"BackupVaultName": "{backupVaultName}"}
_PLAN = {
    "BackupPlanName": "name",
    "BackupPlanArn": "arn",
    "BackupPlanTags": "tags",
    "TargetBackupVaultName": "targetVaultName",
    "ScheduleExpression": "schedule",
    "MoveToColdStorageAfterDays": "coldStorageAfter",
    "DeleteAfterDays": "deleteAfter",
    "DestinationBackupVaultArn": "destinationVaultArn",
}
_TAGS = Tags("tag_resource", "untag_resource", {"ResourceArn": "{arn}"}, "Tags", "TagKeyList")


def _empty_vault(client: Any, state: dict[str, Any]) -> None:
    """Delete every recovery point, as the official provider does with `forceDestroy`."""
    if not state.get("forceDestroy"):
        return
    vault = {"BackupVaultName": state["name"]}
    for page in client.get_paginator("list_recovery_points_by_backup_vault").paginate(**vault):
        for point in page["RecoveryPoints"]:
            client.delete_recovery_point(**vault, RecoveryPointArn=point["RecoveryPointArn"])


KINDS = (
    Kind(
        token="aws:backup/vault:Vault",
        client="backup",
        id="{name}",
        autoname="name",
        create=(Call("create_backup_vault", rename=_VAULT),),
        update=(),
        read=(Get("describe_backup_vault", _NAMED, _VAULT), Get("list_tags", {"ResourceArn": "{arn}"})),
        delete=(Call("delete_backup_vault", _NAMED),),
        tags=_TAGS,
        computed=("arn",),
        defaults={"forceDestroy": False},
        local=("forceDestroy",),
        empty=_empty_vault,
        listing=Listing("list_backup_vaults", "BackupVaultList", "BackupVaultName"),
    ),
    Kind(
        token="aws:backup/vaultLockConfiguration:VaultLockConfiguration",
        client="backup",
        id="{backupVaultName}",
        create=(Call("put_backup_vault_lock_configuration"),),
        read=(Get("describe_backup_vault", _OF_VAULT, gone={"Locked": False}),),
        delete=(Call("delete_backup_vault_lock_configuration", _OF_VAULT),),
        recorded=("changeableForDays",),
    ),
    Kind(
        token="aws:backup/vaultPolicy:VaultPolicy",
        client="backup",
        id="{backupVaultName}",
        create=(Call("put_backup_vault_access_policy"),),
        update=(Call("put_backup_vault_access_policy"),),
        read=(),
        emulated=False,
        outputs={"backupVaultArn": "arn:aws:backup:{region}:{account}:backup-vault:{backupVaultName}"},
    ),
    Kind(
        token="aws:backup/plan:Plan",
        client="backup",
        id="{backupPlanId}",
        create=(Call("create_backup_plan", rename=_PLAN, wrap="BackupPlan"),),
        update=(Call("update_backup_plan", {"BackupPlanId": "{id}"}, _PLAN, wrap="BackupPlan"),),
        read=(
            Get("get_backup_plan", {"BackupPlanId": "{id}"}, _PLAN, at="BackupPlan"),
            Get("get_backup_plan", {"BackupPlanId": "{id}"}, _PLAN),
            Get("list_tags", {"ResourceArn": "{arn}"}),
        ),
        autoname="name",
        delete=(Call("delete_backup_plan", {"BackupPlanId": "{id}"}),),
        tags=_TAGS,
        computed=("arn", "backupPlanId"),
        listing=Listing("list_backup_plans", "BackupPlansList", "BackupPlanId"),
    ),
    Kind(
        token="aws:backup/selection:Selection",
        client="backup",
        id="{planId}|{name}",
        autoname="name",
        create=(
            Call(
                "create_backup_selection",
                rename={
                    "BackupPlanId": "planId",
                    "SelectionName": "name",
                    "ListOfTags": "selectionTags",
                    "ConditionType": "type",
                    "ConditionKey": "key",
                    "ConditionValue": "value",
                },
                wrap="BackupSelection",
            ),
        ),
        update=(),
        read=(),
        emulated=False,
    ),
)
