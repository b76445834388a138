"""The policies of an account, as the contract asks for them."""

import json
from abc import ABC, abstractmethod
from contextlib import suppress
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from access import UNKNOWN, Unknown
from sandbox.aws.model import account as number
from sandbox.aws.model import client

Document = Any


class Account(ABC):
    """Where policies are found; what is not of this account is `UNKNOWN`."""

    id: str
    region: str
    partition = "aws"

    @abstractmethod
    def policy(self, arn: str) -> Document | Unknown | None:
        """Policy of a key, bucket, object, topic or queue, or trust policy of a role; None if it has none."""

    @abstractmethod
    def identity(self, role: str) -> list[Document | Unknown]:
        """The policies of a role, by its ARN."""

    @abstractmethod
    def boundary(self, role: str) -> Document | Unknown | None:
        """The permissions boundary of a role."""

    @abstractmethod
    def key(self, arn: str) -> str:
        """ARN of the key that a bucket, topic or queue encrypts with; empty if there is none."""

    @abstractmethod
    def bucket_key(self, arn: str) -> bool:
        """Whether a bucket has an S3 Bucket Key."""

    @abstractmethod
    def role(self, name: str) -> str:
        """ARN of a role by its name; empty if there is none."""


class LiveAccount(Account):
    """The emulated account at one moment: whatever it is asked, it is asked once."""

    def __init__(self, region: str) -> None:
        self.id, self.region = number(), region
        self._answer = cache(_answer)

    def policy(self, arn: str) -> Document | Unknown | None:
        """See `Account`."""
        _, _, service, region, owner, name = arn.split(":", 5)
        region = region or self.region
        if owner not in ("", self.id):
            return UNKNOWN
        match service:
            case "kms":
                return self._ask("kms", region, "get_key_policy", "Policy", UNKNOWN, KeyId=arn, PolicyName="default")
            case "s3":
                return self._ask("s3", self.region, "get_bucket_policy", "Policy", None, Bucket=name.split("/")[0])
            case "sns" | "sqs":
                return self._attributes(arn, region).get("Policy")
            case "iam":
                role = self._ask("iam", region, "get_role", "Role", {}, RoleName=name.rpartition("/")[2])
                return role.get("AssumeRolePolicyDocument", UNKNOWN)
        return None

    def identity(self, role: str) -> list[Document | Unknown]:
        """See `Account`."""
        given = {"RoleName": role.rpartition("/")[2]}
        try:
            names = self._iam("list_role_policies", **given)["PolicyNames"]
            found = [self._iam("get_role_policy", **given, PolicyName=name)["PolicyDocument"] for name in names]
            attached = self._iam("list_attached_role_policies", **given)["AttachedPolicies"]
        except ClientError:
            return [UNKNOWN]
        return [*found, *(self._managed(one["PolicyArn"]) for one in attached)]

    def boundary(self, role: str) -> Document | Unknown | None:
        """See `Account`."""
        found = self._ask("iam", self.region, "get_role", "Role", {}, RoleName=role.rpartition("/")[2])
        arn = found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return self._managed(arn) if arn else None

    def key(self, arn: str) -> str:
        """See `Account`."""
        region = arn.split(":")[3] or self.region
        if arn.split(":")[2] == "s3":
            rule = self._encryption(arn).get("ApplyServerSideEncryptionByDefault", {})
            found = rule.get("KMSMasterKeyID", "")
        else:
            found = self._attributes(arn, region).get("KmsMasterKeyId", "")
        if not found or found.startswith("arn:"):
            return found
        return self._ask("kms", region, "describe_key", "KeyMetadata", {}, KeyId=found).get("Arn", "")

    def bucket_key(self, arn: str) -> bool:
        """See `Account`."""
        return bool(self._encryption(arn).get("BucketKeyEnabled"))

    def role(self, name: str) -> str:
        """See `Account`."""
        return self._ask("iam", self.region, "get_role", "Role", {}, RoleName=name).get("Arn", "")

    def _encryption(self, arn: str) -> dict[str, Any]:
        given = {"Bucket": arn.rpartition(":")[2].split("/")[0]}
        found = self._ask("s3", self.region, "get_bucket_encryption", "ServerSideEncryptionConfiguration", {}, **given)
        return next(iter(found.get("Rules", [])), {})

    def _attributes(self, arn: str, region: str) -> dict[str, str]:
        if arn.split(":")[2] == "sns":
            return self._ask("sns", region, "get_topic_attributes", "Attributes", {}, TopicArn=arn)
        url = self._ask("sqs", region, "get_queue_url", "QueueUrl", "", QueueName=arn.rpartition(":")[2])
        given = {"QueueUrl": url, "AttributeNames": ("All",)}
        return self._ask("sqs", region, "get_queue_attributes", "Attributes", {}, **given) if url else {}

    def _managed(self, arn: str) -> Document | Unknown:
        with suppress(ClientError):
            version = self._iam("get_policy", PolicyArn=arn)["Policy"]["DefaultVersionId"]
            return self._iam("get_policy_version", PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        return UNKNOWN

    def _iam(self, operation: str, **given: Any) -> Any:
        return self._answer("iam", self.region, operation, **given)

    def _ask(self, service: str, region: str, operation: str, at: str, otherwise: Any, **given: Any) -> Any:
        """A part of an answer, or `otherwise` if what is asked for is not there."""
        try:
            return self._answer(service, region, operation, **given).get(at, otherwise)
        except ClientError:
            return otherwise


def _answer(service: str, region: str, operation: str, **given: Any) -> Any:
    return getattr(client(service, region), operation)(**given)


def text(document: Document) -> str:
    """A document as JSON text, the form in which the same one is the same."""
    return document if isinstance(document, str) else json.dumps(document)
