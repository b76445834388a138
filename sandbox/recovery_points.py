"""On-demand backups of the emulated account, which moto lacks: a job is done at once and leaves a recovery point."""

import json
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from moto.backup import urls
from moto.backup.exceptions import InvalidRequestException, ResourceNotFoundException
from moto.backup.models import BackupBackend, Vault
from moto.backup.responses import BackupResponse
from moto.core.utils import unix_time
from moto.rds.models import rds_backends

DAY = 86400
GIB = 2**30


@dataclass(frozen=True)
class RecoveryPoint:
    """A copy of a resource; it cannot be deleted by hand while its vault is locked."""

    arn: str
    resource: str
    size: int
    made: float
    days: int

    @property
    def described(self) -> dict[str, Any]:
        """The recovery point as AWS Backup lists it."""
        lifecycle = {"Lifecycle": {"DeleteAfterDays": self.days}} if self.days else {}
        lifecycle |= {"CalculatedLifecycle": {"DeleteAt": self.made + self.days * DAY}} if self.days else {}
        return {
            "RecoveryPointArn": self.arn,
            "ResourceArn": self.resource,
            "BackupSizeInBytes": self.size,
            "CreationDate": self.made,
            "Status": "COMPLETED",
            **lifecycle,
        }


def _points(vault: Vault) -> dict[str, RecoveryPoint]:
    return vars(vault).setdefault("recovery_points", {})


def _vault(backend: BackupBackend, name: str) -> Vault:
    if name not in backend.vaults:
        raise ResourceNotFoundException(f"Backup vault {name} not found")
    return backend.vaults[name]


def _start(self: BackupResponse) -> str:
    asked, backend = json.loads(self.body), self.backup_backend
    vault, resource = _vault(backend, asked["BackupVaultName"]), asked["ResourceArn"]
    databases = rds_backends[backend.account_id][backend.region_name].databases.values()
    size = sum(int(one.allocated_storage or 0) * GIB for one in databases if one.db_instance_arn == resource)
    id_ = secrets.token_hex(16)
    arn = f"arn:aws:backup:{backend.region_name}:{backend.account_id}:recovery-point:{id_}"
    days = (asked.get("Lifecycle") or {}).get("DeleteAfterDays", 0)
    _points(vault)[arn] = RecoveryPoint(arn, resource, size, unix_time(), days)
    vault.num_of_recovery_points = len(_points(vault))
    return json.dumps({"BackupJobId": id_, "RecoveryPointArn": arn, "CreationDate": unix_time()})


def _list(self: BackupResponse) -> str:
    vault = _vault(self.backup_backend, self.path.split("/")[2])
    return json.dumps({"RecoveryPoints": [one.described for one in _points(vault).values()]})


def _delete(self: BackupResponse) -> str:
    _, _, name, _, arn = unquote(self.path).split("/", 4)
    vault = _vault(self.backup_backend, name)
    if vault.locked:
        # https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
        raise InvalidRequestException(f"Recovery point {arn} cannot be deleted: its vault is locked")
    _points(vault).pop(arn, None)
    vault.num_of_recovery_points = len(_points(vault))
    return "{}"


def install() -> None:
    """Serve the operations of on-demand backups."""
    operations = {
        "start_backup_job": _start,
        "list_recovery_points_by_backup_vault": _list,
        "delete_recovery_point": _delete,
    }
    for name, operation in operations.items():
        setattr(BackupResponse, name, operation)
    for path in ("backup-jobs", "backup-vaults/(?P<name>[^/]+)/recovery-points(?P<arn>/.*)?"):
        urls.url_paths[f"{{0}}/{path}/?$"] = urls.response.dispatch
