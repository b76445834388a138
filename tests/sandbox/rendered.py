"""The account that an environment makes, as its program renders it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from access import UNKNOWN, Unknown
from sandbox.aws.contract.account import Account
from sandbox.aws.contract.judge import Refusal, refusals
from sandbox.aws.contract.row import Row
from sandbox.aws.contract.rows import ROWS
from tests.access.plans import heard

DOCUMENTS = {
    "aws:iam/role:Role": "assumeRolePolicy",
    "aws:kms/key:Key": "policy",
    "aws:s3/bucketPolicy:BucketPolicy": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
}
"""Type to the property that holds its policy: of keys, buckets, topics and queues, and the trust policies of roles."""


@dataclass(frozen=True)
class Resource:
    """A resource: its token, its name in the program, and its outputs."""

    type: str
    name: str
    values: dict[str, Any]


@cache
def rendered(environment: str, without: tuple[str, ...] = ()) -> tuple[Resource, ...]:
    """The AWS resources of an environment with the settings that are shipped for it, but for some sections."""
    found = [one for one in heard(environment, without=without) if one.type.startswith("aws:")]
    return tuple(Resource(one.type, one.urn.rpartition("::")[2], dict(one.properties)) for one in found)


class RenderedAccount(Account):
    """The policies of rendered resources; it notes which documents were read."""

    def __init__(self, resources: tuple[Resource, ...]) -> None:
        self.documents: dict[str, Any] = {}
        self._keys: dict[str, str] = {}
        self._bucket_keys: set[str] = set()
        self._roles: dict[str, str] = {}
        self._identity: dict[str, list[Any]] = {}
        self._boundaries: dict[str, str] = {}
        self.read: set[str] = set()
        key = next(one.values["arn"] for one in resources if one.type == "aws:kms/key:Key")
        self.region, self.id = key.split(":")[3:5]
        for one in resources:
            self._add(one)
        managed = {one.values["arn"]: one.values["policy"] for one in resources if one.type == "aws:iam/policy:Policy"}
        self._managed = managed
        for one in resources:
            if one.type == "aws:iam/rolePolicyAttachment:RolePolicyAttachment":
                found = managed.get(one.values["policyArn"], UNKNOWN)
                self._identity.setdefault(one.values["role"], []).append(found)

    def _add(self, one: Resource) -> None:
        kind, values = one.type.rpartition(":")[2], one.values
        if prop := DOCUMENTS.get(one.type):
            self.documents[self.arn(one)] = values[prop]
        match kind:
            case "Role":
                self._roles[values["name"]] = values["arn"]
                self._boundaries[values["arn"]] = values.get("permissionsBoundary", "")
            case "RolePolicy":
                self._identity.setdefault(values["role"], []).append(values["policy"])
            case "Topic" | "Queue":
                self._keys[values["arn"]] = values.get("kmsMasterKeyId", "")
            case "BucketServerSideEncryptionConfiguration":
                (rule,) = values["rules"]
                arn = f"arn:aws:s3:::{values['bucket']}"
                self._keys[arn] = rule["applyServerSideEncryptionByDefault"].get("kmsMasterKeyId", "")
                self._bucket_keys |= {arn} if rule.get("bucketKeyEnabled") else set()

    def arn(self, one: Resource) -> str:
        """ARN of what a resource holds the policy of."""
        match one.type.rpartition(":")[2]:
            case "BucketPolicy":
                return f"arn:aws:s3:::{one.values['bucket']}"
            case "QueuePolicy":
                return f"arn:aws:sqs:{self.region}:{self.id}:{one.values['queueUrl'].rpartition('/')[2]}"
        return one.values["arn"]

    def policy(self, arn: str) -> Any | Unknown | None:
        name = arn.split("/")[0] if arn.startswith("arn:aws:s3:") else arn
        self.read.add(name)
        foreign = name.split(":")[4] not in ("", self.id)
        return self.documents.get(name, UNKNOWN if foreign or name.split(":")[2] in ("iam", "kms") else None)

    def identity(self, role: str) -> list[Any | Unknown]:
        return self._identity.get(role.rpartition("/")[2], [])

    def boundary(self, role: str) -> Any | Unknown | None:
        found = self._boundaries.get(role, "")
        return self._managed.get(found, UNKNOWN) if found else None

    def key(self, arn: str) -> str:
        return self._keys.get(arn, "")

    def bucket_key(self, arn: str) -> bool:
        return arn in self._bucket_keys

    def role(self, name: str) -> str:
        return self._roles.get(name, "")


def judged(resources: tuple[Resource, ...], account: Account) -> Iterator[tuple[Resource, Row, Refusal]]:
    """What the whole contract refuses of resources, advice included."""
    for one in resources:
        for row in ROWS:
            if row.type == one.type:
                for refusal in refusals(row, one.values, account):
                    yield one, row, refusal
