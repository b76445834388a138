"""Walks a plan for grants that nobody uses: each question gives the answers that ought not to be there."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from tests.sandbox.identity import as_list, name, statements

INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
ACTS: dict[str, tuple[str, ...]] = {
    "athena": ("athena/workgroup:Workgroup",),
    "autoscaling": ("ec2/launchTemplate:LaunchTemplate",),
    "codebuild": ("codebuild/project:Project",),
    "spot": ("ec2/launchTemplate:LaunchTemplate",),
    "backup": ("backup/vault:Vault", "backup/selection:Selection"),
    "budgets": ("budgets/budget:Budget",),
    "cloudfront": ("cloudfront/distribution:Distribution",),
    "cloudtrail": ("cloudtrail/trail:Trail",),
    "cloudwatch": ("cloudwatch/metricAlarm:MetricAlarm",),
    "config": ("cfg/recorder:Recorder", "cfg/deliveryChannel:DeliveryChannel"),
    "costalerts": ("costexplorer/anomalySubscription:AnomalySubscription",),
    "dynamodb": ("dynamodb/table:Table",),
    "ec2": (
        "ec2/launchTemplate:LaunchTemplate",
        "eks/accessEntry:AccessEntry",  # nodes that a controller starts join with their role's
        "eks/nodeGroup:NodeGroup",
        "iam/instanceProfile:InstanceProfile",
    ),
    "delivery.logs": ("cloudwatch/logDeliveryDestination:LogDeliveryDestination",),
    "ecr": ("ecr/repository:Repository", "ecr/repositoryCreationTemplate:RepositoryCreationTemplate"),
    "ecs-tasks": ("batch/jobDefinition:JobDefinition",),
    "eks": ("eks/cluster:Cluster",),
    # ElastiCache calls KMS under two names (KMS Developer Guide, kms:ViaService).
    "dax": ("elasticache/replicationGroup:ReplicationGroup",),
    "elasticache": ("elasticache/replicationGroup:ReplicationGroup",),
    "events": (
        "cloudwatch/eventArchive:EventArchive",
        "cloudwatch/eventBus:EventBus",
        "cloudwatch/eventTarget:EventTarget",
    ),
    "firehose": ("kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",),
    "glue": (
        "glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings",
        "glue/securityConfiguration:SecurityConfiguration",
    ),
    # The load balancer that a controller in the cluster makes of it.
    "logdelivery.elasticloadbalancing": (INGRESS,),
    "logging.s3": ("s3/bucketLogging:BucketLogging",),
    "logs": ("cloudwatch/logGroup:LogGroup",),
    "monitoring.rds": ("rds/instance:Instance",),
    "pods.eks": ("eks/podIdentityAssociation:PodIdentityAssociation", "eks/addon:Addon"),
    "rds": ("rds/instance:Instance",),
    "s3": ("s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",),
    "scheduler": ("scheduler/schedule:Schedule",),
    "secretsmanager": ("secretsmanager/secret:Secret",),
    "sns": ("sns/topic:Topic",),
    "sns delivering": ("sns/topicSubscription:TopicSubscription",),
    "sqs": ("sqs/queue:Queue",),
    "ssm": ("ssm/parameter:Parameter",),
    "vpc-flow-logs": ("ec2/flowLog:FlowLog",),
}
"""AWS service to the resource types for which it assumes a role, uses a key or writes to what somebody else owns."""
DOCUMENTS = {
    "aws:backup/vaultPolicy:VaultPolicy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:secretsmanager/secretPolicy:SecretPolicy",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sqs/queuePolicy:QueuePolicy",
}
"""Types that say who may reach the one resource that they name."""
SUBJECT = ("arn", "backupVaultName", "bucket", "queueUrl", "repository", "secretArn")
"""Properties in which these types name it."""
HANDLES = ("arn", "bucketRegionalDomainName", "id", "url")
"""Outputs by which others name a resource."""
SILENT = (*DOCUMENTS, "aws:iam/policy:Policy", "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy", "aws:kms/key:Key")
"""Types that name others to speak of them, without using them."""
Resource = Mapping[str, Any]


class Plan:
    """The resources of a stack's state, and which of them name which."""

    def __init__(self, resources: Sequence[Resource], account: str) -> None:
        self._account = account
        self._all = [one for one in resources if one["type"].startswith("aws:") or one["type"] == INGRESS]
        self._texts = {one["urn"]: json.dumps(one["inputs"]) for one in self._all}
        self._arns = {arn for one in self._all if (arn := one["outputs"].get("arn", "")).count(":") >= 5}
        for one in self._of("aws:rds/instance:Instance"):
            database = one["outputs"]["arn"].replace(":rds:", ":rds-db:").rpartition(":db:")[0]
            self._arns.add(f"{database}:dbuser:{one['outputs']['resourceId']}")
            # RDS makes the secret of the administrator's password itself.
            self._arns |= {secret["secretArn"] for secret in one["outputs"].get("masterUserSecrets", [])}

    def roles(self) -> set[tuple[str, str]]:
        """Role and principal that its trust names, where the plan holds nothing that acts as that principal with it."""
        providers = {one["outputs"]["arn"] for one in self._of("aws:iam/openIdConnectProvider:OpenIdConnectProvider")}
        return {
            (name(role), principal)
            for role in self._of("aws:iam/role:Role")
            for kind, principal in _principals(role["outputs"]["assumeRolePolicy"])
            if not (self._acting(_service(principal), role) if kind == "Service" else principal in providers)
        }

    def unattached(self) -> set[str]:
        """Instance profiles that nothing takes, and policies that are no role's."""
        holders = {
            "aws:iam/instanceProfile:InstanceProfile": None,
            "aws:iam/policy:Policy": ("aws:iam/rolePolicyAttachment:RolePolicyAttachment",),
        }
        return {name(one) for kind, types in holders.items() for one in self._of(kind) if not self._naming(one, types)}

    def resources(self) -> set[tuple[str, str]]:
        """Policy and ARN, where things of the ARN's type are in the plan and this one is not."""
        kinds = {_kind(arn) for arn in self._arns}
        return {
            (name(one), arn)
            for one in (*self._of("aws:iam/policy:Policy"), *self._of("aws:iam/rolePolicy:RolePolicy"))
            for statement in statements(one["outputs"]["policy"])
            if statement["Effect"] == "Allow"
            for arn in as_list(statement["Resource"])
            if arn != "*" and arn.split(":")[4] in ("", self._account) and _kind(arn) in kinds
            if not any(_covers(arn, known) for known in self._arns)
        }

    def keys(self) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
        """Key and service: who may use a key and has nothing to use it for; who has something, and may not."""
        unused, missing = set(), set()
        for key in self._of("aws:kms/key:Key"):
            named = self._naming(key, None, by=("arn", "keyId"))
            # What is encrypted with the key, or says so of a bucket, and what in turn names one of these.
            kept = [*named, *(bucket for one in named for bucket in self._bucket_of(one))]
            users = [*named, *(user for one in kept for user in self._naming(one))]
            granted = {service for one in statements(key["outputs"]["policy"]) for service in _acting_services(one)}
            unused |= {(name(key), service) for service in granted if not any(_acts(service, one) for one in users)}
            needed = {service for service in ACTS for one in named if _acts(service, one) and service not in ROLE_ONLY}
            missing |= {(name(key), service) for service in needed - granted}
        return unused, missing

    def groups(self) -> set[str]:
        """Security groups that nothing is in, and rules that let in a group which the plan does not make."""
        own = self._of("aws:ec2/securityGroup:SecurityGroup")
        rules = [one for one in self._all if one["type"].startswith("aws:vpc/securityGroup")]
        known = {one["id"] for one in own}
        known |= {one["outputs"]["vpcConfig"]["clusterSecurityGroupId"] for one in self._of("aws:eks/cluster:Cluster")}
        empty = {name(one) for one in own if all(user in rules for user in self._naming(one))}
        foreign = {
            name(one)
            for one in rules
            for side in ("securityGroupId", "referencedSecurityGroupId")
            if one["inputs"].get(side, next(iter(known), "")) not in known
        }
        return empty | foreign

    def documents(self) -> set[tuple[str, str]]:
        """Resource policy and principal, where nothing in the plan acts as that principal on the resource."""
        return {
            (name(one), principal)
            for one in self._all
            if one["type"] in DOCUMENTS
            for kind, principal in _principals(one["outputs"]["policy"])
            if kind != "Service" or not any(self._acting(_service(principal), held) for held in self._subjects(one))
        }

    def _of(self, kind: str) -> list[Resource]:
        return [one for one in self._all if one["type"] == kind]

    def _naming(
        self, target: Resource, types: Sequence[str] | None = None, by: Sequence[str] = HANDLES
    ) -> list[Resource]:
        """The resources whose inputs name another one, in order to use it."""
        known = {**target["outputs"], "id": target["id"]}
        handles = {str(known[key]) for key in by if known.get(key)}
        pattern = re.compile("|".join(rf"(?<![\w-]){re.escape(handle)}(?![\w-])" for handle in sorted(handles)))
        return [
            one
            for one in self._all
            if one["urn"] != target["urn"]
            and (one["type"] in types if types else one["type"] not in SILENT)
            and pattern.search(self._texts[one["urn"]])
        ]

    def _acting(self, service: str, target: Resource) -> bool:
        return any(_acts(service, one) for one in self._naming(target))

    def _bucket_of(self, setting: Resource) -> list[Resource]:
        if setting["type"] != f"aws:{ACTS['s3'][0]}":
            return []
        return [one for one in self._of("aws:s3/bucket:Bucket") if one["id"] == setting["inputs"]["bucket"]]

    def _subjects(self, document: Resource) -> list[Resource]:
        named = {document["inputs"][key] for key in SUBJECT if key in document["inputs"]}
        return [
            one for one in self._all if one["type"] not in DOCUMENTS and named & {one["id"], one["outputs"].get("arn")}
        ]


