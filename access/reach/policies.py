"""What the policies on the way of a request answer, each on its own: the first that refuses is named."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from access import ANONYMOUS, UNKNOWN, Decision, Outcome, Policies, Policy, Principal, Request, decide, read
from access.reach.edges import POLICY_TYPES, Call, Edge
from access.reach.plan import Plan, Resource
from access.reach.services import KEY_USES
from access.reach.ways import Way
from access.reach.workloads import document_of, identity_policies

KEYS = {
    "aws:rds/instance:Instance": "masterUserSecretKmsKeyId",
    "aws:secretsmanager/secret:Secret": "kmsKeyId",
    "aws:sns/topic:Topic": "kmsMasterKeyId",
    "aws:sqs/queue:Queue": "kmsMasterKeyId",
}
"""Type to the property with its customer key; of a database, that of the secret with its password."""
KEY = "aws:kms/key:Key"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
AWS_ACCOUNT = "000000000000"
"""Stands for an account of AWS, of which only one thing counts: that it is not the plan's."""


@dataclass(frozen=True)
class Verdict:
    """What one kind of policy answers to an edge's requests: the worst of its decisions."""

    outcome: Outcome
    by: str
    why: str


def principal_of(edge: Edge) -> Principal:
    """The principal of an edge's requests: the role's session, a role in an account of AWS, or anonymous."""
    if edge.download:
        foreign = Principal.aws(f"arn:aws:iam::{AWS_ACCOUNT}:role/registry")
        return foreign if edge.download.signed else ANONYMOUS
    if not edge.is_signed:
        return ANONYMOUS
    assert edge.workload.role is not None
    return Principal.session(edge.workload.role.get("arn"), "workload")


class Judges:
    """The policies that apply to one edge, and what each kind of them answers.

    Raises:
        NotKnownError: A value that decides is known only after the update.
    """

    def __init__(self, plan: Plan, edge: Edge) -> None:
        self._plan, self._edge = plan, edge
        self._principal = principal_of(edge)
        role = edge.workload.role
        self._identity = identity_policies(plan, role) if role else []
        limit = role.get("permissionsBoundary") if role else None
        self._boundary = document_of(plan, limit) if limit else None
        self._resource = _of_resource(plan, edge.target)

    def identity(self) -> Verdict:
        """The role's policies, or the resource's own where that allows the role by itself."""
        alone = self._worst(Policies(identity=self._identity, resource=self._delegating))
        if alone.outcome is Outcome.ALLOWED or self._resource is None:
            return alone
        both = self._worst(Policies(identity=self._identity, resource=self._resource))
        return both if both.outcome is Outcome.ALLOWED else alone

    def boundary(self) -> Verdict | None:
        """The role's permissions boundary; None if it has none."""
        if self._boundary is None:
            return None
        found = self._worst(Policies(self._identity, self._resource, self._boundary))
        return _by(found, self._boundary)

    def resource(self) -> Verdict | None:
        """The resource's own policy; None if the plan has none."""
        if self._resource is None:
            return None
        return _by(self._worst(Policies(self._identity, self._resource)), self._resource)

    def key(self) -> Verdict | None:
        """The policy of the resource's customer key, and what the role may do with it; None if no key is used."""
        found = list(self._key_requests())
        return _worst(decide(*one) for one in found) if found else None

    def endpoint(self, way: Way) -> Verdict | None:
        """The policy of the VPC endpoint; None if the request passes none."""
        if way.endpoint is None:
            return None
        policy = read(f"policy of {way.endpoint.title}", way.endpoint.properties.get("policy", _DEFAULT))
        found = (
            decide(self._request(call), Policies([_ANYTHING], _own(self._edge), endpoint=policy))
            for call in self._edge.calls
        )
        return _by(_worst(found), policy)

    @property
    def _delegating(self) -> Policy | None:
        """For calls on a key, which AWS never allows without its policy: one that leaves it to the account's."""
        root = {"AWS": f"arn:aws:iam::{self._plan.account}:root"}
        return read("key policy", _everything(Principal=root)) if self._edge.service == "kms" else None

    def _worst(self, policies: Policies) -> Verdict:
        return _worst(decide(self._request(call), policies) for call in self._edge.calls)

    def _request(self, call: Call) -> Request:
        sent: dict[str, Any] = {
            "aws:RequestedRegion": self._plan.region,
            "aws:SecureTransport": True,
            "s3:TlsVersion": "1.3",
        }
        return Request(self._principal, call.action, call.resource, {**sent, **dict(call.context)})

    def _key_requests(self) -> Iterator[tuple[Request, Policies]]:
        target, region = self._edge.target, self._plan.region
        if target is None or (key := _key(self._plan, target)) is None:
            return
        policy = _key_policy(key)
        for call in self._edge.calls:
            for action in KEY_USES.get(call.action, ()):
                context: Mapping[str, Any] = {
                    "aws:RequestedRegion": region,
                    "aws:SecureTransport": True,
                    "kms:ViaService": f"{self._edge.service}.{region}.amazonaws.com",
                    **_encryption_context(self._edge, call),
                }
                request = Request(self._principal, action, key.get("arn"), context)
                yield request, Policies(self._identity, policy, self._boundary)


