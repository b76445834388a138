"""What AWS refuses to delete or change, where moto does not refuse: a row for each, with AWS's document."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from moto.backup.exceptions import InvalidRequestException as InvalidBackupRequest
from moto.backup.models import BackupBackend
from moto.core.exceptions import JsonRESTError
from moto.core.utils import unix_time
from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models import EC2Backend
from moto.iam.exceptions import DeleteConflictException
from moto.iam.models import IAMBackend
from moto.kms.models import KmsBackend
from moto.rds.exceptions import InvalidDBInstanceStateError, RDSClientError
from moto.rds.models import RDSBackend
from moto.s3.exceptions import AccessDeniedByLock
from moto.s3.models import S3Backend
from moto.secretsmanager.exceptions import InvalidRequestException as InvalidSecretRequest
from moto.secretsmanager.models import SecretsManagerBackend

Given = Mapping[str, Any]
_GUIDE = "https://docs.aws.amazon.com"
_EC2, _RDS = f"{_GUIDE}/AWSEC2/latest/APIReference/API_", f"{_GUIDE}/AmazonRDS/latest/APIReference/API_"


@dataclass(frozen=True)
class Refusal:
    """One operation that AWS refuses in some state.

    Attributes:
        backend: Class of moto that carries the operation out.
        method: Its method, named like the operation.
        source: Address of AWS's document that states the refusal.
        judge: Called before the operation with the backend and the arguments by name; raises what the service answers.
    """

    backend: type
    method: str
    source: str
    judge: Callable[[Any, Given], None]

    def install(self) -> None:
        """Have the backend judge the operation before it carries it out."""
        original = getattr(self.backend, self.method)
        signature = inspect.signature(original)

        @wraps(original)
        def judged(backend: Any, *given: Any, **named: Any) -> Any:
            self.judge(backend, signature.bind(backend, *given, **named).arguments)
            return original(backend, *given, **named)

        setattr(self.backend, self.method, judged)


def _used(what: str, users: Iterable[Any]) -> None:
    if found := [str(one) for one in users]:
        raise DependencyViolationError(f"{what} has dependencies and cannot be deleted: {', '.join(sorted(found))}")


def _in(subnet_or_vpc: str, backend: Any) -> list[str]:
    """All network interfaces in a subnet or in a VPC."""
    return [eni.id for eni in list(backend.enis.values()) if subnet_or_vpc in (eni.subnet.id, eni.subnet.vpc_id)]


def _endpoints(backend: Any) -> list[Any]:
    return [one for one in list(backend.vpc_end_points.values()) if one.state != "deleted"]


def _subnet(backend: Any, given: Given) -> None:
    _used(f"The subnet '{given['subnet_id']}'", _in(given["subnet_id"], backend))


def _vpc(backend: Any, given: Given) -> None:
    vpc = given["vpc_id"]
    gateways = [one.id for one in list(backend.internet_gateways.values()) if one.vpc and one.vpc.id == vpc]
    endpoints = [one.id for one in _endpoints(backend) if one.vpc_id == vpc]
    groups = [one.id for one in list(backend.groups.get(vpc, {}).values()) if one.name != "default"]
    _used(f"The vpc '{vpc}'", [*_in(vpc, backend), *gateways, *endpoints, *groups])


def _security_group(backend: Any, given: Given) -> None:
    group = given.get("group_id")
    if not group:
        return
    interfaces = [eni.id for eni in list(backend.enis.values()) if group in {one.id for one in eni.group_set}]
    endpoints = [one.id for one in _endpoints(backend) if group in one.security_group_ids]
    others = [
        other.id
        for groups in list(backend.groups.values())
        for other in list(groups.values())
        for rule in (*other.ingress_rules, *other.egress_rules)
        if other.id != group and (rule.source_group or {}).get("GroupId") == group
    ]
    _used(f"resource {group}", {*interfaces, *endpoints, *others})


def _vault(backend: Any, given: Given) -> None:
    vault = backend.vaults.get(given["backup_vault_name"])
    if vault and vault.num_of_recovery_points:
        count = vault.num_of_recovery_points
        raise InvalidBackupRequest(f"Backup vault cannot be deleted (contains {count} recovery points)")


def _key(argument: str) -> Callable[[Any, Given], None]:
    def judge(backend: Any, given: Given) -> None:
        key = backend.keys.get(backend.any_id_to_key_id(given[argument]))
        if key and key.key_state == "PendingDeletion":
            raise JsonRESTError("KMSInvalidStateException", f"{key.arn} is pending deletion.")

    return judge


def _database(backend: Any, given: Given) -> None:
    identifier = given["db_instance_identifier"]
    if backend.describe_db_instances(identifier)[0].status != "available":
        raise InvalidDBInstanceStateError(identifier, "stop")


def _subnet_group(backend: Any, given: Given) -> None:
    name = given["subnet_name"]
    if users := [key for key, one in list(backend.databases.items()) if one._db_subnet_group_name == name]:
        raise RDSClientError("InvalidDBSubnetGroupStateFault", f"{name} is in use by {', '.join(users)}")


def _parameter_group(backend: Any, given: Given) -> None:
    name = given["db_parameter_group_name"]
    if users := [key for key, one in list(backend.databases.items()) if one.db_parameter_group_name == name]:
        raise RDSClientError("InvalidDBParameterGroupState", f"{name} is in use by {', '.join(users)}")


def _policy(backend: Any, given: Given) -> None:
    if backend.get_policy(given["policy_arn"]).attachment_count:
        raise DeleteConflictException("Cannot delete a policy attached to entities.")


def _secret(backend: Any, given: Given) -> None:
    name = given["name"]
    if name not in backend.secrets or not (ends := getattr(backend.secrets[name], "deleted_date", None)):
        return
    if ends > unix_time():
        told = "You can't create this secret because a secret with this name is already scheduled for deletion."
        raise InvalidSecretRequest(told)
    backend.secrets.pop(name)


def _retention(backend: Any, given: Given) -> None:
    key: Any = backend.get_object(given["bucket_name"], given["key_name"], version_id=given["version_id"])
    mode, until = given["retention"]
    locked = key and key.lock_mode == "COMPLIANCE" and key.is_locked(governance_bypass=True)
    if locked and (mode != "COMPLIANCE" or until < key.lock_until):
        raise AccessDeniedByLock


_STATES = f"{_GUIDE}/kms/latest/developerguide/key-state.html"
_OF_KEY = (
    *(("create_alias", "target_key_id"), ("update_alias", "target_key_id")),
    *((name, "key_id") for name in ("create_grant", "disable_key", "enable_key", "encrypt", "generate_data_key")),
    *((name, "key_id") for name in ("disable_key_rotation", "enable_key_rotation", "schedule_key_deletion")),
    *((name, "key_id") for name in ("generate_mac", "get_public_key", "sign", "update_key_description", "verify")),
)
"""Operation that fails on a key in its deletion window, and its argument that names the key."""

REFUSALS = (
    Refusal(EC2Backend, "delete_subnet", f"{_EC2}DeleteSubnet.html", _subnet),
    Refusal(EC2Backend, "delete_vpc", f"{_EC2}DeleteVpc.html", _vpc),
    Refusal(EC2Backend, "delete_security_group", f"{_EC2}DeleteSecurityGroup.html", _security_group),
    Refusal(BackupBackend, "delete_backup_vault", f"{_GUIDE}/aws-backup/latest/devguide/delete-a-vault.html", _vault),
    *(Refusal(KmsBackend, method, _STATES, _key(argument)) for method, argument in _OF_KEY),
    Refusal(RDSBackend, "modify_db_instance", f"{_RDS}ModifyDBInstance.html", _database),
    Refusal(RDSBackend, "delete_subnet_group", f"{_RDS}DeleteDBSubnetGroup.html", _subnet_group),
    Refusal(RDSBackend, "delete_db_parameter_group", f"{_RDS}DeleteDBParameterGroup.html", _parameter_group),
    Refusal(IAMBackend, "delete_policy", f"{_GUIDE}/IAM/latest/APIReference/API_DeletePolicy.html", _policy),
    Refusal(
        SecretsManagerBackend,
        "create_secret",
        f"{_GUIDE}/secretsmanager/latest/apireference/API_CreateSecret.html",
        _secret,
    ),
    Refusal(S3Backend, "put_object_retention", f"{_GUIDE}/AmazonS3/latest/userguide/object-lock.html", _retention),
)


def install() -> None:
    """Have the account refuse all of them."""
    for one in REFUSALS:
        one.install()
