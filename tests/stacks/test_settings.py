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
from tests.components.conftest import Recorder

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
    for model, field in ((settings, "region"), (settings.keys, "rotation_days"), (settings.audit.lock, "days")):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(model, field, getattr(model, field))


def test_prod_can_be_right() -> None:
    assert Settings.parse(prod()).environment.protected


STORE = {"dataClass": "confidential", "noncurrentVersionDays": 7}
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
        ({"keys": DELETE}, "keys: missing"),
        ({"keys__users": []}, "keys.users: no such setting; allowed here: dataClasses, administrators, del"),
        ({"keys__deletionWindowDays": DELETE}, "keys.deletionWindowDays: missing; add days before"),
        ({"keys__deletionWindowDays": 7.5}, "keys.deletionWindowDays = 7.5: input should be a valid integer"),
        ({"keys__dataClasses__Bad Name": {}}, 'dataClasses.Bad Name.[key] = "Bad Name": allowed: 3 to 32'),
        ({"keys": {}}, "keys.dataClasses: missing; add a key for each data class"),
        ({"keys__dataClasses": {}}, "keys.dataClasses = {}: dictionary should have at least 1 item"),
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
        ({"accessLogs": {}}, "accessLogs.retentionDays: missing; add days until an access log expires"),
        ({"accessLogs__days": 1}, "accessLogs.days: no such setting; allowed here: retentionDays"),
        ({"accessLogs__retentionDays": "week"}, 'accessLogs.retentionDays = "week": input should be a valid integer'),
        ({"stores": DELETE}, "stores: missing"),
        ({"stores__B": {}}, 'stores.B.[key] = "B": allowed: 3 to 32'),
        ({"stores__artifacts__dataClass": DELETE}, "stores.artifacts.dataClass: missing; add names the key"),
        ({"stores": {}}, "stores = {}: dictionary should have at least 1 item"),
        (
            {"stores__artifacts__dataClass": "secret"},
            'stores.artifacts.dataClass = "secret": allowed: a data class that',
        ),
        ({"stores__artifacts__prefixes": []}, "stores.artifacts.prefixes = []: tuple should have at least 1 item"),
        ({"stores__artifacts__prefixes": ["/models"]}, 'stores.artifacts.prefixes.0 = "/models": allowed: a path'),
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
        (
            {"stores__artifacts__replica": {**REPLICA, "region": "eu-north-1"}},
            f'replica.kmsKeyArn = "{REPLICA["kmsKeyArn"]}": allowed: a key in eu-north-1',
        ),
        (
            {"stores__artifacts__replica": {**REPLICA, "key": "k"}},
            "artifacts.replica.key: no such setting; allowed here: region, kmsKeyArn",
        ),
        (
            {"stores__artifacts__replica": REPLICA, "stores__artifacts-replica": {**STORE, "prefixes": ["a"]}},
            "stores.artifacts-replica",
        ),
        ({"stores__artifacts__replica": {"region": "eu-west-1"}}, "replica.kmsKeyArn: missing; add key in that region"),
        ({"audit__dataClass": "logs"}, 'audit.dataClass = "logs": allowed: a data class that keys.dataClasses defines'),
        ({"audit__lock__day": 1}, "audit.lock.day: no such setting; allowed here: mode, days"),
        ({"audit__logGroupDays": 2}, "audit.logGroupDays = 2: "),
        ({"audit__lock": DELETE}, "audit.lock: missing; add write-once retention"),
        ({"audit__trail": "t"}, "audit.trail: no such setting; allowed here: dataClass, lock, logGroupDays"),
        ({"audit": DELETE}, "audit: missing"),
        ({"audit": "yes"}, 'audit = "yes": input should be a valid dictionary'),
    ],
)
def test_a_wrong_setting_is_refused_by_path_value_and_what_is_allowed(change: dict[str, Any], told: str) -> None:
    lines = refusal(changed(local(), **change))
    assert any(told in line and line.startswith("ml-platform:") for line in lines), lines