def _everything(**principal: Any) -> Mapping[str, Any]:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", **principal}
    return {"Version": "2012-10-17", "Statement": [statement]}


_DEFAULT = _everything(Principal="*")
"""What an endpoint has without a policy (AWS PrivateLink Guide, "Control access to VPC endpoints")."""
_ANYTHING = read("any identity policy", _everything())


def _own(edge: Edge) -> Policy | None:
    """What allows an unsigned request, or one of a foreign account: the policy of the bucket's owner, or STS itself."""
    return None if edge.is_signed else read("policy of the owner", _DEFAULT)


def _worst(decisions: Iterator[Decision]) -> Verdict:
    found = list(decisions)
    order = (Outcome.DENIED, Outcome.UNKNOWN, Outcome.ALLOWED)
    first = next(one for outcome in order for one in found if one.outcome is outcome)
    by = f"{first.policy}, {first.statement}" if first.statement else first.policy
    return Verdict(first.outcome, by or "AWS", first.reason)


def _by(verdict: Verdict, policy: Policy) -> Verdict:
    """The verdict as that of one policy: it allows what it does not refuse itself; another hop reports the others."""
    if policy.name in verdict.by or policy.name in verdict.why:
        return verdict
    return Verdict(Outcome.ALLOWED, policy.name, f"{policy.name} does not refuse it")


def _of_resource(plan: Plan, target: Resource | None) -> Policy | None:
    if target is None or target.type not in (KEY, *POLICY_TYPES):
        return None
    if target.type == KEY:
        return _key_policy(target)
    kind, by, named = POLICY_TYPES[target.type]
    found = plan.first(kind, by, target.get(named))
    return read(found.title, found.properties.get("policy", UNKNOWN)) if found else None


def _key_policy(key: Resource) -> Policy:
    return read(f"key policy of {key.title}", key.properties.get("policy", UNKNOWN))


def _key(plan: Plan, target: Resource) -> Resource | None:
    """The customer key of a resource, if it is in the plan."""
    if target.type == "aws:s3/bucket:Bucket":
        found = plan.first(ENCRYPTION, "bucket", target.get("id"))
        rules = found.all("rules") if found else []
        defaults = [one.get("applyServerSideEncryptionByDefault") or {} for one in rules]
        name = next((one["kmsMasterKeyId"] for one in defaults if one.get("kmsMasterKeyId")), None)
    else:
        name = target.get(KEYS[target.type]) if target.type in KEYS else None
    keys = plan.of(KEY)
    return (
        next((one for one in keys if name in (one.get("arn"), one.get("keyId"), one.get("id"))), None) if name else None
    )


def _encryption_context(edge: Edge, call: Call) -> Mapping[str, Any]:
    """What S3 and Secrets Manager send; with a bucket key S3 sends the bucket's ARN."""
    if edge.service == "s3":
        return {"kms:EncryptionContext:aws:s3:arn": call.resource.partition("/")[0]}
    return {"kms:EncryptionContext:SecretARN": call.resource} if edge.service == "secretsmanager" else {}
