"""The edges of a plan: which workload calls which AWS service for which resource, read from the roles' policies."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from access.conditions import Condition
from access.document import Policy, Statement
from access.reach import jobs, services
from access.reach.plan import NotKnownError, Plan, Resource
from access.reach.workloads import PROJECT, Workload, identity_policies, workloads
from access.truth import UNKNOWN

DATABASES = {
    "rds-db": ("aws:rds/instance:Instance", "resourceId"),
    "elasticache": ("aws:elasticache/replicationGroup:ReplicationGroup", "arn"),
}
"""Service in actions that sign in, to the type that is signed in to and the property that names it in the ARN."""
PASSWORD = "sign in with a password"
"""Stands for the action of a request to a database that no policy of AWS judges.

A workload sends it that may read the administrator's password, which RDS keeps in a secret of its own:
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
"""
POLICY_TYPES = {
    "aws:dynamodb/table:Table": ("aws:dynamodb/resourcePolicy:ResourcePolicy", "resourceArn", "arn"),
    "aws:ecr/repository:Repository": ("aws:ecr/repositoryPolicy:RepositoryPolicy", "repository", "name"),
    "aws:s3/bucket:Bucket": ("aws:s3/bucketPolicy:BucketPolicy", "bucket", "id"),
    "aws:secretsmanager/secret:Secret": ("aws:secretsmanager/secretPolicy:SecretPolicy", "secretArn", "arn"),
    "aws:sns/topic:Topic": ("aws:sns/topicPolicy:TopicPolicy", "arn", "arn"),
    "aws:sqs/queue:Queue": ("aws:sqs/queuePolicy:QueuePolicy", "queueUrl", "url"),
}
"""Type to the type of its policy, the property there that names it, and its own property that is named."""
UNKNOWN_RESOURCE = "not known"


@dataclass(frozen=True)
class Call:
    """One request of an edge.

    Attributes:
        action: Such as `s3:GetObject`; a wildcard of the policy stands for a name of its kind.
        resource: ARN without wildcards, or `*`.
        context: What a request has to send to meet the conditions of the statement that allows it.
    """

    action: str
    resource: str
    context: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Edge:
    """What a workload wants of a resource.

    Attributes:
        workload: Who calls.
        service: Service in IAM actions, such as `s3`.
        resource: What is called for, such as `s3/artifacts/models/fraud/*`: service, name in the plan, rest.
        arn: The ARN as the policy has it.
        calls: The requests.
        target: The resource of the plan, if it is in it.
        download: What the nodes download, if the edge is one of those.
    """

    workload: Workload
    service: str
    resource: str
    arn: str
    calls: tuple[Call, ...]
    target: Resource | None = None
    download: services.Download | None = None

    @property
    def is_signed(self) -> bool:
        """Whether the workload signs its requests as its role."""
        return self.download is None and self.calls[0].action != services.ASSUME

    @property
    def name(self) -> str:
        """How the edge is shown."""
        return f"{self.workload.name} -> {self.resource}"

    @property
    def by_role(self) -> bool:
        """Whether the workload's role sends the requests to AWS, so that its policies and the resource's judge them."""
        elsewhere = self.service in (services.GITHUB, services.KUBERNETES)
        return self.is_signed and not elsewhere and all(call.action != PASSWORD for call in self.calls)


def edges(plan: Plan) -> tuple[Edge, ...]:
    """Every edge of the plan, by workload and resource."""
    found = [edge for workload in workloads(plan) for edge in _tried(plan, workload)]
    return tuple(sorted(found, key=lambda one: (one.workload.name, one.resource, one.arn)))


def _tried(plan: Plan, workload: Workload) -> list[Edge]:
    try:
        return list(_of(plan, workload))
    except NotKnownError:
        return [Edge(workload, "", UNKNOWN_RESOURCE, "", ())]


def _of(plan: Plan, workload: Workload) -> Iterator[Edge]:
    if workload.role is None:
        yield Edge(workload, "", UNKNOWN_RESOURCE, "", ())
        return
    if workload.is_runner:
        yield from _of_job(plan, workload, workload.role)
        return
    policies = identity_policies(plan, workload.role)
    wanted: dict[tuple[str, str], list[Call]] = {}
    for policy in policies:
        if policy.statements is UNKNOWN:
            yield Edge(workload, "", f"{UNKNOWN_RESOURCE}: what {policy.name} allows", "", ())
    statements = list(_allowing(policies))
    lent = {str(arn) for one in statements if "kms:CreateGrant" in one.actions for arn in one.resources or ()}
    for statement in statements:
        for arn, call in _calls(plan, statement, lent):
            calls = wanted.setdefault((_group(call.action), arn), [])
            calls += [] if call in calls else [call]
    for (_, arn), calls in wanted.items():
        service = calls[0].action.partition(":")[0]
        target = _target(plan, service, arn)
        yield Edge(workload, service, _shown(service, arn, target), arn, tuple(calls), target)
        if service == "secretsmanager" and target and target.type == DATABASES["rds-db"][0]:
            shown = f"rds-db/{target.name}/{target.get('username')}"
            yield Edge(workload, "rds-db", shown, target.get("arn"), (Call(PASSWORD, target.get("arn")),), target)
    if workload.is_node:
        yield from _downloads(plan, workload, {call.action for calls in wanted.values() for call in calls})


def _of_job(plan: Plan, workload: Workload, role: Resource) -> Iterator[Edge]:
    for project in plan.of(PROJECT):
        if workload.name == f"runner/{project.name}":
            for one in jobs.wanted(plan, project, role):
                service, calls = one.action.partition(":")[0], (Call(one.action, one.resource),)
                yield Edge(workload, service, one.shown, one.resource, calls, one.target)


def _allowing(policies: Iterable[Policy]) -> Iterator[Statement]:
    for policy in policies:
        for one in policy.known:
            # What a NotAction or NotResource allows is no list of calls.
            if one.allows and not one.excludes_actions and not one.excludes_resources:
                yield one


def _calls(plan: Plan, statement: Statement, lent: set[str]) -> Iterator[tuple[str, Call]]:
    """The ARN as it is shown, and a call, for each action and resource of a statement.

    Args:
        plan: The plan.
        statement: The statement.
        lent: ARNs of keys that the role lends to AWS services by grants; these encrypt, not the caller.
    """
    context = tuple(sorted(_context(statement.conditions).items()))
    for action in map(str, statement.actions):
        if action in services.NOT_CALLED or (action.startswith("kms:") and not _direct(action)):
            continue
        for arn in map(str, statement.resources or ("*",)):
            if action.startswith("kms:") and arn in lent:
                continue
            for one in _matching(plan, arn) or [arn]:
                yield one, Call(_sample(action), _concrete(plan, one), context)


def _direct(action: str) -> bool:
    """Whether a client asks KMS for it itself."""
    return action.startswith(services.DIRECT_KEY_ACTIONS)


def _matching(plan: Plan, arn: str) -> list[str]:
    """The ARNs in the plan that a pattern stands for, such as `secret:secrets-*`; of types with policies of their own.

    A pattern of objects in a bucket stands for one object, and one of what has no policy for any of its kind.
    """
    if arn == "*" or not arn.endswith("*") or arn.split(":")[2] == "s3":
        return []
    pattern = re.compile(re.escape(arn).replace(r"\*", ".*"))
    return sorted(one for one, made in plan.arns.items() if made.type in POLICY_TYPES and pattern.fullmatch(one))


def _context(conditions: Iterable[Condition]) -> dict[str, Any]:
    """What a request sends that meets conditions: the first value of each, without wildcards."""
    found: dict[str, Any] = {}
    for one in conditions:
        if one.plain_operator == "null":
            if str(one.values[0]).lower() == "false":
                found.setdefault(one.key, "any")
        elif "not" not in one.plain_operator and one.values[0] is not UNKNOWN:
            found[one.key] = _sample(str(one.values[0]))
    return found


def _group(action: str) -> str:
    return services.endpoint_of(action) or action.partition(":")[0]


def _target(plan: Plan, service: str, arn: str) -> Resource | None:
    """The resource of the plan that an ARN is of, or a part of."""
    if service in DATABASES:
        token, key = DATABASES[service]
        return next((one for one in plan.of(token) if str(one.get(key)) in arn), None)
    if database := next((one for one in plan.of(DATABASES["rds-db"][0]) if _has_password(one, arn)), None):
        return database
    known = [one for one in plan.arns if arn == one or arn.startswith((f"{one}/", f"{one}:"))]
    return plan.arns[max(known, key=len)] if known else None


def _has_password(database: Resource, arn: str) -> bool:
    """Whether RDS keeps the administrator's password of a database in a secret."""
    secrets = database.properties.get("masterUserSecrets")
    known = [one for one in secrets if isinstance(one, Mapping)] if isinstance(secrets, list) else []
    return any(one.get("secretArn") == arn for one in known)


