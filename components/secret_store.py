"""Secrets that nobody reads but the roles that are named, and whose values Pulumi never sees."""

import re
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _documents as documents
from components._component import Component

WRITE = ["secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"]
ADMINISTER = [
    "secretsmanager:CancelRotateSecret",
    "secretsmanager:DeleteResourcePolicy",
    "secretsmanager:DeleteSecret",
    "secretsmanager:PutResourcePolicy",
    "secretsmanager:RemoveRegionsFromReplication",
    "secretsmanager:ReplicateSecretToRegions",
    "secretsmanager:RestoreSecret",
    "secretsmanager:RotateSecret",
    "secretsmanager:StopReplicationToReplica",
    "secretsmanager:TagResource",
    "secretsmanager:UntagResource",
    "secretsmanager:UpdateSecret",
]


class SecretRotationArgs(TypedDict):
    """How a secret gets a new value by itself."""

    lambda_arn: pulumi.Input[str]
    """Function that makes the new value; its own policy must let Secrets Manager invoke it for this account."""
    role_arn: pulumi.Input[str]
    """Role of that function, which may then read and write the value."""
    days: int
    """Days between rotations, 1 to 1000."""


class SecretArgs(TypedDict):
    """One secret and who reads it."""

    description: str
    """What it is for; everybody who can list secrets reads it."""
    reader_role_arns: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs, or ARN patterns with `*`, of the roles that may read the value. Their own policies must grant it too (see
    `read_policies`). Default: nobody."""
    rotated: NotRequired[str]
    """Day, YYYY-MM-DD, on which operators last replaced the value; a tag. Default: none, for a secret that rotates."""
    rotation: NotRequired[SecretRotationArgs]
    """Rotate the value; add this once the first value is there. Default: no rotation."""


class SecretsArgs(TypedDict):
    """Inputs of Secrets."""

    secrets: Mapping[str, SecretArgs]
    """Name to the secret."""
    kms_key_arn: pulumi.Input[str]
    """Key that encrypts the values; Secrets Manager must be allowed to use it for the account's principals
    (`secretsmanager`)."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    administrators: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs or ARN patterns that may write values, and change and delete secrets, whoever deploys this among them; none
    of them can read. Default: whoever the account's IAM policies allow. The account's root user always may."""
    recovery_window_days: NotRequired[int]
    """Days in which a deleted secret can be restored, 7 to 30, or 0 for none. Default 30."""


class Secrets(Component):
    """Encrypted secrets with a policy of their own that denies whoever is not named.

    A value is in no program, state or output. Operators put it, from a file that they delete or from their terminal:
    `aws secretsmanager put-secret-value --secret-id <arn> --secret-string file:///dev/stdin`; rotation replaces it.

    A reader needs both: to be named here, and `read_policies` of that secret on its role. AWS adds a hyphen and six
    characters to a name to make an ARN, so policies and callers always have the whole ARN from `arns`.
    """

    arns: pulumi.Output[dict[str, str]]
    """Name to the ARN of its secret."""
    read_policies: pulumi.Output[dict[str, str]]
    """Name to the IAM policy document (JSON) that reads the value of its secret, decryption included."""

    def __init__(self, name: str, args: SecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        window = int(args.get("recovery_window_days", 30))
        if window and not 7 <= window <= 30:
            raise ValueError(f"Secrets {name!r}: recovery_window_days is {window}; allowed: 0 or 7 to 30")
        caller = self._caller()
        arns: dict[str, pulumi.Output[str]] = {}
        policies: dict[str, pulumi.Output[str]] = {}
        for key, wanted in args["secrets"].items():
            rotation = wanted.get("rotation")
            if not re.fullmatch(r"[A-Za-z0-9_+=.@/-]+", key):
                raise ValueError(f"Secrets {name!r}: secrets has {key!r}; allowed: A-Z a-z 0-9 /_+=.@-")
            if rotation and not 1 <= int(rotation["days"]) <= 1000:
                raise ValueError(
                    f"Secrets {name!r}: secrets.{key}.rotation.days is {int(rotation['days'])}; allowed: 1 to 1000"
                )
            # Pulumi adds seven characters of its own: the name is free again while a deleted secret can be restored,
            # and never ends in a hyphen and six, which AWS takes for the end of an ARN.
            secret = aws.secretsmanager.Secret(
                f"{name}-{key}",
                description=wanted["description"],
                kms_key_id=args["kms_key_arn"],
                recovery_window_in_days=window,
                tags={**self._tags, **({"rotated": wanted["rotated"]} if "rotated" in wanted else {})},
                opts=self._child(),
            )
            policy = aws.secretsmanager.SecretPolicy(
                f"{name}-{key}",
                secret_arn=secret.arn,
                policy=pulumi.Output.all(
                    arn=secret.arn,
                    caller=caller,
                    readers=list(wanted.get("reader_role_arns", [])),
                    administrators=list(args.get("administrators", [])),
                    rotators=[rotation["role_arn"]] if rotation else [],
                ).apply(lambda values: documents.render(secret_policy(**values))),
                block_public_policy=True,
                opts=self._child(),
            )
            if rotation:
                aws.secretsmanager.SecretRotation(
                    f"{name}-{key}",
                    secret_id=secret.arn,
                    rotation_lambda_arn=rotation["lambda_arn"],
                    rotation_rules={"automatically_after_days": int(rotation["days"])},
                    # A value that was just put is not replaced at once.
                    rotate_immediately=False,
                    opts=self._child([policy]),
                )
            arns[key] = secret.arn
            policies[key] = pulumi.Output.all(
                arn=secret.arn, key_arn=args["kms_key_arn"], region=caller["region"]
            ).apply(lambda values: documents.render(read_secret(**values)))
        self._finish(arns=pulumi.Output.from_input(arns), read_policies=pulumi.Output.from_input(policies))


def secret_policy(
    arn: str,
    caller: Mapping[str, str],
    readers: Sequence[str],
    administrators: Sequence[str],
    rotators: Sequence[str],
) -> list[documents.Statement]:
    """Deny everyone what they are not named for; it allows nothing, which is left to the principals' own policies.

    Principals are named by a condition on `aws:PrincipalArn`, as keys do it. The account's root user can always change
    the policy, so no list of administrators locks the account out.
    """
    root = f"arn:{caller['partition']}:iam::{caller['account']}:root"

    def deny(sid: str, actions: list[str], *excepted: str) -> documents.Statement:
        statement = {"Sid": sid, "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": actions, "Resource": arn}
        return (
            {**statement, "Condition": {"ArnNotLike": {"aws:PrincipalArn": list(excepted)}}} if excepted else statement
        )

    statements = [
        documents.deny_plain(["secretsmanager:*"], arn),
        deny("DenyReading", ["secretsmanager:GetSecretValue"], *readers, *rotators),
    ]
    if administrators:
        statements += [
            deny("DenyWriting", WRITE, root, *administrators, *rotators),
            deny("DenyAdministration", ADMINISTER, root, *administrators),
        ]
    return statements


def read_secret(arn: str, key_arn: str, region: str) -> list[documents.Statement]:
    """What a consumer needs to read one secret; the key decrypts for it nothing but this secret."""
    return [
        {
            "Sid": "ReadSecret",
            "Effect": "Allow",
            "Action": ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
            "Resource": arn,
        },
        {
            "Sid": "Decrypt",
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": key_arn,
            "Condition": {
                "StringEquals": {
                    "kms:ViaService": f"secretsmanager.{region}.amazonaws.com",
                    "kms:EncryptionContext:SecretARN": arn,
                }
            },
        },
    ]
