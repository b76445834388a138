"""The file of settings: where a mistake is, all mistakes at once, and files that are none."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from stacks import settings as module
from stacks.settings import Settings, SettingsError
from tests.stacks.test_settings import DELETE, changed, shipped

FILE = "Pulumi.dev.yaml"


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of dev, to be changed."""
    shutil.copy(module.DIRECTORY / FILE, tmp_path)
    monkeypatch.setattr(module, "DIRECTORY", tmp_path)
    return tmp_path / FILE


def refusal(stack: str = "dev") -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_file(stack)
    return str(caught.value).splitlines()


def line_of(file: Path, text: str) -> int:
    (found,) = [number for number, line in enumerate(file.read_text().splitlines(), 1) if text in line]
    return found


def write(file: Path, values: dict[str, Any]) -> None:
    file.write_text(yaml.safe_dump({"config": {f"ml-platform:{key}": value for key, value in values.items()}}))


@pytest.mark.parametrize(
    ("change", "where", "told"),
    [
        ({"region": "mars"}, "ml-platform:region", 'ml-platform:region = "mars": allowed'),
        ({"audit__lock__days": 0}, "    days: 0", "ml-platform:audit.lock.days = 0: input should be"),
        ({"network__zones__1": "Frankfurt"}, "  - Frankfurt", 'network.zones.1 = "Frankfurt": allowed'),
        # What is missing is missing from what should hold it.
        ({"audit__lock__days": DELETE}, r"lock:\n +mode", "ml-platform:audit.lock.days: missing"),
        ({"audit__lock__day": 1}, "    day: 1", "ml-platform:audit.lock.day: no such setting"),
        # Rules between settings.
        ({"gpu__monthlyLimitUsd": 99999}, "monthlyLimitUsd: 99999", "ml-platform:gpu.monthlyLimitUsd = 99999: allowed"),
    ],
)
def test_a_wrong_setting_is_told_with_file_and_line(dev: Path, change: dict[str, Any], where: str, told: str) -> None:
    write(dev, changed(shipped("dev"), **change))
    text = dev.read_text()
    number = text[: re.search(f"{where}", text).start()].count("\n") + 1  # pyright: ignore[reportOptionalMemberAccess]
    assert any(line.startswith(f"stacks/{FILE}:{number}: ") and told in line for line in refusal()), refusal()


def test_a_missing_section_is_told_with_the_file(dev: Path) -> None:
    write(dev, changed(shipped("dev"), keys=DELETE))
    assert f"stacks/{FILE}: ml-platform:keys: missing; add it" in refusal()


@pytest.mark.parametrize(
    ("line", "again"),
    [
        ("  ml-platform:owner: ml-platform", "  ml-platform:owner: others"),
        ("  ml-platform:accessLogs:", "  ml-platform:accessLogs: {retentionDays: 1}"),
    ],
)
def test_a_setting_that_is_there_twice_is_refused_with_both_lines(dev: Path, line: str, again: str) -> None:
    dev.write_text(dev.read_text().replace(f"{line}\n", f"{again}\n{line}\n", 1))
    first, name = line_of(dev, again), line.strip().rpartition(":")[0] if "owner" in line else line.strip().rstrip(":")
    assert refusal() == [f"stacks/{FILE}:{first + 1}: {name}: set twice, first in line {first}; remove one"]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("{dataClass: audit, lock: {mode: GOVERNANCE, days: 1, days: 2}, logGroupDays: 1}", "audit.lock.days"),
        ("{dataClass: audit, dataClass: audit, lock: {mode: GOVERNANCE, days: 1}, logGroupDays: 1}", "audit.dataClass"),
    ],
)
def test_a_repetition_is_found_at_any_depth(dev: Path, text: str, path: str) -> None:
    write(dev, changed(shipped("dev"), audit=DELETE))
    dev.write_text(f"{dev.read_text()}  ml-platform:audit: {text}\n")
    last = len(dev.read_text().splitlines())
    assert refusal() == [f"stacks/{FILE}:{last}: ml-platform:{path}: set twice, first in line {last}; remove one"]


def test_a_repetition_in_a_list_and_of_another_project(dev: Path) -> None:
    write(dev, changed(shipped("dev"), notifications=DELETE))
    text = dev.read_text() + "  other:owner: a\n  other:owner: b\n"
    dev.write_text(
        text + "  ml-platform:notifications:\n    dataClass: confidential\n    ticket:\n"
        "      - protocol: sqs\n        protocol: email\n        endpoint: a@example.com\n"
    )
    (line,) = [line for line in refusal() if "twice" in line]
    assert "ml-platform:notifications.ticket.0.protocol: set twice" in line


