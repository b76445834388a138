"""Live quality: late outcomes joined to captured predictions, an estimate before them, the trigger that they fire."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from moto.events.models import EventPattern

from components._triggers import pattern
from mlp.loop import rules
from monitoring.emitters import drift_job
from sandbox.loop.programs import Programs, ask, prometheus
from sandbox.processes import free_port
from sandbox.toolchain import Toolbox
from stacks.drift import retraining_alerts
from stacks.settings import Settings
from tests.workloads.conftest import Account, soon
from tests.workloads.drift_world import World, csv
from tests.workloads.exposition import Exposition
from workloads.alerts.events import event

PROTECTED = ("dev", "staging", "prod")
QUALITY = {"output": "score", "kind": "classifier", "least": 0.6, "days": 30, "delayDays": 1, "slices": ["country"]}
ROWS, OLD, YOUNG = 2000, 5, 0.01
"""Predictions of a model, and how many days ago they were made."""
FIGURE, LOWER, UPPER, ESTIMATE, LOST, LABELLED, COUNT = (
    f"ml_platform_quality{end}" for end in ("", "_lower", "_upper", "_estimate", "_lost", "_labelled_share", "_rows")
)
SLICE = "ml_platform_quality_slice_difference"
Chance = Callable[[np.ndarray, np.ndarray], np.ndarray]


class Predicted:
    """Predictions of a model, two a request, and what came of them."""

    def __init__(self, seed: int, chance: Chance) -> None:
        """`chance` is the probability of the outcome from the score and whether the country is `de`."""
        rng = np.random.default_rng(seed)
        self.score, self.german = rng.beta(1, 1, ROWS), rng.random(ROWS) < 0.5
        self.truth = rng.random(ROWS) < chance(self.score, self.german)
        self.names = [f"request-{seed}-{row // 2}" for row in range(ROWS)]

    def captured(self, model: str, days: float, rows: range) -> bytes:
        at = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        found: dict[str, list[Any]] = {}
        for row in rows:
            inputs = {"country": "de" if self.german[row] else "fr", "amount": 1.0}
            made = {"inputs": inputs, "outputs": {"score": float(self.score[row])}}
            found.setdefault(self.names[row], []).append(made)
        head = {"model": model, "version": "1", "time": at}
        return "".join(json.dumps({**head, "id": name, "rows": made}) + "\n" for name, made in found.items()).encode()

    def outcomes(self, rows: range) -> bytes:
        """As a team writes them: in no order, the class as text."""
        order = np.random.default_rng(1).permutation(len(rows))
        chosen = [rows[place] for place in order]
        table = {
            "id": [self.names[row] for row in chosen],
            "row": [row % 2 for row in chosen],
            "truth": [bool(self.truth[row]) for row in chosen],
        }
        return csv(table)

    def auc(self, rows: range) -> float:
        """Share of the pairs of a positive and a negative row in which the positive one has the higher score."""
        score, truth = self.score[rows.start : rows.stop], self.truth[rows.start : rows.stop]
        return float((score[truth][:, None] > score[~truth][None, :]).mean())


RIGHT = Predicted(1, lambda score, german: score)
WRONG = Predicted(2, lambda score, german: 1 - score)
"""The concept has changed: what the model takes for unlikely is likely. Inputs and predictions are as before."""
PARTLY = Predicted(3, lambda score, german: np.where(german, score, 0.5))
MODELS = {"right": RIGHT, "wrong": WRONG, "partly": PARTLY, "fraud": WRONG, "none": RIGHT}
LATE, NEW = range(1500), range(1500, ROWS)
"""Rows whose outcomes are due, and rows of today."""


@pytest.fixture(scope="module")
def world(account: Account, programs: Callable[[], Programs], python: Path) -> Iterator[World]:
    with programs() as place:
        made = World(account, place, python)
        for name, predicted in MODELS.items():
            reference = {"score": predicted.score.tolist()}
            more = {"truth": f"s3://data/truth/{name}", "windowSeconds": 86400 * 7, "minRows": 100}
            made.model(name, reference, quality=QUALITY, **more)
            # An object of each day; S3 tells when it was written, which is today.
            made.capture(name, predicted.captured(name, OLD, LATE), ago=86400 * OLD)
            made.capture(name, predicted.captured(name, YOUNG, NEW))
            if name != "none":
                # One in ten never has an outcome; one outcome of today's is already known.
                made.put(f"truth/{name}/late.csv", predicted.outcomes(range(1350)))
                made.put(f"truth/{name}/early.csv", predicted.outcomes(range(1500, 1502)))
                made.put(f"truth/{name}/others.csv", b"id,row,truth\nrequest-9-1,0,1\n")
        made.start(every=5)
        soon("every model was measured", lambda: made.scrape().value(ESTIMATE, model="none"), 120)
        yield made


@pytest.fixture
def seen(world: World) -> Exposition:
    return world.scrape()


@pytest.mark.parametrize(("model", "predicted"), [("right", RIGHT), ("wrong", WRONG), ("partly", PARTLY)])
def test_quality_is_that_of_the_predictions_whose_outcomes_are_due(
    seen: Exposition, model: str, predicted: Predicted
) -> None:
    asked = {"model": model, "version": "1", "measure": "auc"}
    assert seen.value(COUNT, model=model) == 1350
    assert seen.value(LABELLED, model=model) == pytest.approx(0.9)
    assert seen.value(FIGURE, **asked) == pytest.approx(predicted.auc(range(1350)))
    low, high = seen.value(LOWER, **asked), seen.value(UPPER, **asked)
    assert low < seen.value(FIGURE, **asked) < high
    # Hanley and McNeil's standard error of an AUC of 0.83 with 675 positives and negatives is 0.011.
    assert 0.03 < high - low < 0.07


def test_probabilities_that_are_right_are_calibrated_and_others_are_not(seen: Exposition) -> None:
    measures = ("brier", "calibration_error", "error")
    right, wrong = (
        {name: seen.value(FIGURE, model=model, measure=name) for name in measures} for model in ("right", "wrong")
    )
    # Of uniform scores: the mean of p(1 - p) is 1/6, of min(p, 1 - p) 1/4.
    assert right["brier"] == pytest.approx(1 / 6, abs=0.02)
    assert right["error"] == pytest.approx(1 / 4, abs=0.04)
    assert right["calibration_error"] < 0.06
    assert wrong["calibration_error"] == pytest.approx(1 / 2, abs=0.06)
    assert wrong["error"] > 0.7


def test_only_a_quality_that_is_certainly_too_low_is_lost(seen: Exposition) -> None:
    assert {labels["model"]: value for labels, value in seen.samples[LOST]} == {
        "right": 0,
        "wrong": 1,
        "partly": 0,
        "fraud": 1,
    }


def test_a_slice_that_is_worse_is_told_from_one_that_is_not(seen: Exposition) -> None:
    def ends(model: str, country: str) -> tuple[float, float]:
        asked = {"model": model, "measure": "auc", "slice": f"country={country}"}
        return seen.value(f"{SLICE}_lower", **asked), seen.value(f"{SLICE}_upper", **asked)

    low, high = ends("partly", "fr")
    assert low < seen.value(SLICE, model="partly", measure="auc", slice="country=fr") < high < -0.1
    low, high = ends("right", "fr")
    assert low < 0 < high


def test_before_outcomes_come_there_is_an_estimate_and_no_measurement(seen: Exposition) -> None:
    assert [labels for labels, _ in seen.samples[FIGURE] if labels["model"] == "none"] == []
    assert seen.value(LABELLED, model="none") == 0
    # Of a score that is right and uniform: 5/6 and 1/6.
    assert seen.value(ESTIMATE, model="none", measure="auc") == pytest.approx(5 / 6, abs=0.02)
    assert seen.value(ESTIMATE, model="none", measure="brier") == pytest.approx(1 / 6, abs=0.01)
    # It cannot see that the concept has changed, which is why it is no measurement.
    assert seen.value(ESTIMATE, model="wrong", measure="auc") > 0.75


def test_it_emits_what_the_contract_says(seen: Exposition) -> None:
    own = [metric for metric in drift_job.METRICS if metric.name.startswith("ml_platform_quality")]
    assert len(own) == 10
    assert [wrong for metric in own for wrong in seen.departs(metric)] == []


def test_the_shipped_alert_fires_and_the_shipped_trigger_hears_it(world: World) -> None:
    program = Toolbox().ensure(["prometheus"]).tools["prometheus"].path
    assert program
    target = world.url.removeprefix("http://").removesuffix("/metrics")
    jobs = {"drift": {"honor_labels": True, "static_configs": [{"targets": [target]}]}}
    address = prometheus(world.programs, program, free_port(0), jobs, rules()[0])
    world.programs.answers("prometheus", f"{address}/-/ready")

    def firing() -> dict[str, dict[str, Any]]:
        found = ask(f"{address}/api/v1/alerts")["data"]["alerts"]
        chosen = [one for one in found if one["labels"]["alertname"] == "QualityLow" and one["state"] == "firing"]
        return {one["labels"]["model"]: one for one in chosen}

    fired = soon("the alert fires", lambda: found if {"fraud", "wrong"} <= {*(found := firing())} else None, 60)
    assert {*fired} == {"fraud", "wrong"}
    alert = fired["fraud"]
    sent = event({**alert, "status": "firing", "startsAt": alert["activeAt"]}, retraining_alerts())
    assert sent
    kind, detail = sent
    assert kind == "performance"
    happened: Any = {"source": "ml-platform.retraining-webhook", "detail-type": kind, "detail": detail}
    for name in PROTECTED:
        retraining = Settings.from_file(name).retraining
        assert retraining
        heard = {
            trigger.kind
            for trigger in retraining.triggers.values()
            if trigger.kind in ("drift", "performance")
            and EventPattern.load(pattern(trigger.model_dump(exclude_none=True))).matches_event(happened)  # pyright: ignore[reportArgumentType]
        }
        assert heard == {"performance"}
