from itertools import pairwise

import pytest

from policies.profiles import PROFILES, Level, Profile, Severity, profile_of

A, M = Level.ADVISORY, Level.MANDATORY


@pytest.mark.parametrize(
    ("environment", "levels"),
    [("local", [A, A, M, M]), ("dev", [A, A, M, M]), ("staging", [A, M, M, M]), ("prod", [M, M, M, M])],
)
def test_levels_of_low_to_critical(environment: str, levels: list[Level]) -> None:
    assert [PROFILES[environment].level(severity) for severity in Severity] == levels


def test_environments_get_stricter() -> None:
    def strictness(profile: Profile) -> tuple[float, ...]:
        return (
            -profile.mandatory_from,
            profile.audit_retention_days,
            profile.compliance_mode,
            profile.deletion_protection,
            profile.key_deletion_days,
            profile.database_backup_days,
            profile.multi_zone_databases,
            profile.permissions_boundary,
            -profile.secret_rotation_days,
            profile.documentation_days,
            profile.log_retention_days,
            len(profile.account_services),
            len(profile.watched_events),
            profile.replication,
            profile.in_service,
            -profile.review_days,
            -len(profile.image_registries),
            -len(profile.pod_security),
            profile.serving_replicas,
        )

    assert list(PROFILES) == ["local", "dev", "staging", "prod"]
    profiles = list(PROFILES.values())
    for laxer, stricter in pairwise(profiles):
        assert all(a <= b for a, b in zip(strictness(laxer), strictness(stricter), strict=True))


@pytest.mark.parametrize("stack", ["dev", "organization/ml-platform/dev", "dev-platform"])
def test_a_stack_has_the_profile_of_its_environment(stack: str) -> None:
    assert profile_of(stack).environment == "dev"


@pytest.mark.parametrize("stack", ["", "production", "Dev", "dev/prod2", "-dev"])
def test_an_unknown_stack_has_the_strictest(stack: str) -> None:
    assert profile_of(stack) is PROFILES["prod"]
