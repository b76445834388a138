"""What is advised on what the policies refuse."""

import shutil
from pathlib import Path

import pytest

from mlp.hints import hints
from mlp.outcome import Outcome
from mlp.policy import Verdicts
from mlp.report import report_of
from policies.registry import RULES
from stacks import settings as module
from stacks.settings import Settings

URN = "urn:pulumi:dev::ml-platform::kubernetes:apps/v1:Deployment::fraud"
IMAGE = "docker.io/somebody/model"


def verdicts(name: str, level: str = "mandatory") -> Verdicts:
    (rule,) = [rule for rule in RULES if rule.name == name]
    given = {"rule": rule.id, "name": name, "level": level, "urn": URN, "outcome": "FAIL", "message": "no"}
    return Verdicts([{**given, "rules": 101}] * 2)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Those of local, with the image of one model from a registry that no profile has."""
    shutil.copy(module.DIRECTORY / "Pulumi.local.yaml", tmp_path)
    file = tmp_path / "Pulumi.local.yaml"
    file.write_text(file.read_text().replace("example.com/serving/reference", IMAGE, 1))
    monkeypatch.setattr(module, "DIRECTORY", tmp_path)
    return Settings.from_file("local")


def test_the_setting_of_a_refused_image_is_named_with_its_file_and_what_is_allowed(settings: Settings) -> None:
    text = (module.DIRECTORY / "Pulumi.local.yaml").read_text()
    line = text[: text.index(IMAGE)].count("\n") + 1
    (found,) = [one.text for one in hints(verdicts("unpinned-image"), settings) if IMAGE in one.text]
    assert found.startswith(f"stacks/Pulumi.local.yaml:{line}: ml-platform:services.credit.image = ")
    assert "image_registries in policies/environments/local.yaml" in found


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_that_refuses_says_what_to_do_instead_once(settings: Settings, rule) -> None:
    found = [one.text for one in hints(verdicts(rule.name), settings) if IMAGE not in one.text]
    assert found == [f"{rule.id}: {rule.instead}"]


def test_what_is_only_advised_needs_no_advice(settings: Settings) -> None:
    assert list(hints(verdicts("unpinned-image", "advisory"), settings)) == []


def test_a_refused_preview_says_so_first_and_ends_with_what_to_do(settings: Settings) -> None:
    refused = Outcome(preview=True, violations=[{"policyName": "unpinned-image"}])
    text = report_of("local", 5, refused, verdicts("unpinned-image"), settings=settings).text.splitlines()
    assert text[0] == "local: refused by the policies; nothing was changed (5 s)"
    assert IMAGE in text[-1]
