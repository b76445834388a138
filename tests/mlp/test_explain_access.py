"""The verb `explain-access`: what it says of edges that pass, are blocked or are not known, and of wrong names."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from mlp.cli import app
from tests.access.plans import state_of


def explain(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["explain-access", *map(str, arguments)], env={"COLUMNS": "200"})


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("state") / "prod.json"
    file.write_text(json.dumps(state_of("prod")))
    return file


def changed(state: Path, tmp_path: Path, type_: str, name: str, **properties: Any) -> Path:
    """The state with other properties of one resource; without properties the resource is gone."""
    found = json.loads(state.read_text())
    entries = found["deployment"]["resources"]
    (one,) = [each for each in entries if each["type"] == type_ and each["urn"].endswith(f"::{name}")]
    entries.remove(one)
    if properties:
        entries.append({**one, "outputs": {**one["outputs"], **properties}})
    (file := tmp_path / "changed.json").write_text(json.dumps(found))
    return file


def test_every_edge_is_listed_without_a_workload(state: Path) -> None:
    told = explain("--state", state)
    assert told.exit_code == 0, told.output
    lines = told.stdout.splitlines()
    assert len(lines) > 100
    assert all(line.startswith("passes ") for line in lines)
    assert any(line.split()[1:] == ["vision/fraud", "firehose/capture"] for line in lines)


def test_every_hop_of_a_workload_is_told_with_what_decides(state: Path) -> None:
    told = explain("vision/fraud", "s3/artifacts", "--state", state)
    assert told.exit_code == 0, told.output
    assert "vision/fraud -> s3/artifacts/models/fraud/*: passes" in told.stdout
    hops = [line.split("  ") for line in told.stdout.splitlines() if line.startswith("  pass")]
    assert "RolePolicy model-fraud-read-prefix" in told.stdout
    assert "VpcEndpoint network-endpoints-s3-interface" in told.stdout
    assert len(hops) > 15


def test_a_blocked_edge_names_the_first_hop_and_the_remedy(state: Path, tmp_path: Path) -> None:
    endpoint = ("aws:ec2/vpcEndpoint:VpcEndpoint", "network-endpoints-s3-interface")
    broken = changed(state, tmp_path, *endpoint)
    told = explain("vision/fraud", "s3/artifacts/models/fraud/*", "--state", broken, "--json")
    assert told.exit_code == 1, told.output
    found = json.loads(told.stdout)
    (edge,) = found["edges"]
    assert (found["ok"], edge["passage"]) == (False, "blocked")
    first = next(hop for hop in edge["hops"] if hop["passage"] == "blocked")
    assert first["name"] == "network policy: service"
    assert "interface endpoint for s3" in first["fix"]
    told = explain("vision/fraud", "s3/artifacts", "--state", broken)
    assert "change: the VPC has no interface endpoint for s3" in told.stdout


def test_a_secret_that_is_encrypted_in_the_state_is_not_known(state: Path, tmp_path: Path) -> None:
    cipher = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}
    hidden = changed(state, tmp_path, "aws:s3/bucketPolicy:BucketPolicy", "artifacts-policy", policy=cipher)
    told = explain("vision/fraud", "s3/artifacts", "--state", hidden, "--json")
    assert told.exit_code == 3, told.output
    passages = {hop["name"]: hop["passage"] for hop in json.loads(told.stdout)["edges"][0]["hops"]}
    assert passages["resource policy"] == "unknown"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("vision/frod",), "did you mean vision/fraud?"),
        (("vision/fraud", "s3/artefacts/models/fraud/*"), "did you mean s3/artifacts/models/fraud/*?"),
        (("vision/fraud", "sqs"), "vision/fraud uses no resource 'sqs'; it uses: firehose/capture, s3/artifacts"),
    ],
)
def test_a_wrong_name_is_refused_with_the_nearest(state: Path, arguments: tuple[str, ...], words: str) -> None:
    told = explain(*arguments, "--state", state)
    assert told.exit_code == 2
    assert words in told.stderr


def test_an_environment_that_is_not_up_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: ml-platform\n")
    (tmp_path / "stacks").mkdir()
    monkeypatch.chdir(tmp_path)
    told = explain("--env", "prod")
    assert told.exit_code == 1
    assert "prod is not up in the sandbox; bring it up with `mlp up prod --sandbox`" in told.stderr


def test_a_file_that_is_no_state_is_refused(tmp_path: Path) -> None:
    (file := tmp_path / "state.json").write_text("{}")
    told = explain("--state", file)
    assert told.exit_code == 2
    assert "no `deployment`" in told.stderr
