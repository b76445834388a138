"""Customer-managed keys, one per data class."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _documents as documents
from components._component import Component
from components._key_services import SERVICE_STATEMENTS


class DataKeyArgs(TypedDict):
    """Who may use the key of one data class."""

    users: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs, or ARN patterns with `*`, of the principals that may use the key. Their own policies must grant it too."""
    readers: NotRequired[Sequence[str]]
    """ARNs or ARN patterns of roles of other accounts that may decrypt objects of S3. Their own policies and that of
    the bucket must allow it too. Default: none."""
    retain: NotRequired[bool]
    """Keep the key when it leaves the stack, for data under a retention that AWS enforces. Default false."""
    services: NotRequired[Sequence[str]]
    """AWS services that encrypt with it: a name of `_key_services.SERVICE_STATEMENTS`, for example `logs`, `rds`."""


class KeyRingArgs(TypedDict):
    """Inputs of KeyRing."""

    keys: Mapping[str, DataKeyArgs]
    """Data class (for example `confidential`) to the users of its key."""
    tags: Mapping[str, str]
    """Mandatory tags; each key's `data-class` is its own."""
    administrators: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs or ARN patterns that may administer the keys. Default: those that the account's IAM policies allow."""
    deletion_window_days: NotRequired[int]
    """Days between the deletion of a key and the loss of its material, 7 to 30. Default 30."""
    rotation_days: NotRequired[int]
    """Days between rotations of the key material, 90 to 2560. Default 365."""


class KeyRing(Component):
    """KMS keys that rotate, one per data class, each usable by the principals and services it names."""

    key_arns: pulumi.Output[dict[str, str]]
    """Data class to the ARN of its key."""
    alias_names: pulumi.Output[dict[str, str]]
    """Data class to the alias of its key, `alias/...`."""

    def __init__(self, name: str, args: KeyRingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        caller = self._caller()
        arns: dict[str, pulumi.Output[str]] = {}
        aliases: dict[str, pulumi.Output[str]] = {}
        for data_class, access in args["keys"].items():
            services = list(access.get("services", []))
            if unknown := sorted(set(services) - set(SERVICE_STATEMENTS)):
                raise ValueError(
                    f"KeyRing {name!r}: keys.{data_class}.services has {', '.join(unknown)}; "
                    f"allowed: {', '.join(SERVICE_STATEMENTS)}"
                )
            key = aws.kms.Key(
                f"{name}-{data_class}",
                description=f"Encrypts {data_class} data",
                policy=pulumi.Output.all(
                    caller=caller,
                    administrators=list(args.get("administrators", [])),
                    users=list(access.get("users", [])),
                    readers=list(access.get("readers", [])),
                    services=services,
                ).apply(lambda values: documents.render(key_policy(**values))),
                enable_key_rotation=True,
                rotation_period_in_days=int(args.get("rotation_days", 365)),
                deletion_window_in_days=int(args.get("deletion_window_days", 30)),
                tags={**self._tags, "data-class": data_class},
                opts=self._child(retain=access.get("retain", False)),
            )
            alias = aws.kms.Alias(
                f"{name}-{data_class}",
                name=f"alias/{self._physical_name(data_class)}",
                target_key_id=key.key_id,
                opts=self._child(),
            )
            arns[data_class], aliases[data_class] = key.arn, alias.name
        self._finish(key_arns=pulumi.Output.all(**arns), alias_names=pulumi.Output.all(**aliases))


def key_policy(
    caller: Mapping[str, str],
    administrators: Sequence[str],
    users: Sequence[str],
    readers: Sequence[str],
    services: Sequence[str],
) -> list[documents.Statement]:
    """The statements of a key: administrators never use it, users never administer it.

    Principals are named by a condition on `aws:PrincipalArn`, so a key can name a role that does not exist yet,
    and a role that is deleted and made again keeps its access.
    """
    root = f"arn:{caller['partition']}:iam::{caller['account']}:root"

    def allow(sid: str, actions: list[str], principals: Sequence[str], **conditions: dict) -> documents.Statement:
        if principals:
            conditions["ArnLike"] = {"aws:PrincipalArn": list(principals)}
        statement = {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"AWS": root},
            "Action": actions,
            "Resource": "*",
        }
        return {**statement, "Condition": conditions} if conditions else statement

    statements = [
        allow("Administer", documents.ADMINISTER_KEY, [root, *administrators] if administrators else []),
        allow("ReadMetadata", documents.READ_KEY_METADATA, []),
    ]
    if users:
        grants = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        statements += [
            allow("Use", documents.USE_KEY, users),
            allow("GrantToAwsResources", ["kms:CreateGrant"], users, **grants),
        ]
    # A role of another account decrypts through S3, which its bucket's policy lets it read.
    through = {"kms:ViaService": f"s3.{caller['region']}.amazonaws.com"}
    for (partition, account), roles in documents.by_account(readers).items():
        reading = allow(f"ReadOf{account}", ["kms:Decrypt"], roles, StringEquals=through)
        statements.append({**reading, "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"}})
    return statements + [statement for service in services for statement in SERVICE_STATEMENTS[service](caller)]
