"""Settings: what the shipped file says, and what a wrong one is told."""

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from stacks import settings as module
from stacks.settings import Settings, SettingsError

DELETE = object()


def local() -> dict[str, Any]:
    document = yaml.safe_load((module.DIRECTORY / "Pulumi.local.yaml").read_text())
    return {key.removeprefix("ml-platform:"): value for key, value in document["config"].items()}


def changed(values: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A copy with values at paths (dots written as `__`) set or deleted."""
    values = copy.deepcopy(values)
    for path, value in changes.items():
        *outer, last = path.split("__")
        target = values
        for part in outer:
            target = target[part]
        if value is DELETE:
            del target[last]
        else:
            target[last] = value
    return values


def prod() -> dict[str, Any]:
    return changed(
        local(),
        environment="prod",
        deletionProtection=True,
        keys__deletionWindowDays=30,
        audit__lock={"mode": "COMPLIANCE", "days": 365},
    )


def refusal(values: dict[str, Any]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.parse(values)
    return str(caught.value).splitlines()


def test_the_shipped_file_is_right_and_frozen() -> None:
    settings = Settings.from_file("local")
    assert settings.regions == ["eu-central-1"]
    assert settings.stores["artifacts"].prefixes == ("models", "runs")
    with pytest.raises(ValidationError):
        settings.region = "eu-west-1"  # pyright: ignore[reportAttributeAccessIssue]


def test_prod_can_be_right() -> None:
    assert Settings.parse(prod()).environment.protected


REPLICA = {"region": "eu-west-1", "kmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/k"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"environment": "production"}, "environment = \"production\": input should be 'local', 'dev'"),
        ({"account": 123456789012}, "account = 123456789012: allowed: a text; put a number in quotes"),
        ({"account": "1234"}, 'account = "1234": allowed: 12 digits'),
        ({"account": DELETE}, "account: missing; add the only AWS account"),
        ({"region": "frankfurt"}, 'region = "frankfurt": allowed: an AWS region'),
        ({"owner": "A Team"}, 'owner = "A Team": allowed: 3 to 32'),
        ({"costCentre": ""}, 'costCentre = "": allowed: 3 to 32'),
        ({"cost_centre": "x"}, "cost_centre: no such setting; allowed here: environment, account"),
        ({"deletionProtection": "maybe"}, 'deletionProtection = "maybe": input should be a valid boolean'),
        ({"deletionProtection": True}, "deletionProtection = true: allowed in local: false"),
        ({"keys": {}}, "keys.dataClasses: missing; add a key for each data class"),
        ({"keys__dataClasses": {}}, "keys.dataClasses = {}: dictionary should have at least 1 item"),
        ({"keys__deletionWindowDays": 6}, "keys.deletionWindowDays = 6: input should be greater than or equal to 7"),
        ({"keys__deletionWindowDays": 31}, "keys.deletionWindowDays = 31: input should be less than or equal to 30"),
        ({"keys__rotationDays": 89}, "keys.rotationDays = 89: input should be greater than or equal to 90"),
        ({"keys__rotationDays": 2561}, "keys.rotationDays = 2561: input should be less than or equal to 2560"),
        ({"keys__administrators": ["root"]}, 'keys.administrators.0 = "root": allowed: the ARN'),
        ({"keys__dataClasses__confidential__users": ["*"]}, 'keys.dataClasses.confidential.users.0 = "*": allowed'),
        (
            {"keys__dataClasses__audit__services": ["sns"]},
            "services.0 = \"sns\": input should be 'cloudtrail' or 'logs'",
        ),
        (
            {"keys__dataClasses__audit__services": ["logs"]},
            'dataClasses.audit.services = ["logs"]: the audit trail encr',
        ),
        (
            {"keys__dataClasses__audit__user": []},
            "dataClasses.audit.user: no such setting; allowed here: users, services",
        ),
        ({"accessLogs__retentionDays": 0}, "accessLogs.retentionDays = 0: input should be greater than or equal to 1"),
        ({"accessLogs__retentionDays": "week"}, 'accessLogs.retentionDays = "week": input should be a valid integer'),
        ({"stores": {}}, "stores = {}: dictionary should have at least 1 item"),
        (
            {"stores__artifacts__dataClass": "secret"},
            'stores.artifacts.dataClass = "secret": allowed: a data class that',
        ),
        ({"stores__artifacts__prefixes": []}, "stores.artifacts.prefixes = []: tuple should have at least 1 item"),
        ({"stores__artifacts__prefixes": ["/models"]}, 'stores.artifacts.prefixes.0 = "/models": allowed: a path'),
        (
            {"stores__artifacts__noncurrentVersionDays": 0},
            "artifacts.noncurrentVersionDays = 0: input should be greater",
        ),
        ({"stores__artifacts__bucket": "b"}, "stores.artifacts.bucket: no such setting; allowed here: dataClass"),
        (
            {"stores__artifacts__lock": {"mode": "NONE", "days": 1}},
            'artifacts.lock.mode = "NONE": input should be \'GOV',
        ),
        ({"stores__artifacts__lock": {"mode": "COMPLIANCE", "days": 1}}, "allowed in local: GOVERNANCE"),
        ({"stores__artifacts__replica": {**REPLICA, "region": "eu-central-1"}}, "allowed: any other region than"),
        (
            {"stores__artifacts__replica": {**REPLICA, "kmsKeyArn": "k"}},
            'kmsKeyArn = "k": allowed: the ARN of a KMS key',
        ),
        ({"stores__artifacts__replica": {"region": "eu-west-1"}}, "replica.kmsKeyArn: missing; add key in that region"),
        ({"audit__dataClass": "logs"}, 'audit.dataClass = "logs": allowed: a data class that keys.dataClasses defines'),
        ({"audit__lock__days": 0}, "audit.lock.days = 0: input should be greater than or equal to 1"),
        ({"audit__lock__day": 1}, "audit.lock.day: no such setting; allowed here: mode, days"),
        ({"audit__logGroupDays": 3654}, "audit.logGroupDays = 3654: input should be less than or equal to 3653"),
        ({"audit": DELETE}, "audit: missing"),
        ({"audit": "yes"}, 'audit = "yes": input should be a valid dictionary'),
    ],
)
def test_a_wrong_setting_is_refused_by_path_value_and_what_is_allowed(change: dict[str, Any], told: str) -> None:
    lines = refusal(changed(local(), **change))
    assert any(told in line and line.startswith("ml-platform:") for line in lines), lines


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"deletionProtection": False}, "deletionProtection = false: allowed in prod: true"),
        ({"audit__lock__mode": "GOVERNANCE"}, 'audit.lock.mode = "GOVERNANCE": allowed in prod: COMPLIANCE'),
        ({"audit__lock__days": 364}, "audit.lock.days = 364: allowed in prod: 365 or more"),
        ({"keys__deletionWindowDays": 29}, "keys.deletionWindowDays = 29: allowed in prod: 30"),
        ({"environment": "staging", "deletionProtection": False}, "allowed in staging: true"),
    ],
)
def test_prod_and_staging_demand_more(change: dict[str, Any], told: str) -> None:
    (line,) = refusal(changed(prod(), **change))
    assert told in line


def test_all_problems_are_told_at_once() -> None:
    assert len(refusal(changed(local(), account="1", region="x", owner=DELETE))) == 3


def test_a_long_value_is_cut() -> None:
    (line,) = refusal(changed(local(), owner="X" * 500))
    assert len(line) < 200


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(module.DIRECTORY / "Pulumi.local.yaml", tmp_path)
    monkeypatch.setattr(module, "DIRECTORY", tmp_path)
    return tmp_path


@pytest.mark.parametrize("text", ["", "config", "config: [", "other: {}", "- a"])
def test_a_file_that_is_no_stack_configuration_is_refused(directory: Path, text: str) -> None:
    (directory / "Pulumi.local.yaml").write_text(text)
    with pytest.raises(SettingsError, match=r"stacks/Pulumi\.local\.yaml is not a stack configuration"):
        Settings.from_file("local")


def test_a_missing_file_tells_which_there_are(directory: Path) -> None:
    with pytest.raises(SettingsError, match=r"'prod' has no stacks/Pulumi\.prod\.yaml; there are: local"):
        Settings.from_file("prod")


def test_a_file_of_another_environment_is_refused(directory: Path) -> None:
    shutil.copy(directory / "Pulumi.local.yaml", directory / "Pulumi.dev.yaml")
    with pytest.raises(SettingsError, match=r'environment = "local": allowed in Pulumi\.dev\.yaml: dev'):
        Settings.from_file("dev")


def test_the_engine_gives_the_same_settings_as_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {key: value if isinstance(value, str) else json.dumps(value) for key, value in local().items()}
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps({f"ml-platform:{key}": text for key, text in given.items()}))
    assert Settings.from_engine() == Settings.from_file("local")
