"""`mlp up dev` examines the account before each stage."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mlp.cli import app
from stacks import settings
from stacks.stages import Stage
from tests.accounts.new import new
from tests.accounts.world import World
from tests.mlp.test_cloud import calls
from tests.mlp.test_staged import ups

SHIPPED = settings.DIRECTORY


def up(*options: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["up", "dev", "--yes", *options], env={"COLUMNS": "300"})
    return done.exit_code, done.output


def test_what_blocks_stops_it_before_the_engine_is_called(fine: World, engine: Path) -> None:
    fine.set("ci.stateKeyArn", "arn:aws:kms:eu-central-1:111111111111:key/other")
    code, told = up()
    assert code == 1
    assert "1 stop `mlp up`, 0 do not" in told
    assert "stops every stage: state-key: ml-platform:ci.stateKeyArn in stacks/Pulumi.dev.yaml is not the key" in told
    assert "  why: the pipeline could not decrypt the state" in told
    assert f"  do:  set it to {fine.key()}" in told
    code, told = up("--json")
    assert code == 1
    assert [one["check"] for one in json.loads(told.splitlines()[-1])["findings"]] == ["state-key"]
    assert calls(engine) == []


def test_what_does_not_block_is_told_and_the_engine_called(fine: World, engine: Path) -> None:
    found = {"ServiceCode": "ec2", "QuotaCode": "L-1216C47A", "Value": 15.0}
    fine.answer("service-quotas", "GetServiceQuota", {"Quota": found})
    code, told = up()
    assert code == 0, told
    assert "warns: quotas: the account may run 15 vCPUs of on-demand standard instances" in told
    assert calls(engine)[-1][0][0] == "up"


def test_a_later_stage_stops_where_it_begins(fine: World, engine: Path) -> None:
    """As on the first day: an image is pushed into a repository that an earlier stage has made."""
    fine.replace("registry/workloads@sha256:[0-9a-f]+", f"registry/workloads@sha256:{'2' * 64}")
    code, told = up()
    assert code == 1
    assert "stops the stage platform: platform-images: ml-platform:modelRegistry.image" in told
    assert ups(engine) == [Stage.FOUNDATION, Stage.STORES, Stage.CLUSTER]


def test_an_examination_can_be_left_out(fine: World, engine: Path) -> None:
    fine.set("ci.stateKeyArn", "arn:aws:kms:eu-central-1:111111111111:key/other")
    code, told = up("--skip-preflight")
    assert code == 0, told
    assert calls(engine)[-1][0][0] == "up"


def test_shipped_settings_have_example_values(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    new(world)
    monkeypatch.setattr(settings, "DIRECTORY", SHIPPED)
    done = CliRunner().invoke(app, ["doctor", "dev", "--json"])
    (found,) = [one for one in json.loads(done.stdout)["findings"] if one["check"] == "example-values"]
    assert "notifications.page.0.endpoint, " in found["what"]
    assert found["blocks"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["local"], "local has no account of AWS; `mlp doctor` without a name examines this machine"),
        (["dev", "--fix"], "--fix fetches programs of this machine, and an account is only read; use one of both"),
        (["devv"], "devv"),
    ],
)
def test_a_wrong_use_ends_with_two(world: World, arguments: list[str], told: str) -> None:
    done = CliRunner().invoke(app, ["doctor", *arguments], env={"COLUMNS": "300"})
    assert done.exit_code == 2
    assert told in done.output
