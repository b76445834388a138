"""Copies of what carries the backup tag, in a vault that nobody empties early."""

import json
from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _documents as documents
from components._component import Component
from components.artifact_store import ObjectLockArgs, RetentionMode

TAG = "backup"
"""Tag whose value, the name of a Backups component, selects what is backed up."""
COLD_DAYS = 90
"""Least days that cold storage keeps, and charges for, a recovery point (AWS Backup developer guide, lifecycle)."""
_COMPLIANCE_GRACE_DAYS = 3
"""Least days until a compliance lock can no longer be taken away, as AWS demands."""
_MANAGED = ("AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForRestores")


class BackupsArgs(TypedDict):
    """Inputs of Backups."""

    kms_key_arn: pulumi.Input[str]
    """Key of the vault; needs the service `backup`."""
    lock: ObjectLockArgs
    """Least retention of a recovery point. A vault in compliance mode cannot be deleted while it holds one."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    daily_days: NotRequired[int]
    """Days that a daily backup is kept, at least `lock.days`. Default 35."""
    monthly_days: NotRequired[int]
    """Days that a monthly backup is kept, cold after 7 days; at least 97. Default 365."""
    copy_vault_arn: NotRequired[pulumi.Input[str]]
    """Vault, in another region or account, that every backup is copied to. Default: no copy."""
    topic_arn: NotRequired[pulumi.Input[str]]
    """Topic that hears of failed backups and restores; `events` must be allowed to publish. Default: none."""
    force_destroy: NotRequired[bool]
    """Delete the recovery points with the vault, as far as the lock allows. Default false."""


class Backups(Component):
    """A locked vault, a daily and a monthly backup of everything tagged `backup=<name>`, and a word when one fails."""

    vault_arn: pulumi.Output[str]
    """ARN of the vault."""
    vault_name: pulumi.Output[str]
    """Name of the vault."""
    plan_id: pulumi.Output[str]
    """Id of the plan."""
    role_arn: pulumi.Output[str]
    """ARN of the role that backs up and restores."""
    selection_tags: pulumi.Output[dict[str, str]]
    """Tags that a resource needs to be backed up."""

    def __init__(self, name: str, args: BackupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        lock, daily, monthly = args["lock"], int(args.get("daily_days", 35)), int(args.get("monthly_days", 365))
        least = int(lock["days"])
        if daily < least:
            raise ValueError(f"Backups {name!r}: daily_days = {daily}; allowed: lock.days, {least}, or more")
        if monthly < max(least, COLD_DAYS + 7):
            raise ValueError(
                f"Backups {name!r}: monthly_days = {monthly}; allowed: {max(least, COLD_DAYS + 7)} or more"
            )
        # After its days of grace a lock in compliance mode is immutable, and so is the vault while it holds backups.
        compliance = str(lock["mode"]) == RetentionMode.COMPLIANCE
        vault = aws.backup.Vault(
            name,
            kms_key_arn=args["kms_key_arn"],
            force_destroy=args.get("force_destroy", False),
            tags=self._tags,
            opts=self._child(retain=compliance),
        )
        locked = aws.backup.VaultLockConfiguration(
            name,
            backup_vault_name=vault.name,
            min_retention_days=least,
            changeable_for_days=_COMPLIANCE_GRACE_DAYS if compliance else None,
            opts=self._child(retain=compliance),
        )
        aws.backup.VaultPolicy(
            name,
            backup_vault_name=vault.name,
            policy=documents.render([deny_shortening()]),
            opts=self._child(retain=compliance),
        )
        copies = [{"destination_vault_arn": args["copy_vault_arn"]}] if "copy_vault_arn" in args else []
        rule: dict[str, Any] = {
            "target_vault_name": vault.name,
            "recovery_point_tags": self._tags,
            "copy_actions": copies,
        }
        rules: Any = [
            {
                **rule,
                "rule_name": "daily",
                "schedule": "cron(0 2 * * ? *)",
                "lifecycle": {"delete_after": daily},
            },
            {
                **rule,
                "rule_name": "monthly",
                "schedule": "cron(0 3 1 * ? *)",
                "lifecycle": {"cold_storage_after": 7, "delete_after": monthly},
            },
        ]
        plan = aws.backup.Plan(
            name,
            rules=rules,
            tags=self._tags,
            # Nothing is put into the vault before it is locked.
            opts=self._child([locked]),
        )
        role = self._service_role(name, "backup.amazonaws.com")
        managed = [
            self._attach(f"{name}-{policy.rpartition('For')[2].lower()}", role, f"service-role/{policy}")
            for policy in _MANAGED
        ]
        aws.backup.Selection(
            name,
            plan_id=plan.id,
            iam_role_arn=role.arn,
            selection_tags=[{"type": "STRINGEQUALS", "key": TAG, "value": name}],
            opts=self._child(managed),
        )
        if "topic_arn" in args:
            self._tell(args["topic_arn"])
        self._finish(
            vault_arn=vault.arn,
            vault_name=vault.name,
            plan_id=plan.id,
            role_arn=role.arn,
            selection_tags=pulumi.Output.from_input({TAG: name}),
        )

    def _tell(self, topic_arn: pulumi.Input[str]) -> None:
        """Failures only, which the vault's own notifications can no longer tell from successes."""
        bad = ["ABORTED", "EXPIRED", "FAILED"]
        rule = aws.cloudwatch.EventRule(
            self._name,
            event_pattern=json.dumps(
                {
                    "source": ["aws.backup"],
                    "detail-type": [f"{job} Job State Change" for job in ("Backup", "Copy", "Restore")],
                    "detail": {"$or": [{"state": bad}, {"status": bad}]},
                }
            ),
            tags=self._tags,
            opts=self._child(),
        )
        aws.cloudwatch.EventTarget(self._name, rule=rule.name, arn=topic_arn, opts=self._child())


def deny_shortening() -> documents.Statement:
    """Refuse to everybody to delete a recovery point by hand, or to shorten its life; it expires by its plan."""
    return {
        "Sid": "DenyShortening",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"],
        "Resource": "*",  # recovery points have ARNs of the services that made them
    }
