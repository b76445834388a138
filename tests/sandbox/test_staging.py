"""The staging environment in the sandbox: up, nothing more to change, something taken away, down."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.changes import lost, names, run_into_destruction, take_away
from tests.sandbox.conftest import Checkout

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    made = Checkout(tmp_path_factory.mktemp("staging"), "staging")
    yield made
    made.end()


@pytest.fixture(scope="module")
def up(staging: Checkout) -> dict[str, Any]:
    return staging.mlp("up", "staging", "--sandbox")


def test_a_second_preview_is_empty(staging: Checkout, up: dict[str, Any]) -> None:
    assert up["ok"]
    assert up["policy"]["findings"] == []
    assert staging.mlp("preview", "staging", "--sandbox")["changes"] == []


def test_every_workload_reaches_what_its_role_may_use(staging: Checkout, up: dict[str, Any]) -> None:
    found = staging.mlp("explain-access", "--env", "staging")["edges"]
    assert len(found) > 100
    assert {edge["passage"] for edge in found} == {"pass"}


def test_a_tenant_a_trigger_a_job_and_a_service_are_taken_away(staging: Checkout, up: dict[str, Any]) -> None:
    take_away(staging, "vision", "fraud-data", "score-fraud", "fraud")
    report = staging.mlp("up", "staging", "--sandbox")
    assert lost(report) == set()
    assert names(report, "delete") >= {
        "ml-platform:index:Tenant tenant-vision",
        "ml-platform:index:TrainingQueue queue",
        "aws:cloudwatch/eventRule:EventRule retraining-fraud-data",
        "aws:batch/jobDefinition:JobDefinition batch-score-fraud",
        "ml-platform:index:ModelService model-fraud",
    }


def test_down_leaves_nothing_behind(staging: Checkout, up: dict[str, Any]) -> None:
    run_into_destruction(
        staging, up["outputs"]["audit"]["bucket"], up["outputs"]["backups"]["vault"].rpartition(":")[2]
    )
    assert staging.mlp("down", "staging", "--sandbox")["left"] == []
    assert not (staging.path / ".sandbox").exists()