ROLE_ONLY = {
    *(
        "codebuild",
        "delivery.logs",
        "ecs-tasks",
        "logdelivery.elasticloadbalancing",
        "logging.s3",
        "monitoring.rds",
        "pods.eks",
    ),
    "vpc-flow-logs",
}
"""Services of `ACTS` that need no key of their own: another one encrypts for them."""


def _acts(service: str, one: Resource) -> bool:
    if service == "sns delivering" and one["inputs"].get("protocol") != "sqs":
        return False
    return one["type"].removeprefix("aws:") in ACTS.get(service, ())


def _principals(document: str) -> Iterator[tuple[str, str]]:
    """Kind and name of everybody to whom a document allows something."""
    for one in statements(document):
        if one["Effect"] == "Allow":
            given = one["Principal"] if isinstance(one["Principal"], dict) else {"AWS": one["Principal"]}
            yield from ((kind, part) for kind, value in given.items() for part in as_list(value))


def _service(principal: str) -> str:
    """`logs` of `logs.eu-central-1.amazonaws.com`."""
    return re.sub(r"(\.[a-z]+-[a-z]+-\d)?\.amazonaws\.com$", "", principal)


def _acting_services(statement: Mapping[str, Any]) -> Iterator[str]:
    """The services that a statement of a key policy speaks of: by their own name, or for whom they act."""
    for part in as_list(statement["Principal"].get("Service", [])):
        # A topic uses its own key with the rights of who publishes; by its own name, that of the queue it sends to.
        yield "sns delivering" if part == "sns.amazonaws.com" else _service(part)
    for condition in statement.get("Condition", {}).values():
        yield from map(_service, as_list(condition.get("kms:ViaService", [])))
        for role in as_list(condition.get("aws:PrincipalArn", [])):
            yield from (_service(part) for part in re.findall(r"aws-service-role/([^/]+)/", role))
        if "Service" not in statement["Principal"]:
            yield from (key.split(":")[3] for key in condition if key.startswith("kms:EncryptionContext:aws:"))


def _kind(arn: str) -> tuple[str, str]:
    """Service and type of what an ARN names; the type is empty where the service has one only."""
    _, _, service, _, _, rest = arn.split(":", 5)
    return service, re.split("[:/]", rest)[0] if re.search("[:/]", rest) and service != "s3" else ""


def _covers(granted: str, known: str) -> bool:
    """Whether a granted ARN, wildcards and all, means a resource, a part of it or a version of it."""
    return (
        fnmatchcase(known, granted)
        or bool(re.match(rf"{re.escape(known)}[/:]", granted))
        or known.startswith(f"{granted}:")
    )
