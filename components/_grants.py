"""What a workload may be granted, one entry a kind: the ARN it is about, its fields and its statements."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components import _documents as documents
from components import _images as images
from components import _lake_documents as lake
from components._documents import Statement

ROLE_POLICY_LIMIT = 10_240
"""Characters, without whitespace, that all inline policies of a role may have together (IAM quotas)."""
_PATTERNS = {
    "prefix": (r"[\w.-]+(/[\w.-]+)*", "a path without wildcards and without slashes at its ends"),
    "source": (r"[\w./-]+", "the exact source of the events"),
    "database": (r"[\w-]+", "the exact name of a Glue database"),
}
_ARN = re.compile(r"arn:aws[\w-]*:(?P<service>[\w-]+):[^\s*?]*:[^\s*?]+")


@dataclass(frozen=True)
class Grant:
    """A kind of grant.

    Attributes:
        service: The service in the ARN of the resource.
        resource: The beginning of the resource part of that ARN.
        statements: From the grant's values to what it allows.
        needs: Fields it must have.
        may: Fields it may have.
    """

    service: str
    resource: str
    statements: Callable[[Mapping[str, str]], list[Statement]]
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


def pull_image(repository_arn: str) -> list[Statement]:
    """Log in to the registry and pull from one repository."""
    region = repository_arn.split(":")[3]
    return [login(region), documents.allow(images.PULL, [repository_arn])]


def login(*regions: str) -> Statement:
    """Log in to the registries of these regions; the action knows no resource."""
    return documents.allow(["ecr:GetAuthorizationToken"], ["*"], StringEquals={"aws:RequestedRegion": list(regions)})


def _on(*actions: str, key: Sequence[str] = ()) -> Callable[[Mapping[str, str]], list[Statement]]:
    """Actions on the resource and, where its key is given, on the key."""

    def statements(grant: Mapping[str, str]) -> list[Statement]:
        found = [documents.allow(actions, [grant["resource_arn"]])]
        return [*found, documents.allow(key, [grant["kms_key_arn"]])] if "kms_key_arn" in grant else found

    return statements


def _query_lake(grant: Mapping[str, str]) -> list[Statement]:
    _, partition, _, region, account, _ = grant["resource_arn"].split(":")
    glue, name = f"arn:{partition}:glue:{region}:{account}", grant["database"]
    return [
        documents.allow(lake.QUERY, [grant["resource_arn"]]),
        documents.allow(lake.READ_TABLES, [f"{glue}:catalog", f"{glue}:database/{name}", f"{glue}:table/{name}/*"]),
    ]


_S3 = ("prefix", "kms_key_arn")
_SENDS, _READS = ["kms:Decrypt", "kms:GenerateDataKey"], ["kms:Decrypt"]
_QUEUE = ("sqs:GetQueueAttributes", "sqs:GetQueueUrl")
GRANTS = {
    "read-prefix": Grant(
        "s3", "", lambda g: documents.read_prefix(g["resource_arn"], g["kms_key_arn"], g["prefix"]), _S3
    ),
    "write-prefix": Grant(
        "s3", "", lambda g: documents.write_prefix(g["resource_arn"], g["kms_key_arn"], g["prefix"]), _S3
    ),
    "use-key": Grant("kms", "key/", _on("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey")),
    "consume-queue": Grant(
        "sqs",
        "",
        _on("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", *_QUEUE, "sqs:ReceiveMessage", key=_READS),
        may=("kms_key_arn",),
    ),
    "send-queue": Grant("sqs", "", _on(*_QUEUE, "sqs:SendMessage", key=_SENDS), may=("kms_key_arn",)),
    "publish-topic": Grant("sns", "", _on("sns:Publish", key=_SENDS), may=("kms_key_arn",)),
    "publish-events": Grant(
        "events",
        "event-bus/",
        lambda g: [
            documents.allow(["events:PutEvents"], [g["resource_arn"]], StringEquals={"events:source": g["source"]})
        ],
        ("source",),
    ),
    "put-records": Grant("firehose", "deliverystream/", _on("firehose:PutRecord", "firehose:PutRecordBatch")),
    "read-secret": Grant(
        "secretsmanager",
        "secret:",
        _on("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", key=_READS),
        ("kms_key_arn",),
    ),
    "read-parameter": Grant("ssm", "parameter/", _on("ssm:GetParameter")),
    "use-table": Grant(
        "dynamodb",
        "table/",
        _on("dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", key=_READS),
        may=("kms_key_arn",),
    ),
    "connect-database": Grant("rds-db", "dbuser:", _on("rds-db:connect")),
    "connect-cache": Grant(
        "elasticache",
        "",
        lambda g: [documents.allow(["elasticache:Connect"], [g["resource_arn"], g["user_arn"]])],
        ("user_arn",),
    ),
    "pull-image": Grant("ecr", "repository/", lambda g: pull_image(g["resource_arn"])),
    "query-lake": Grant("athena", "workgroup/", _query_lake, ("database",)),
}
"""Kind to what it means. Every action names its resource; none but the registry's login has a wildcard."""


def check(grant: Mapping[str, Any]) -> tuple[str, str] | None:
    """What is wrong with a grant as it was written: the field, and what is allowed."""
    kind = GRANTS.get(str(grant.get("kind")))
    if kind is None:
        return "kind", f"is {grant.get('kind')!r}; allowed: {', '.join(GRANTS)}"
    needs = ("resource_arn", *kind.needs)
    if missing := next((field for field in needs if grant.get(field) is None), None):
        return missing, f"is missing; `{grant['kind']}` needs {', '.join(needs)}"
    for field, value in grant.items():
        if field not in ("kind", *needs, *kind.may) and value is not None:
            return field, f"is not for `{grant['kind']}`; allowed: {', '.join(('kind', *needs, *kind.may))}"
        pattern, words = _PATTERNS.get(field, ("", ""))
        if pattern and not re.fullmatch(pattern, str(value)):
            return field, f"= {value!r}; allowed: {words}"
    return check_arns({key: value for key, value in grant.items() if isinstance(value, str)})


def check_arns(grant: Mapping[str, str]) -> tuple[str, str] | None:
    """What is wrong with the ARNs that are known: each names exactly one thing of the right service."""
    kind = GRANTS[str(grant["kind"])]
    services = {"resource_arn": kind.service, "kms_key_arn": "kms", "user_arn": kind.service}
    starts = {"resource_arn": kind.resource, "kms_key_arn": "key/", "user_arn": "user:"}
    for field, service in services.items():
        if field not in grant:
            continue
        found = _ARN.fullmatch(grant[field])
        if not found or found["service"] != service or not _resource(grant[field]).startswith(starts[field]):
            wanted = f"the ARN, without wildcards, of one {service}:{starts[field]}..."
            return field, f"= {grant[field]!r}; allowed: {wanted}"
    return None


def role_policies(grants: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Kind to the policy document of all grants of that kind.

    Raises:
        ValueError: The documents do not fit into the inline policies of one role.

    """
    kinds = sorted({str(grant["kind"]) for grant in grants})
    found = {
        kind: documents.render(documents.joined(GRANTS[kind].statements(one) for one in grants if one["kind"] == kind))
        for kind in kinds
    }
    size = sum(len(json.dumps(json.loads(text), separators=(",", ":"))) for text in found.values())
    if size > ROLE_POLICY_LIMIT:
        raise ValueError(f"grants need {size} characters of policy; allowed: {ROLE_POLICY_LIMIT}; split the workload")
    return found


def _resource(arn: str) -> str:
    return arn.split(":", 5)[5]
