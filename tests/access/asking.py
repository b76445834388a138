"""Short ways to write documents and requests."""

from typing import Any

from access import Policies, Principal, Request, decide, read
from access.decision import Decision

ACCOUNT, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/worker"
USER = f"arn:aws:iam::{ACCOUNT}:user/carlos"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
BUCKET = "arn:aws:s3:::reports"
OBJECT = f"{BUCKET}/2026/may.csv"
KEY = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/11111111-2222"


def statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    """A statement on everything, but for the elements that are given; None leaves an element out."""
    action = {} if "NotAction" in elements else {"Action": "*"}
    resource = {} if "NotResource" in elements else {"Resource": "*"}
    found = {"Effect": effect, **action, **resource, **elements}
    return {key: value for key, value in found.items() if value is not None}


def document(*statements: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(statements)}


def ask(
    action: str = "s3:GetObject",
    resource: Any = OBJECT,
    principal: Principal | None = None,
    context: dict[str, Any] | None = None,
    owner: str = ACCOUNT,
    **policies: Any,
) -> Decision:
    """The decision; policies of each kind as documents, the resource's as `resource_policy`; some kinds take a list."""
    kinds: dict[str, Any] = {}
    for kind, found in policies.items():
        if kind in ("identity", "session"):
            kinds[kind] = [read(kind, one) for one in (found if isinstance(found, list) else [found])]
        elif kind in ("service_control", "resource_control"):
            kinds[kind] = [[read(kind, one) for one in level] for level in found]
        else:
            kinds[kind.removesuffix("_policy")] = read(kind, found)
    who = principal or Principal.session(ROLE, "session-1")
    return decide(Request(who, action, resource, context or {}, owner), Policies(**kinds))