@pytest.mark.parametrize(
    ("path", "least", "most"),
    [
        ("keys.deletionWindowDays", 7, 30),
        ("keys.rotationDays", 90, 2560),
        ("accessLogs.retentionDays", 1, 3650),
        ("stores.artifacts.noncurrentVersionDays", 1, 3650),
        ("audit.lock.days", 1, 36500),
    ],
)
def test_a_number_has_bounds(path: str, least: int, most: int) -> None:
    key = path.replace(".", "__")
    for value in (least, most):
        Settings.parse(changed(local(), **{key: value}))
    for value, allowed in (
        (least - 1, f"greater than or equal to {least}"),
        (most + 1, f"less than or equal to {most}"),
    ):
        assert refusal(changed(local(), **{key: value})) == [f"ml-platform:{path} = {value}: input should be {allowed}"]


@pytest.mark.parametrize("days", [1, 3, 30, 365, 3653])
def test_a_log_group_keeps_events_as_long_as_cloudwatch_can(days: int) -> None:
    assert Settings.parse(changed(local(), audit__logGroupDays=days)).audit.log_group_days == days


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


@pytest.mark.parametrize("protected", [True, False])
def test_dev_may_be_protected_or_not(protected: bool) -> None:
    settings = Settings.parse(changed(local(), environment="dev", deletionProtection=protected))
    assert settings.deletion_protection is protected


def test_all_problems_are_told_at_once() -> None:
    single = refusal(changed(local(), account="1", region="x", owner=DELETE))
    assert [line.split()[0].rstrip(":") for line in single] == [
        "ml-platform:account",
        "ml-platform:region",
        "ml-platform:owner",
    ]
    together = refusal(changed(prod(), deletionProtection=False, audit__lock={"mode": "GOVERNANCE", "days": 1}))
    assert [line.split()[0] for line in together] == [
        "ml-platform:deletionProtection",
        "ml-platform:audit.lock.mode",
        "ml-platform:audit.lock.days",
    ]


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


def configure(monkeypatch: pytest.MonkeyPatch, values: dict[str, Any], stack: str = "local", **others: str) -> None:
    """What the engine tells a program: every value as text, whatever is no text as JSON."""
    given = {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
    config = {**{f"ml-platform:{key}": text for key, text in given.items()}, **others}
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps(config))
    Recorder().start(stack)


def test_the_engine_gives_the_same_settings_as_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, local(), **{"aws:region": "us-east-1", "ml-platform-other:owner": "x"})
    assert Settings.from_engine() == Settings.from_file("local")


def test_numbers_and_booleans_may_arrive_as_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = changed(local(), deletionProtection="false", keys__deletionWindowDays="7", audit__lock__days="1")
    configure(monkeypatch, texts)
    assert Settings.from_engine() == Settings.from_file("local")


def test_a_wrong_setting_of_the_engine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, changed(local(), audit__lock__days=0))
    with pytest.raises(SettingsError, match=r"ml-platform:audit\.lock\.days = 0"):
        Settings.from_engine()


def test_a_stack_cannot_run_with_the_settings_of_another_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, local(), stack="prod")
    with pytest.raises(SettingsError, match=r'environment = "local": allowed in Pulumi\.prod\.yaml: prod'):
        Settings.from_engine()


@pytest.mark.parametrize("text", ["{team", "[team", ""])
def test_a_text_that_is_no_json_is_refused_by_its_path(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    configure(monkeypatch, changed(local(), owner=text))
    with pytest.raises(SettingsError, match=r"ml-platform:owner = "):
        Settings.from_engine()


def test_settings_of_another_project_are_left_alone(directory: Path) -> None:
    file = directory / "Pulumi.local.yaml"
    file.write_text(file.read_text().replace("config:\n", "config:\n  ml-platform-other:owner: x\n"))
    assert Settings.from_file("local").owner == "ml-platform"
