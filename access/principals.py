"""The principal that makes a request, and whether the Principal element of a policy names it.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal",
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

import re
from dataclasses import dataclass
from enum import IntEnum

from access.document import Principals, Texts
from access.truth import UNKNOWN, Truth, both, either, negated

SERVICE_ROLE_PATH = ":role/aws-service-role/"


class Reach(IntEnum):
    """How closely a resource's policy names a principal; it decides which other policies limit the permission."""

    ACCOUNT = 1
    """The principal's account: its own policies decide."""
    ENTITY = 2
    """The role or user behind a session: boundary and session policies limit it."""
    DIRECT = 3
    """The principal itself, or `*`."""


@dataclass(frozen=True)
class Principal:
    """The principal that makes a request.

    Attributes:
        kind: `AWS`, `Service`, `Federated`, `CanonicalUser` or `Anonymous`.
        name: ARN of a user, role, session or account's root, or the name of a service or provider; empty if anonymous.
        entity: ARN of the role or user behind a session, and `name` itself where there is no session.
    """

    kind: str
    name: str = ""
    entity: str = ""

    @classmethod
    def aws(cls, arn: str) -> "Principal":
        """A user, a role or the root of an account, by its ARN."""
        return cls("AWS", arn, arn)

    @classmethod
    def session(cls, role: str, name: str) -> "Principal":
        """A session `name` of a role, by the role's ARN."""
        partition, account = role.split(":")[1], role.split(":")[4]
        return cls("AWS", f"arn:{partition}:sts::{account}:assumed-role/{role.rpartition('/')[2]}/{name}", role)

    @classmethod
    def service(cls, name: str) -> "Principal":
        """An AWS service that acts as itself, such as `events.amazonaws.com`."""
        return cls("Service", name, name)

    @classmethod
    def federated(cls, provider: str) -> "Principal":
        """A principal that an identity provider has authenticated, by the provider's ARN or domain."""
        return cls("Federated", provider, provider)

    @property
    def account(self) -> str:
        """The account that it belongs to; empty for services, providers and anonymous requests."""
        return self.name.split(":")[4] if self.kind == "AWS" else ""

    @property
    def is_root(self) -> bool:
        """Whether it is the root user of an account."""
        return self.name.endswith(":root")

    @property
    def is_service_linked(self) -> bool:
        """Whether it is a role that a service made for itself; control policies of organisations leave it alone."""
        return SERVICE_ROLE_PATH in self.entity

    @property
    def keys(self) -> dict[str, str]:
        """What every request of this principal sends about it, condition key to value."""
        keys = {"aws:PrincipalIsAWSService": str(self.kind == "Service").lower()}
        if self.kind == "Service":
            return {**keys, "aws:PrincipalServiceName": self.name}
        if self.kind == "Anonymous":
            return {**keys, "aws:PrincipalAccount": "anonymous", "aws:PrincipalType": "Anonymous"}
        if self.kind != "AWS":
            return keys
        federated = ":federated-user/" in self.name
        keys |= {"aws:PrincipalArn": self.name if federated else self.entity, "aws:PrincipalAccount": self.account}
        kinds = {":root": "Account", ":user/": "User", ":role/": "AssumedRole"}
        kind = next((kind for part, kind in kinds.items() if part in self.entity), "")
        keys["aws:PrincipalType"] = "FederatedUser" if federated else kind
        if kind == "User" and not federated:
            keys["aws:username"] = self.name.rpartition("/")[2]
        return keys


ANONYMOUS = Principal("Anonymous")
"""The principal of a request without credentials."""


def named(element: Principals, principal: Principal, reach: Reach, allows: bool) -> Truth:
    """Whether the element of a statement applies to a principal, named at least as closely as `reach`.

    AWS may look at the account first, then at the role, then at the session. NotPrincipal therefore spares a principal
    from a Deny only if it lists all of these, and keeps it from an Allow if it lists one.
    """
    if element.excluded:
        others = map(negated, _listed(element, principal))
        return both(others) if allows else either(others)
    return either(_is(name, kind, principal, reach) for kind, names in element.names.items() for name in names)


def _listed(element: Principals, principal: Principal) -> list[Truth]:
    """For the principal and each of its parents, whether the element lists it."""
    names = element.names.get(principal.kind if principal.kind != "Anonymous" else "AWS", ())
    account = f"arn:{principal.name.split(':')[1]}:iam::{principal.account}:root" if principal.account else ""
    parents = dict.fromkeys(one for one in (principal.name, principal.entity, account) if one)
    return [_lists(names, one) for one in parents] or [_lists(names, "*")]


def _lists(names: Texts, wanted: str) -> Truth:
    accounts = {wanted, wanted.split(":")[4]} if wanted.endswith(":root") else {wanted}
    return either(UNKNOWN if one is UNKNOWN else one in {*accounts, "*"} for one in names)


def _is(name: object, kind: str, principal: Principal, reach: Reach) -> Truth:
    if name is UNKNOWN:
        return UNKNOWN if kind in (principal.kind, "AWS") else False
    if name == "*":
        return kind in ("AWS", principal.kind)
    if kind != principal.kind:
        return False
    if kind != "AWS":
        return name == principal.name
    if name == principal.name and not principal.is_root:
        found = Reach.DIRECT if not _is_role(principal) else Reach.ENTITY
    elif name == principal.entity and not principal.is_root:
        found = Reach.ENTITY
    elif re.fullmatch(rf"{principal.account}|arn:[^:]+:iam::{principal.account}:root", str(name)):
        # The root user is the account.
        found = Reach.DIRECT if principal.is_root else Reach.ACCOUNT
    else:
        return False
    return found >= reach


def _is_role(principal: Principal) -> bool:
    """Whether the request names a role without its session."""
    return ":role/" in principal.name
