"""BAK-01: backups outlast whoever would delete them."""

from policies._controls import nist, soc_2
from policies._documents import Statement, judge_document
from policies._joins import Owner, judge_attached
from policies._rule import Point, Rule
from policies._verdict import PASS, Verdict, at, fail, require, require_if_set, worst
from policies._view import Resource, Stack
from policies.profiles import Severity

_VAULT = Owner(("aws:backup/vault:Vault",), "backupVaultName", ("name", "id"))
_POLICY = ("aws:backup/vaultPolicy:VaultPolicy",)
_DELETE = "backup:deleterecoverypoint"
_LOCK = ("aws:backup/vaultLockConfiguration:VaultLockConfiguration",)


def _check(vault: Resource, stack: Stack) -> Verdict:
    floor = stack.profile.database_backup_days

    def kept(lock: Resource) -> Verdict:
        return require(lock, "minRetentionDays", lambda days: days >= floor, f"{floor} days or more")

    lock = judge_attached(vault, _VAULT, stack, _LOCK, kept)
    demands = [lock, judge_attached(vault, _VAULT, stack, _POLICY, _refuses)]
    if stack.profile.deletion_protection:
        demands.append(require_if_set(vault, "forceDestroy", lambda on: on is False, "false"))
    return worst(demands)


def _refuses(policy: Resource) -> Verdict:
    def judge(statements: list[Statement]) -> Verdict:
        denied = {action for one in statements if not one.allows and one.open_to_all for action in one.actions}
        return PASS if _DELETE in denied else fail(f"{at(policy, 'policy')} does not deny {_DELETE}", "policy")

    return judge_document(policy, "policy", judge)


RULE = Rule(
    id="BAK-01",
    name="unlocked-backups",
    title="A backup vault is locked, and nobody deletes a backup by hand before its time.",
    why="Who takes over an account deletes the backups first, and then the data.",
    instead="Add a `VaultLockConfiguration` with `minRetentionDays` and a `VaultPolicy` that denies everyone "
    "`backup:DeleteRecoveryPoint`, and leave `forceDestroy` off.",
    severity=Severity.HIGH,
    types=("aws:backup/vault:Vault",),
    controls=(*nist("CP-9", "AU-9"), *soc_2("A1.2")),
    check=_check,
    good="""
vault = aws.backup.Vault("models", force_destroy=False)
aws.backup.VaultLockConfiguration("models", backup_vault_name=vault.name, min_retention_days=35)
refusal = {"Effect": "Deny", "Principal": "*", "Action": "backup:DeleteRecoveryPoint", "Resource": "*"}
policy = json.dumps({"Version": "2012-10-17", "Statement": [refusal]})
aws.backup.VaultPolicy("models", backup_vault_name=vault.name, policy=policy)
""",
    bad="""
aws.backup.Vault("models")
""",
    joins=True,
    parameters=("database_backup_days", "deletion_protection"),
    absent={Point.LIVE: "the audit of accounts does not read AWS Backup"},
)
