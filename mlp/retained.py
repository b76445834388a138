"""What stays in the account when a stack is destroyed: why, until when, and what it costs until then.

Prices are those of us-east-1 in US dollars; the pages named here have those of other regions.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from mlp.plan import Line
from mlp.report import Report

S3_PRICES, S3_GIB_MONTH = "https://aws.amazon.com/s3/pricing/", 0.023
BACKUP_PRICES, BACKUP_GIB_MONTH = "https://aws.amazon.com/backup/pricing/", 0.095
"""A recovery point of RDS, the only service whose resources the platform backs up."""
KEY_PRICES, KEY_MONTH = "https://aws.amazon.com/kms/pricing/", 1.0
SECRET_PRICES = "https://aws.amazon.com/secrets-manager/pricing/"
GIB = 2**30
_KEY = "aws:kms/key:Key"
_GONE = ("NoSuchBucket", "NotFoundException", "ResourceNotFoundException")
"""Error codes by which S3, KMS, and AWS Backup and Secrets Manager say that a resource does not exist."""

Client = Callable[[str, str], Any]
"""A boto3 client of a service in a region."""
State = Mapping[str, Any]
"""A resource as the state of a stack has it."""


@dataclass(frozen=True)
class Retained:
    """One resource that stays.

    Attributes:
        type: Type token.
        name: Its id in the account.
        why: Why it stays.
        until: The day from which it can be deleted or is gone; None if nothing sets one.
        usd: What it costs a month until then, in US dollars; None if that is not known.
        source: Address of the prices.
    """

    type: str
    name: str
    why: str
    until: date | None = None
    usd: float | None = None
    source: str = ""

    @property
    def reason(self) -> str:
        """Why, until when and at what price, in one line."""
        until = f" until {self.until:%Y-%m-%d}" if self.until else ""
        price = "free of charge" if self.usd == 0 else f"{self.usd or 0:.2f} USD a month"
        source = f" ({self.source})" if self.source else ""
        return f"{self.why}{until}" + (f"; {price}{source}" if self.usd is not None else "")


def retained(before: Iterable[State], client: Client) -> list[Retained]:
    """What of a stack that was destroyed is still in the account.

    Args:
        before: Resources of the stack's state before it was destroyed.
        client: Clients of the account.
    """
    found: list[Retained] = []
    for one in before:
        kept = bool(one.get("retainOnDelete"))
        if "id" not in one or not (read := _READERS.get((one["type"], kept), _shared if kept else None)):
            continue
        try:
            found += filter(None, [read(one, client)])
        except (BotoCoreError, ClientError) as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] in _GONE:
                continue
            found.append(Retained(one["type"], one["id"], f"cannot be read: {error}"))
    last = max((one.until for one in found if one.until and one.type != _KEY), default=None)
    return [replace(one, until=last) if one.type == _KEY and one.until is None else one for one in found]


def naming(report: Report, stays: Iterable[Retained]) -> Report:
    """The report of a destruction, with what stays in the account."""
    kept = [f"{one.type} {one.name}: {one.reason}" for one in stays]
    told = [f"retained: {one}" for one in kept]
    lines = [*report.lines, *(Line(text, "", 2) for text in told)] if report.lines else ()
    data = {**report.data, "retained": kept}
    return replace(report, text="\n".join([report.text, *told]), data=data, lines=lines)


def _named(one: State, why: str, **more: Any) -> Retained:
    return Retained(one["type"], one["id"], why, **more)


def _bucket(one: State, client: Client) -> Retained:
    s3, bucket = client("s3", one["outputs"]["region"]), {"Bucket": one["id"]}
    rule = s3.get_object_lock_configuration(**bucket)["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    pages = s3.get_paginator("list_object_versions").paginate(**bucket)
    versions = [(item["LastModified"], item["Size"]) for page in pages for item in page.get("Versions", [])]
    if not versions:
        return _named(one, f"it is empty; `aws s3api delete-bucket --bucket {one['id']}` deletes it", usd=0.0)
    ends = max(made for made, _ in versions).date() + timedelta(days=rule["Days"] + 1)
    usd = sum(size for _, size in versions) / GIB * S3_GIB_MONTH
    why = f"S3 Object Lock in {rule['Mode']} mode keeps its {len(versions)} object versions"
    return _named(one, why, until=ends, usd=usd, source=S3_PRICES)


def _vault(one: State, client: Client) -> Retained:
    backup = client("backup", one["outputs"]["region"])
    pages = backup.get_paginator("list_recovery_points_by_backup_vault").paginate(BackupVaultName=one["id"])
    points = [point for page in pages for point in page["RecoveryPoints"]]
    if not points:
        command = f"aws backup delete-backup-vault --backup-vault-name {one['id']}"
        return _named(one, f"it is empty; `{command}` deletes it", usd=0.0)
    ends = [point["CalculatedLifecycle"]["DeleteAt"].date() for point in points if "CalculatedLifecycle" in point]
    usd = sum(point.get("BackupSizeInBytes", 0) for point in points) / GIB * BACKUP_GIB_MONTH
    why = f"AWS Backup Vault Lock keeps its {len(points)} recovery points"
    return _named(one, why, until=max(ends, default=None), usd=usd, source=BACKUP_PRICES)


def _kept_key(one: State, client: Client) -> Retained:
    return _named(one, "it decrypts what is retained", usd=KEY_MONTH, source=KEY_PRICES)


def _key(one: State, client: Client) -> Retained | None:
    key = client("kms", one["outputs"]["region"]).describe_key(KeyId=one["id"])["KeyMetadata"]
    if key["KeyState"] != "PendingDeletion":
        return None
    return _named(one, "KMS keeps it", until=key["DeletionDate"].date(), usd=0.0, source=KEY_PRICES)


def _secret(one: State, client: Client) -> Retained | None:
    secret = client("secretsmanager", one["outputs"]["region"]).describe_secret(SecretId=one["id"])
    if "DeletedDate" not in secret:
        return None
    ends = secret["DeletedDate"].date()
    return _named(one, "Secrets Manager keeps it", until=ends, usd=0.0, source=SECRET_PRICES)


def _shared(one: State, client: Client) -> Retained | None:
    """A resource that others in the account use; what only belongs to a bucket or a vault stays with it."""
    belongs = {"bucket", "backupVaultName"} & set(one.get("inputs") or {})
    return None if belongs else _named(one, "others in the account use it", usd=0.0)


_READERS: Mapping[tuple[str, bool], Callable[[State, Client], Retained | None]] = {
    ("aws:backup/vault:Vault", True): _vault,
    ("aws:s3/bucket:Bucket", True): _bucket,
    (_KEY, True): _kept_key,
    (_KEY, False): _key,
    ("aws:secretsmanager/secret:Secret", False): _secret,
}
"""Type, and whether its resource is retained on purpose, to what reads it from the account."""
