"""Settings: what the shipped file says, and what a wrong one is told."""

import copy
import functools
import json
import shutil
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from pydantic import ValidationError

from stacks import settings as module
from stacks.settings import Settings, SettingsError
from tests.components.conftest import Recorder

DELETE = object()
ROOT = Path(__file__).parents[2]


def shipped(stack: str) -> dict[str, Any]:
    config = copy.deepcopy(read((module.DIRECTORY / f"Pulumi.{stack}.yaml").read_text()))
    return {key.removeprefix("ml-platform:"): value for key, value in config.items()}


@functools.cache
def read(text: str) -> dict[str, Any]:
    """The settings of a file; a hundred tests start from the same four."""
    return yaml.safe_load(text)["config"]


def local() -> dict[str, Any]:
    return shipped("local")


def changed(values: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A copy with values at paths (dots written as `__`) set or deleted."""
    values = copy.deepcopy(values)
    for path, value in changes.items():
        *outer, last = cast("list[Any]", path.split("__"))
        target: Any = values
        for part in outer:
            target = target[part]
        last = int(last) if isinstance(target, list) else last
        if value is DELETE:
            del target[last]
        else:
            target[last] = value
    return values


def prod() -> dict[str, Any]:
    return shipped("prod")


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


@pytest.mark.parametrize("stack", sorted(file.name.split(".")[1] for file in module.DIRECTORY.glob("Pulumi.*.yaml")))
def test_every_shipped_file_is_right(stack: str) -> None:
    settings = Settings.from_file(stack)
    assert settings.stack == stack
    assert settings.environment.protected is settings.deletion_protection


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


def test_backups_are_kept_as_long_as_their_lock_says() -> None:
    lines = refusal(changed(prod(), backups__dailyDays=29))
    assert lines == ["ml-platform:backups.dailyDays = 29: allowed: backups.lock.days, 30, or more"]


def test_protection_is_lifted_only_by_decommission() -> None:
    assert Settings.parse(prod()).protected
    assert not Settings.parse(changed(prod(), decommission=True)).protected


def test_a_layer_has_the_settings_of_its_environment(directory: Path) -> None:
    shutil.copy(ROOT / "stacks" / "Pulumi.dev.yaml", directory)
    file = directory / "Pulumi.dev-models.yaml"
    file.write_text("config: {ml-platform:environment: dev, ml-platform:layer: models}")
    settings = Settings.from_file("dev-models")
    assert settings == Settings.parse(changed(shipped("dev"), layer="models"))
    assert settings.stacks_above == []
    assert Settings.from_file("dev").stacks_above == []
    file.write_text("config: {ml-platform:environment: dev, ml-platform:layer: models, ml-platform:owner: me}")
    with pytest.raises(
        SettingsError, match=r"ml-platform:owner: not in Pulumi\.dev-models\.yaml; it names environment"
    ):
        Settings.from_file("dev-models")
    file.write_text("config: {ml-platform:environment: dev, ml-platform:layer: platform}")
    with pytest.raises(SettingsError, match=r'layer = "platform": allowed in Pulumi\.dev-models\.yaml: dev-models'):
        Settings.from_file("dev-models")


def test_a_layer_knows_what_stands_on_it() -> None:
    assert Settings.parse(changed(shipped("dev"), layer="foundation")).stacks_above == ["dev-platform", "dev-models"]


@pytest.mark.parametrize("protected", [True, False])
def test_dev_may_be_protected_or_not(protected: bool) -> None:
    settings = Settings.parse(changed(shipped("dev"), deletionProtection=protected))
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
    with pytest.raises(SettingsError, match=r"stacks/Pulumi\.local\.yaml(:2)? is not a stack configuration"):
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
