"""What rows have in common: principals, and how services use a key for their callers."""

from sandbox.aws.contract.row import Call

GUIDE = "https://docs.aws.amazon.com"
CALLER = "caller arn:{partition}:iam::{account}:role/caller"
ROOT = "caller arn:{partition}:iam::{account}:root"
TLS = "aws:SecureTransport"
RE_ENCRYPT = ("kms:ReEncryptFrom", "kms:ReEncryptTo")
DATA_KEYS = ("kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext")
SOURCES = (("aws:SourceAccount", "aws:SourceArn"),)
"""Both name what a service acts for, an account or a resource in it; policies limit by one of them or by both."""
VIA = (f"{GUIDE}/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service",)
"""The names of services in `kms:ViaService`, and what the key is for."""


def via(
    *names: str, key: str, actions: tuple[str, ...] = (), grant: bool = False, for_aws: bool = True
) -> tuple[Call, ...]:
    """How a service uses a key with the permissions of its caller.

    Args:
        names: The names of the service in `kms:ViaService`, without region and domain.
        key: Template of the key's ARN.
        actions: Actions of KMS besides CreateGrant.
        grant: Whether it creates a grant.
        for_aws: Whether it sends `kms:GrantIsForAWSResource` then.
    """
    found: list[Call] = []
    for name in names:
        sends = {"kms:ViaService": f"{name}.{{region}}.amazonaws.com"}
        limits = (("kms:ViaService",),)
        if actions:
            found.append(Call(CALLER, actions, key, sends, limits))
        if grant and for_aws:
            sent = {**sends, "kms:GrantIsForAWSResource": "true"}
            found.append(Call(CALLER, ("kms:CreateGrant",), key, sent, (*limits, ("kms:GrantIsForAWSResource",))))
        elif grant:
            found.append(Call(CALLER, ("kms:CreateGrant",), key, sends, limits, without=("kms:GrantIsForAWSResource",)))
    # Every integrated service reads the key's metadata with the permissions of its caller.
    return (Call(CALLER, ("kms:DescribeKey",), key), *found)


def assume(
    service: str, role: str, sends: dict[str, str] | None = None, *limits: tuple[str, ...], when: str = ""
) -> Call:
    """A service that assumes a role."""
    return Call(f"service {service}.amazonaws.com", ("sts:AssumeRole",), role, sends or {}, limits, when)


def sourced(arn: str) -> dict[str, str]:
    """What a service sends about the resource that it acts for."""
    return {"aws:SourceAccount": "{account}", "aws:SourceArn": arn}
