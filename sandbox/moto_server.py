"""The moto server, with two things put right: bucket policies with conditions, and what rules make of events."""

from typing import Any

from moto.events.models import Rule
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.server import main

_judge = IAMPolicyStatement.is_action_permitted
_send = Rule.send_to_targets


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


def _send_as_aws_does(self: Rule, event: Any, transform_input: bool = True) -> None:
    """Transform replayed events and those of S3 like all others, and set off no schedule by an event."""
    if not self.scheduled_expression:
        _send(self, {"ingestion-time": event["time"], **event})  # pyright: ignore[reportArgumentType]


if __name__ == "__main__":
    IAMPolicyStatement.is_action_permitted = _judge_conditions_as_unmet  # pyright: ignore[reportAttributeAccessIssue]
    Rule.send_to_targets = _send_as_aws_does  # pyright: ignore[reportAttributeAccessIssue]
    main()
