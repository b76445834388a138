"""Scenario files: what a wrong one is told, and what is made of a right one."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from mlp.cli import app
from mlp.sim import load
from sandbox.kubernetes.catalogue import instance_types
from sandbox.sim import documents as doc
from sandbox.sim.scenario import Shortage
from stacks.settings import SettingsError

ROOT = Path(__file__).parents[2]
RIGHT: dict[str, Any] = {
    "description": "x",
    "minutes": 60,
    "jobs": [{"name": "train", "count": 4, "minutes": 10, "team": "research"}],
    "services": [{"name": "chat", "replicas": [{"at": 0, "count": 2}]}],
    "interruptions": [{"at": 5, "share": 0.5}],
    "shortages": [{"at": 5, "until": 10}],
    "quotas": {"research": 4},
}


@pytest.fixture
def refused(tmp_path: Path):
    def told(change: dict[str, Any]) -> str:
        document = deepcopy(RIGHT)
        for path, value in change.items():
            *outer, last = [int(part) if part.isdigit() else part for part in path.split(".")]
            target: Any = document
            for part in outer:
                target = target[part]
            target[last] = value
        file = tmp_path / "s.yaml"
        file.write_text(yaml.safe_dump(document))
        with pytest.raises(SettingsError) as error:
            load(file)
        return str(error.value)

    return told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"minuets": 5}, "s.yaml:minuets: no such setting; allowed here: description, minutes"),
        ({"minutes": 0}, "s.yaml:minutes = 0: input should be greater than 0"),
        ({"speed": 50}, "s.yaml:speed = 50: input should be less than or equal to 10"),
        ({"jobs.0.gpus": 9}, "s.yaml:jobs.0.gpus = 9: input should be less than or equal to 8"),
        ({"jobs.0": {"name": "a"}}, "s.yaml:jobs.0.count: missing; add how many jobs arrive"),
        (
            {"jobs.0.name": "A b"},
            's.yaml:jobs.0.name = "A b": allowed: up to 40 of a-z, 0-9 and hyphen',
        ),
        ({"jobs.0.checkpoint": 0}, "s.yaml:jobs.0.checkpoint = 0: input should be greater than 0"),
        ({"jobs.0.at": -1}, "s.yaml:jobs.0.at = -1: input should be greater than or equal to 0"),
        ({"jobs.0.at": 61}, "jobs.0.at = 61: allowed: 0 to minutes, 60"),
        ({"jobs.0.every": 30}, "jobs.0.at + (count - 1) * every = 90: allowed: 0 to minutes, 60"),
        ({"jobs.0.name": "chat"}, "name = 'chat': allowed: a name for one thing, not for 2"),
        ({"jobs.0.count": 1999}, "jobs, services = 2001 pods: allowed: up to 2000 together"),
        ({"jobs": [], "services": [], "quotas": {}}, "jobs, services: missing; add at least one of either"),
        ({"services.0.replicas": []}, "s.yaml:services.0.replicas = []: tuple should have at least 1 item"),
        (
            {"services.0.replicas": [{"at": 9, "count": 1}, {"at": 3, "count": 1}]},
            "services.0.replicas: allowed: steps",
        ),
        ({"interruptions.0.share": 30}, "s.yaml:interruptions.0.share = 30: input should be less than or equal to 1"),
        ({"interruptions.0.zones": ["d"]}, "s.yaml:interruptions.0.zones.0 = \"d\": input should be 'a', 'b' or 'c'"),
        ({"shortages.0.until": 5}, "shortages.0.until = 5: allowed: later than at, 5"),
        (
            {"shortages.0.capacity": "reserved"},
            "shortages.0.capacity = \"reserved\": input should be 'spot' or 'on-dem",
        ),
        ({"quotas": {"vision": 4}}, "quotas.vision: no job or service has this team; there are: research"),
        ({"quotas.research": 1, "jobs.0.gpus": 2}, "jobs.0.gpus = 2: allowed: up to quotas.research, 1"),
    ],
)
def test_a_wrong_value_is_told_with_its_path_and_what_is_allowed(refused, change: dict[str, Any], told: str) -> None:
    assert told in refused(change)


@pytest.mark.parametrize(
    ("text", "told"),
    [("{", "cannot be read: while parsing"), ("- a", "s.yaml: allowed: a mapping"), (None, "No such file")],
)
def test_a_file_that_is_no_scenario_ends_with_two(tmp_path: Path, text: str | None, told: str) -> None:
    file = tmp_path / "s.yaml"
    if text:
        file.write_text(text)
    done = CliRunner().invoke(app, ["sim", str(file), "--json"])
    assert done.exit_code == 2
    assert told in " ".join(json.loads(done.stdout)["errors"])


def test_the_right_one_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(yaml.safe_dump(RIGHT))
    assert load(file).teams == {"research", ""}


def test_the_shipped_scenarios_are_right_and_explain_themselves() -> None:
    files = sorted((ROOT / "scenarios").glob("*.yaml"))
    assert [file.stem for file in files] == [
        "interruption-storm",
        "mixed-tenants",
        "serving-wave",
        "spot-drought",
        "training-burst",
    ]
    for file in files:
        assert load(file).description
        assert file.read_text().startswith("# ")


@pytest.mark.parametrize(
    ("duration", "pace", "told"), [("5m", 60, "5s"), ("1h30m", 60, "90s"), ("30s", 600, "1s"), ("Never", 60, "Never")]
)
def test_timers_of_node_pools_pass_at_the_speed_of_the_play(duration: str, pace: float, told: str) -> None:
    assert doc.faster(duration, pace) == told


def test_copies_of_node_pools_serve_only_the_scenario_and_leave_the_originals_alone() -> None:
    given = list(yaml.safe_load_all((Path(__file__).parent / "sim_pools.yaml").read_text()))
    before = deepcopy(given)
    class_, *pools = doc.pools(given, 60)
    assert given == before
    assert class_["metadata"]["name"] == "sim-gpu"
    for pool, original in zip(pools, given[1:], strict=True):
        template = pool["spec"]["template"]
        assert template["spec"]["nodeClassRef"]["name"] == "sim-gpu"
        assert template["metadata"]["labels"] == {doc.LABEL: "true"}
        assert pool["spec"]["disruption"]["consolidateAfter"] == "5s"
        assert pool["spec"]["limits"] == original["spec"]["limits"]
        assert template["spec"]["requirements"] == original["spec"]["template"]["spec"]["requirements"]


def test_a_shortage_takes_exactly_the_offerings_it_names() -> None:
    types = instance_types("eu-central-1")
    short = doc.short(types, [Shortage(at=0, until=1, capacity="spot", zones=("a",), families=("g5",))])
    gone = {
        (one["key"], one["values"][0])
        for type_ in short
        for offering in type_["offerings"]
        if not offering["Available"]
        for one in offering["Requirements"]
        if one["key"] in (doc.ZONE, doc.CAPACITY, doc.FAMILY)
    }
    assert gone == {(doc.ZONE, "eu-central-1a"), (doc.CAPACITY, "spot"), (doc.FAMILY, "g5")}
    assert doc.short(short, []) == types
