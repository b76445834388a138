"""A request to AWS: its principal, action and resource, and the condition keys that it sends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from access.patterns import Context, Values
from access.principals import Principal
from access.truth import UNKNOWN, Unknown


@dataclass(frozen=True)
class Request:
    """A request to AWS.

    Attributes:
        principal: Who makes it.
        action: For example `kms:Decrypt`.
        resource: ARN, `*` for an action that has none, or `UNKNOWN`.
        context: Condition key, in any case, to what the request sends: a text, truth or number, a list for a key
            with several values, or `UNKNOWN`. Those of the principal (`Principal.keys`) are added.
        owner: Account of the resource. Default: the one in its ARN, else the principal's.
    """

    principal: Principal
    action: str
    resource: str | Unknown = "*"
    context: Mapping[str, Any] = field(default_factory=dict)
    owner: str = ""

    @property
    def account(self) -> str:
        """The account that the resource belongs to."""
        arn = self.resource.split(":") if isinstance(self.resource, str) else []
        return self.owner or (arn[4] if len(arn) > 4 else "") or self.principal.account

    @cached_property
    def keys(self) -> Context:
        """Every condition key of the request in lower case, with its values as texts."""
        own = {**self.principal.keys, "aws:ViaAWSService": False}
        if self.account:
            own["aws:ResourceAccount"] = self.account
        if self.action.lower().startswith("kms:") and self.principal.account:
            own["kms:CallerAccount"] = self.principal.account
        sent = {key.lower(): value for key, value in own.items()}
        sent |= {key.lower(): value for key, value in self.context.items()}
        return {key: _values(value) for key, value in sent.items()}


def _values(value: Any) -> Values | Unknown:
    if value is UNKNOWN:
        return UNKNOWN
    items = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    texts = (UNKNOWN if one is UNKNOWN else str(one).lower() if isinstance(one, bool) else str(one) for one in items)
    return tuple(one for one in texts if one != "")