def _shown(service: str, arn: str, target: Resource | None) -> str:
    if target is None:
        return f"{service}/{arn.split(':', 5)[5] if arn.count(':') > 4 else arn}"
    own = str(target.get("arn"))
    rest = arn.removeprefix(own) if arn.startswith(own) else ""
    if service in DATABASES:
        rest = "/" + arn.rpartition("/")[2] if service == "rds-db" else ""
    return f"{service}/{target.name}{rest}"


def _downloads(plan: Plan, workload: Workload, actions: set[str]) -> Iterator[Edge]:
    for one in services.DOWNLOADS:
        if one.needs and one.needs not in actions:
            continue
        bucket = one.bucket.format(region=plan.region)
        arn = f"arn:aws:s3:::{bucket}/*"
        call = Call("s3:GetObject", f"arn:aws:s3:::{bucket}/x")
        yield Edge(workload, "s3", f"s3/{bucket}", arn, (call,), None, one)
    yield Edge(workload, "sts", "sts/*", "*", (Call("sts:GetCallerIdentity", "*"),))


def _sample(pattern: str) -> str:
    """A text that a pattern stands for."""
    return pattern.replace("*", "x").replace("?", "x")


def _concrete(plan: Plan, arn: str) -> str:
    """An ARN that a pattern stands for, of this account and region."""
    if arn == "*" or "*" not in arn:
        return arn
    parts = arn.split(":", 5)
    here = {3: plan.region, 4: plan.account}
    return ":".join(here.get(number, one) if one == "*" else _sample(one) for number, one in enumerate(parts))
