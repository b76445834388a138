"""What each environment demands: which findings stop a change, and the parameters of the rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType


class Severity(IntEnum):
    """How bad a finding is, in ascending order."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


class Level(StrEnum):
    """What a finding does to a change, in Pulumi's words."""

    ADVISORY = "advisory"
    MANDATORY = "mandatory"


@dataclass(frozen=True)
class Profile:
    """The demands of one environment.

    Attributes:
        environment: Its name.
        mandatory_from: The least severity whose findings stop a change.
        audit_retention_days: Least default retention of audit logs, in days.
        compliance_mode: Whether that retention must be one that nobody can shorten.
        deletion_protection: Whether buckets must be protected from deletion.
        key_deletion_days: Least waiting period of a deleted key, in days; KMS allows 7 to 30.
    """

    environment: str
    mandatory_from: Severity
    audit_retention_days: int
    compliance_mode: bool
    deletion_protection: bool
    key_deletion_days: int

    def level(self, severity: Severity) -> Level:
        """What a finding of this severity does here."""
        return Level.MANDATORY if severity >= self.mandatory_from else Level.ADVISORY


_ALL = (
    Profile(
        environment="local",
        mandatory_from=Severity.HIGH,
        audit_retention_days=1,
        compliance_mode=False,
        deletion_protection=False,
        key_deletion_days=7,
    ),
    Profile(
        environment="dev",
        mandatory_from=Severity.HIGH,
        audit_retention_days=7,
        compliance_mode=False,
        deletion_protection=False,
        key_deletion_days=7,
    ),
    Profile(
        environment="staging",
        mandatory_from=Severity.MEDIUM,
        # Six months, the least that Regulation (EU) 2024/1689 asks for logs of high-risk systems (articles 19, 26(6)).
        audit_retention_days=183,
        compliance_mode=False,
        deletion_protection=True,
        key_deletion_days=14,
    ),
    Profile(
        environment="prod",
        mandatory_from=Severity.LOW,
        audit_retention_days=365,
        compliance_mode=True,
        deletion_protection=True,
        key_deletion_days=30,
    ),
)

PROFILES: Mapping[str, Profile] = MappingProxyType({profile.environment: profile for profile in _ALL})


def profile_of(stack: str) -> Profile:
    """The profile of a stack, named alone or as `organization/project/stack`; an unknown name gets the strictest.

    A stack `<environment>-<layer>` is a layer of its environment.
    """
    return PROFILES.get(stack.rpartition("/")[2].partition("-")[0], PROFILES["prod"])
