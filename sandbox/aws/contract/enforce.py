"""Refuses what AWS would refuse, when a resource is made or changed."""

from sandbox.aws.contract.account import LiveAccount
from sandbox.aws.contract.judge import Refusal, refusals
from sandbox.aws.contract.rows import ROWS
from sandbox.values import Properties, ResourceError

ENFORCED = [row for row in ROWS if not row.late and not row.advice]
"""Rows that the provider judges."""


def enforce(token: str, values: Properties, region: str) -> None:
    """Judge a resource by the policies that are in the account.

    Besides what AWS refuses, it refuses a policy that lets a service act for any account, which AWS only warns of.

    Raises:
        ResourceError: AWS could not do what the resource needs. It names the operation, the action, the nearest
            statement and AWS's page.
    """
    rows = [row for row in ENFORCED if row.type == token]
    account = LiveAccount(region) if rows else None
    found = [one for row in rows if account for one in refusals(row, values, account) if counts(one)]
    if found:
        raise ResourceError("; ".join(dict.fromkeys(map(str, found))))


def counts(refusal: Refusal) -> bool:
    """Whether the provider refuses a resource because of it."""
    return refusal.by_service or not refusal.open
