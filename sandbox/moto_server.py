"""The moto server, with the one thing put right that would make the platform's stores unusable."""

from typing import Any

from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.server import main

_judge = IAMPolicyStatement.is_action_permitted


def _judge_conditions_as_unmet(
    self: IAMPolicyStatement, action: str, resource: str = "*", principal: str | None = None, *given: Any
) -> PermissionResult:
    """Let a statement under conditions say nothing; moto itself takes every one of them for a denial.

    A bucket whose policy denies plain HTTP would refuse every object. Trust policies, where moto does know the
    values, are judged as before.
    """
    if principal is None and self._statement.get("Condition"):
        return PermissionResult.NEUTRAL
    return _judge(self, action, resource, principal, *given)


if __name__ == "__main__":
    IAMPolicyStatement.is_action_permitted = _judge_conditions_as_unmet  # pyright: ignore[reportAttributeAccessIssue]
    main()
