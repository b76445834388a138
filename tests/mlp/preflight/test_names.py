"""The checks look for the names and types that the program gives to what it creates."""

from types import SimpleNamespace
from typing import Any

import pytest

from mlp import passwords
from mlp.preflight import contents, identity, leftovers, releases, singletons
from stacks.settings import Settings
from tests.components.conftest import Recorder
from tests.stacks.test_boundary import planned

SETTINGS = Settings.from_file("prod")


@pytest.fixture(scope="module")
def plan() -> Recorder:
    return planned(SETTINGS)


def physical(plan: Recorder, kind: str, key: str = "name") -> set[Any]:
    return {one.inputs[key] for one in plan.of(kind) if key in one.inputs}


def test_every_log_group_with_a_name_is_looked_for(plan: Recorder) -> None:
    account: Any = SimpleNamespace(settings=SETTINGS)
    assert set(leftovers.planned_log_groups(account)) == physical(plan, "LogGroup")


def test_the_cluster_has_the_name_that_is_asked_for(plan: Recorder) -> None:
    assert physical(plan, "Cluster") >= {SETTINGS.cluster_name}


def test_the_state_has_what_is_looked_up_in_it_under_these_types(plan: Recorder) -> None:
    types = {one.type for one in plan.found}
    looked_up = {value for name, value in vars(singletons).items() if name.isupper() and str(value).startswith("aws:")}
    assert len(looked_up) == 7
    assert {*looked_up, passwords.SECRET, contents.TOPIC, leftovers.LOG_GROUP, identity.ENTRY} <= types
    assert {releases.ADDON, releases.INSTANCE, releases.NODE_CLASS} <= types
    assert [one.name for one in plan.of("Role") if one.name == "ci-deploy"] == ["ci-deploy"]
