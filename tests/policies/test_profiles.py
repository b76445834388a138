from itertools import pairwise
from pathlib import Path

import pytest

from policies import profiles
from policies.profiles import PROFILES, VARIABLE, Level, Profile, ProfileError, Severity, profile_of, read

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
            len(profile.private_endpoints),
            profile.serving_gpus_on_demand,
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


OWN = (Path(profiles.__file__).parent / "environments" / "dev.yaml").read_text()


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "own.yaml"
    file.write_text(OWN)
    return file


def test_a_level_of_a_rule_wins_over_its_severity(own: Path) -> None:
    own.write_text(f"{OWN}levels: {{key-without-rotation: mandatory, untagged-resource: disabled}}\n")
    profile = read(own)
    assert profile.level(Severity.MEDIUM) is Level.ADVISORY
    assert profile.level(Severity.MEDIUM, "key-without-rotation") is Level.MANDATORY
    assert profile.level(Severity.HIGH, "untagged-resource") is Level.DISABLED


def test_another_project_brings_its_own_for_every_stack(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(own))
    assert profile_of("prod").environment == profile_of("whatever").environment == "own"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            ("mandatory_from: high", "mandatory_from: urgent"),
            "mandatory_from is 'urgent', must be one of low, medium, high, critical",
        ),
        (
            ("key_deletion_days: 7", "key_deletion_days: 3"),
            "key_deletion_days is 3, must be greater than or equal to 7",
        ),
        (("compliance_mode: false", "compliance_mode: maybe"), "compliance_mode is 'maybe', must be a valid boolean"),
        (("deletion_protection: false\n", ""), "deletion_protection is not set: Whether what holds data must be"),
        (("mandatory_from:", "mandatory_form:"), "mandatory_form is no field of a profile; there are mandatory_from, "),
        (
            ("key_deletion_days:", "levels: {untagged-resource: loud}\nkey_deletion_days:"),
            "levels.untagged-resource is 'loud', must",
        ),
        (
            ("key_deletion_days:", "levels: {untaged-resource: advisory}\nkey_deletion_days:"),
            "levels: there is no rule 'untaged-resource'; did you mean untagged-resource?",
        ),
        (
            ("key_deletion_days:", "exemption_days: {critical: 0}\nkey_deletion_days:"),
            "exemption_days.critical is 0, must be greater than or equal to 1",
        ),
        ((OWN, "- a list"), "must be a mapping of mandatory_from"),
        ((OWN, "a: ["), "expected the node content"),
    ],
)
def test_a_refusal_names_file_field_value_and_what_is_allowed(own: Path, change: tuple[str, str], reason: str) -> None:
    own.write_text(own.read_text().replace(*change))
    with pytest.raises(ProfileError) as error:
        read(own)
    assert str(error.value).startswith(f"{own}: ")
    assert reason in str(error.value)


def test_what_is_shipped_names_rules_that_exist() -> None:
    for environment in PROFILES:
        assert read(Path(profiles.__file__).parent / "environments" / f"{environment}.yaml") == PROFILES[environment]