def test_mistakes_of_every_kind_are_told_at_once(dev: Path) -> None:
    wrong = changed(
        shipped("dev"),
        owner=None,
        audit__lock__days=0,
        costs__emailz=[],
        gpu__monthlyLimitUsd=99999,
        database__storageGib=200,
        network__zones__0="eu-west-1a",
    )
    write(dev, wrong)
    paths = [re.sub(r".*ml-platform:([\w.]+).*", r"\1", line) for line in refusal()]
    assert sorted(paths) == sorted(
        ("owner", "audit.lock.days", "costs.emailz", "gpu.monthlyLimitUsd", "database.maxStorageGib", "network.zones.0")
    )


def test_a_misspelt_section_is_not_missing_as_well(dev: Path) -> None:
    values = shipped("dev")
    values["notification"] = values.pop("notifications")
    write(dev, values)
    (line,) = refusal()
    assert line.endswith("ml-platform:notification: no such setting; did you mean notifications?")


def told(values: dict[str, Any]) -> str:
    """What is wrong with settings; empty if nothing is."""
    try:
        Settings.parse(values)
    except SettingsError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("value", [None, "x", 7, [], {}, {"x": 1}, [{"x": [None]}]])
@pytest.mark.parametrize("name", sorted(shipped("dev")))
def test_no_value_of_a_section_is_more_than_wrong(name: str, value: Any) -> None:
    found = told({**shipped("dev"), name: value})
    assert all(line.startswith("ml-platform:") for line in found.splitlines())


def test_no_value_inside_a_section_is_more_than_wrong() -> None:
    values = shipped("dev")
    inner = [(name, key) for name, section in values.items() if isinstance(section, dict) for key in section]
    assert len(inner) > 50
    for name, key in inner:
        assert f"ml-platform:{name}.{key}" in told({**values, name: {**values[name], key: [{"x": None}]}})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "the file is empty; write each setting below `config:`"),
        (b"# nothing\n", "the file is empty"),
        (b"config:\n", "it has no mapping `config`"),
        (b"config: [a]\n", "it has no mapping `config`"),
        (b"\xff\xfe", "it is not UTF-8"),
        (b"config:\n  a: [\n", f"stacks/{FILE}:3 is not a stack configuration"),
        (b"config:\n\ta: 1\n", f"stacks/{FILE}:2 is not a stack configuration"),
        (b"config: {}\n---\nconfig: {}\n", f"stacks/{FILE}:2 is not a stack configuration"),
        (b"config: *nobody\n", f"stacks/{FILE}:1 is not a stack configuration"),
    ],
)
def test_what_is_no_file_of_settings_is_told_so(dev: Path, text: bytes, told: str) -> None:
    dev.write_bytes(text)
    (line,) = refusal()
    assert line.startswith(f"stacks/{FILE}")
    assert told in line


@pytest.mark.parametrize(
    ("name", "meant"), [("Dev", "dev"), ("dve", "dev"), ("deve", "dev"), ("dev-modles", "dev-models")]
)
def test_the_nearest_environment_is_offered(dev: Path, name: str, meant: str) -> None:
    (dev.parent / "Pulumi.dev-models.yaml").touch()
    (line,) = refusal(name)
    assert line.endswith(f"did you mean {meant}?")


def test_a_name_that_is_like_none_is_offered_none(dev: Path) -> None:
    assert refusal("qa") == ["environment 'qa' has no stacks/Pulumi.qa.yaml; there are: dev"]


def test_a_layer_is_told_the_file_of_the_setting(dev: Path) -> None:
    write(dev, changed(shipped("dev"), region="mars"))
    (dev.parent / "Pulumi.dev-models.yaml").write_text(
        "config: {ml-platform:environment: dev, ml-platform:layer: modls}"
    )
    lines = refusal("dev-models")
    assert any(line.startswith("stacks/Pulumi.dev-models.yaml:1: ml-platform:layer =") for line in lines)
    assert any(line.startswith("stacks/Pulumi.dev.yaml:") and "ml-platform:region" in line for line in lines)
    (layer,) = [line for line in lines if "layer" in line]
    assert layer.endswith("did you mean models?")
