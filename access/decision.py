"""Whether AWS allows a request: how the policies of all kinds work together.

Sources: IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access" and "Cross-account
policy evaluation logic",
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
KMS Developer Guide, "Key policies in AWS KMS", https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from access.document import Policy
from access.principals import Reach
from access.request import Request
from access.statements import applies, shortfall
from access.truth import UNKNOWN, Truth, Unknown, both, either


class Outcome(Enum):
    """What AWS answers; `UNKNOWN` where a value that is not known decides it."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Policies:
    """The policies that apply to a request, those of each kind.

    Attributes:
        identity: Of the user or role, and of the groups of the user.
        resource: Of the resource; the key policy of a key, the trust policy of a role that is assumed.
        boundary: Permissions boundary of the user or role.
        session: Session policies of the request's session.
        service_control: Service control policies, a list for each level of the organisation from its root downwards.
        resource_control: Resource control policies, likewise.
        endpoint: Of the VPC endpoint that the request passes.
    """

    identity: Sequence[Policy] = ()
    resource: Policy | None = None
    boundary: Policy | None = None
    session: Sequence[Policy] = ()
    service_control: Sequence[Sequence[Policy]] = ()
    resource_control: Sequence[Sequence[Policy]] = ()
    endpoint: Policy | None = None


@dataclass(frozen=True)
class Decision:
    """What AWS answers, and why.

    Attributes:
        outcome: Allowed, denied or unknown.
        policy: Name of the policy that decided; of a refusal, of the one that should have allowed it.
        statement: Name of its statement that decided; empty if none did.
        reason: One sentence.
    """

    outcome: Outcome
    policy: str
    statement: str
    reason: str

    @property
    def allowed(self) -> bool:
        """Whether AWS allows the request, for sure."""
        return self.outcome is Outcome.ALLOWED


def decide(request: Request, policies: Policies) -> Decision:
    """What AWS answers to a request under some policies: an explicit Deny wins, and nothing is allowed by default."""
    if request.action.lower() == "sts:getcalleridentity" and request.principal.kind == "AWS":
        return Decision(Outcome.ALLOWED, "", "", "AWS allows sts:GetCallerIdentity to every principal")
    steps = [*_denials(request, policies), *_gates(request, policies), _grant(request, policies)]
    worst = next((one for one in steps if one.outcome is Outcome.DENIED), None)
    return worst or next((one for one in steps if one.outcome is Outcome.UNKNOWN), steps[-1])


def _denials(request: Request, policies: Policies) -> Iterator[Decision]:
    """The statements that deny the request, or may."""
    for policy in _applying(request, policies):
        if policy.statements is UNKNOWN:
            yield Decision(Outcome.UNKNOWN, policy.name, "", f"{policy.name}: it is not known, and may deny it")
        for one in policy.known:
            answer = False if one.allows else applies(one, request, Reach.ACCOUNT)
            if answer is not False:
                outcome = Outcome.DENIED if answer is True else Outcome.UNKNOWN
                reason = f"{policy.name}: {one.name} {'denies' if answer is True else 'may deny'} {request.action}"
                yield Decision(outcome, policy.name, one.name, reason)


def _applying(request: Request, policies: Policies) -> Iterator[Policy]:
    for level in (*_service_levels(request, policies), *_resource_levels(request, policies)):
        yield from level
    yield from filter(None, (policies.endpoint, policies.resource))
    if request.principal.kind == "AWS":
        yield from (*policies.identity, *filter(None, [policies.boundary]), *policies.session)


def _service_levels(request: Request, policies: Policies) -> Sequence[Sequence[Policy]]:
    """Service control policies limit principals of accounts, and no service and no service-linked role."""
    limited = request.principal.kind == "AWS" and not request.principal.is_service_linked
    return policies.service_control if limited else ()


def _resource_levels(request: Request, policies: Policies) -> Sequence[Sequence[Policy]]:
    return () if request.principal.is_service_linked else policies.resource_control


def _gates(request: Request, policies: Policies) -> Iterator[Decision]:
    """Policies that must allow what others grant, and grant nothing themselves."""
    levels = [*_service_levels(request, policies), *_resource_levels(request, policies)]
    for level in [*levels, *([[policies.endpoint]] if policies.endpoint else [])]:
        yield _step(request, level, allowed(level, request))


def _grant(request: Request, policies: Policies) -> Decision:
    """What grants the request: the resource's policy, the identity's policies, or both together."""
    resource = [policies.resource] if policies.resource else []
    direct, entity, account = (allowed(resource, request, reach) for reach in reversed(Reach))
    if request.principal.kind != "AWS":
        return _step(request, resource, direct, "resource policy")
    by_root = request.principal.is_root
    identity: Truth = by_root or allowed(policies.identity, request)
    foreign = request.principal.account != request.account
    needed: list[tuple[Truth, Sequence[Policy], str]] = []
    if foreign or _needs_resource_policy(request):
        needed.append((account, resource, "resource policy"))
    needed.append((identity if foreign else either((entity, identity)), policies.identity, "identity policy"))
    limits = [[policies.boundary]] if policies.boundary and not by_root else []
    for one in [*limits, *([policies.session] if policies.session else [])]:
        needed.append((allowed(one, request), one, "session policy"))
    answer = either((direct if not foreign else False, both(one for one, *_ in needed)))
    if answer is True:
        granting = [*resource, *policies.identity] if entity is True or len(needed) > 1 else policies.identity
        return _step(request, granting, True)
    _, lacking, kind = next(one for one in needed if one[0] is not True)
    return _step(request, lacking, answer, kind)


def _needs_resource_policy(request: Request) -> bool:
    """Whether AWS asks the resource's own policy in every case: keys, and roles that are assumed."""
    service, _, name = request.action.lower().partition(":")
    key = isinstance(request.resource, str) and ":key/" in request.resource
    return (service == "kms" and key) or (service == "sts" and name.startswith("assumerole"))


def allowed(policies: Iterable[Policy], request: Request, reach: Reach = Reach.ACCOUNT) -> Truth:
    """Whether some statement allows the request; denials are not asked."""
    return either(
        UNKNOWN
        if policy.statements is UNKNOWN
        else either(applies(one, request, reach) for one in policy.statements if one.allows)
        for policy in policies
    )


def _step(request: Request, policies: Sequence[Policy], answer: Truth, kind: str = "") -> Decision:
    name = policies[0].name if len(policies) == 1 else kind
    if answer is True:
        for policy in policies:
            for one in policy.known:
                if one.allows and applies(one, request, Reach.ACCOUNT) is True:
                    reason = f"{policy.name}: {one.name} allows {request.action}"
                    return Decision(Outcome.ALLOWED, policy.name, one.name, reason)
        return Decision(Outcome.ALLOWED, name, "", f"{name} allows {request.action}")
    outcome = Outcome.DENIED if answer is False else Outcome.UNKNOWN
    verb = "no statement allows" if answer is False else "it is not known whether a statement allows"
    who = request.principal.name or "an anonymous request"
    reason = f"{name}: {verb} {request.action} on {_shown(request.resource)} to {who}"
    if answer is False and (nearest := shortfall(policies, request)):
        reason += f"; {nearest}"
    return Decision(outcome, name, "", reason)


def _shown(value: str | Unknown) -> str:
    return value if isinstance(value, str) else "a resource that is not known yet"
