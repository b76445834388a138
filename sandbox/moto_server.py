"""The moto server with corrections: policies with conditions, event rules, Batch, Firehose, S3, no default VPC."""

import os
from functools import cache
from threading import Lock
from typing import Any

from moto.batch.models import BatchBackend
from moto.core.config import default_user_config
from moto.ec2.models import EC2Backend
from moto.ecr.models import ECRBackend
from moto.events.models import Rule
from moto.firehose.models import FirehoseBackend
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.iam.models import IAMBackend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.s3.models import FakeDeleteMarker
from moto.server import main

from sandbox import claims, clock, recovery_points, refusals
from sandbox.firehose import put_s3_records

_judge = IAMPolicyStatement.is_action_permitted
_send = Rule.send_to_targets


def _judge_conditions_as_unmet(
    self: IAMPolicyStatement, action: str, resource: str = "*", principal: str | None = None, *given: Any
) -> PermissionResult:
    """Let a statement under conditions say nothing; moto itself takes every one of them for a denial.

    A bucket whose policy denies plain HTTP would refuse every object. Trust policies, where moto does know the
    values, are judged as before.
    """
    if principal is None and self._statement.get("Condition"):
        return PermissionResult.NEUTRAL
    return _judge(self, action, resource, principal, *given)


def _send_as_aws_does(self: Rule, event: Any, transform_input: bool = True) -> None:
    """Transform replayed events and those of S3 like all others, and set off no schedule by an event."""
    if not self.scheduled_expression:
        _send(self, {"ingestion-time": event["time"], **event})  # pyright: ignore[reportArgumentType]


_BATCH = "batch.amazonaws.com"
_making = Lock()
_create_environment = BatchBackend.create_compute_environment


def _create_environment_with_linked_role(self: BatchBackend, service_role: str | None = None, **given: Any) -> Any:
    """Let Batch take its service-linked role where none is named, as AWS does; moto demands one."""
    if not service_role:
        with _making:
            linked = [role for role in self.iam_backend.get_roles() if role._linked_service == _BATCH]
            role = linked[0] if linked else self.iam_backend.create_service_linked_role(_BATCH, "", "")
        service_role = role.arn
    return _create_environment(self, service_role=service_role, **given)


_make_ec2, _make_subnet = EC2Backend.__init__, EC2Backend.create_subnet


def _make_ec2_without_default_vpc(self: EC2Backend, *given: Any, **named: Any) -> None:
    """Start without a default VPC, as `mlp bootstrap --delete-default-vpc` leaves a real account."""
    _make_ec2(self, *given, **named)
    for subnet in self.describe_subnets(filters={"vpc-id": [self.default_vpc.id]}):
        self.delete_subnet(subnet.id)
    for acl in self.describe_network_acls(filters={"vpc-id": [self.default_vpc.id]}):
        self.network_acls.pop(acl.id)
    self.delete_vpc(self.default_vpc.id)


def _make_private_subnet(self: EC2Backend, vpc_id: str, *given: Any, **named: Any) -> Any:
    """Let only the default VPC have default subnets, which are public; moto makes the first one of a zone such."""
    subnet = _make_subnet(self, vpc_id, *given, **named)
    if not self.get_vpc(vpc_id).is_default:
        subnet.default_for_az = subnet.map_public_ip_on_launch = False
    return subnet


class _Steady(dict[str, Any]):
    """A dictionary whose values can be walked through while another request adds one."""

    def values(self) -> Any:
        return list(super().values())


_make_ecr = ECRBackend.__init__


def _make_steady_ecr(self: ECRBackend, *given: Any, **named: Any) -> None:
    _make_ecr(self, *given, **named)
    self.repositories = _Steady()


_delete_nat = EC2Backend.delete_nat_gateway


def _delete_nat_with_interface(self: EC2Backend, nat_gateway_id: str) -> Any:
    """Take the network interface away with the gateway, as AWS does; moto leaves it in the subnet."""
    gateway = _delete_nat(self, nat_gateway_id)
    self.enis.pop(gateway._eni.id, None)
    return gateway


if __name__ == "__main__":
    # An account as AWS makes it has a default VPC; `mlp up` starts one that `mlp bootstrap` has prepared.
    if os.environ.get("MLP_SANDBOX_DEFAULT_VPC") != "keep":
        EC2Backend.__init__ = _make_ec2_without_default_vpc
    EC2Backend.create_subnet = _make_private_subnet
    IAMPolicyStatement.is_action_permitted = _judge_conditions_as_unmet  # pyright: ignore[reportAttributeAccessIssue]
    Rule.send_to_targets = _send_as_aws_does  # pyright: ignore[reportAttributeAccessIssue]
    BatchBackend.create_compute_environment = _create_environment_with_linked_role  # pyright: ignore[reportAttributeAccessIssue]
    # moto walks through the roles themselves: an error if another request makes a role meanwhile.
    IAMBackend.get_roles = lambda self: list(self.roles.values())
    ECRBackend.__init__ = _make_steady_ecr
    default_user_config["batch"] = {"use_docker": False}  # submitted jobs succeed at once, nothing runs
    FirehoseBackend.put_s3_records = put_s3_records  # pyright: ignore[reportAttributeAccessIssue]
    # A key whose last version is a marker goes like any other.
    FakeDeleteMarker.dispose = lambda self, garbage=False: None  # pyright: ignore[reportAttributeAccessIssue]
    # Which backend a host is of is searched for anew with every request.
    DomainDispatcherApplication.get_backend_for_host = cache(DomainDispatcherApplication.get_backend_for_host)
    EC2Backend.delete_nat_gateway = _delete_nat_with_interface
    recovery_points.install()
    refusals.install()
    clock.install()
    claims.end_when_lost()
    main()
