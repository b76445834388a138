"""Walks a stack's state from roles over their policies to what these name."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.components.iam import decide

OWNED = {
    "aws:s3/bucket:Bucket",
    "aws:kms/key:Key",
    "aws:sqs/queue:Queue",
    "aws:dynamodb/table:Table",
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
    "aws:cloudwatch/eventBus:EventBus",
    "aws:secretsmanager/secret:Secret",
    "aws:ssm/parameter:Parameter",
}


class Graph:
    """Roles by the name of their component or resource, and what they may do."""

    def __init__(self, resources: Sequence[Mapping[str, Any]]) -> None:
        found = [one for one in resources if one.get("outputs")]
        by_type = {kind: [one for one in found if one["type"] == kind] for kind in {one["type"] for one in found}}
        self._managed = {one["outputs"]["arn"]: one["outputs"]["policy"] for one in by_type["aws:iam/policy:Policy"]}
        names = {one["outputs"]["name"]: name(one) for one in by_type["aws:iam/role:Role"]}
        self.roles: dict[str, list[dict[str, Any]]] = {role: [] for role in names.values()}
        for one in by_type["aws:iam/rolePolicy:RolePolicy"]:
            self.roles[names[one["outputs"]["role"]]] += statements(one["outputs"]["policy"])
        for one in by_type["aws:iam/rolePolicyAttachment:RolePolicyAttachment"]:
            if document := self._managed.get(one["outputs"]["policyArn"]):
                self.roles[names[one["outputs"]["role"]]] += statements(document)
        self.buckets = {
            f"arn:aws:s3:::{one['outputs']['bucket']}": rule["kmsMasterKeyId"]
            for one in by_type["aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"]
            for rule in [one["outputs"]["rules"][0]["applyServerSideEncryptionByDefault"]]
            if rule.get("kmsMasterKeyId")
        }
        self._arns = {one["outputs"]["arn"] for kind in OWNED for one in by_type.get(kind, [])}

    def may(self, role: str, actions: Iterable[str], resource: str) -> bool:
        """Whether a role may do one of these to a resource, or to something that begins like it."""
        return any(
            decide([{**one, "Condition": {}}], action, part) == "Allow"
            for one in self.roles[role]
            if one["Effect"] == "Allow"
            for part in as_list(one["Resource"])
            if part.startswith(resource)
            for action in actions
        )

    def wildcards(self) -> dict[str, set[str]]:
        """Role to the actions it may do to every resource; those of the pipeline's boundary left out."""
        found = {
            role: {
                action
                for one in granted
                if one["Effect"] == "Allow" and "*" in as_list(one["Resource"])
                for action in as_list(one["Action"])
            }
            for role, granted in self.roles.items()
            if role not in ("ci-deploy", "ci-plan")
        }
        return {role: actions for role, actions in found.items() if actions}

    def whole_services(self) -> list[tuple[str, str]]:
        """Role and action, where the action is all of a service or of AWS."""
        return [
            (role, action)
            for role, granted in self.roles.items()
            for one in granted
            if one["Effect"] == "Allow"
            for action in as_list(one["Action"])
            if re.fullmatch(r"\*|[\w-]+:\*", action)
        ]

    def dangling(self, roles: Iterable[str]) -> list[tuple[str, str]]:
        """Role and ARN, where the ARN is of a type that the stack owns and of nothing that it has made."""
        services = {arn.split(":")[2] for arn in self._arns}
        return [
            (role, part)
            for role in roles
            for one in self.roles[role]
            for part in as_list(one["Resource"])
            if part.split(":")[2] in services
            and not any(part == arn or part.startswith(f"{arn}/") for arn in self._arns)
        ]


def name(resource: Mapping[str, Any]) -> str:
    return resource["urn"].rpartition("::")[2]


def statements(document: str) -> list[dict[str, Any]]:
    return json.loads(document)["Statement"]


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
