"""What a service may promise, and the catalogue it rests on."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from monitoring import services
from monitoring.catalogue import CATALOGUE, EMITTERS, SERIES
from monitoring.slo import WINDOWS
from monitoring.watched import PAGE_FACTORS, TICKET_FACTORS, Server, Service, Watched, never_fires
from tests.monitoring.sample import FRAUD

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"availability": 0.93},
            r"availability = 0.93: an alert on 14.4 times its budget could never fire; al",
        ),
        ({"fastShare": 0.8}, r"fastShare = 0.8: an alert on 6 times"),
        ({"fastSeconds": 0.3}, r"fastSeconds = 0.3: allowed for mlserver: 0.005, .*, 0.5, "),
        ({"server": "vllm", "fastSeconds": 0.3}, r"fastSeconds = 0.3: allowed for vllm: 0.001, 0.005, .*, 0.5, 0.75"),
        ({"server": "vllm", "tokenSeconds": 0.6}, r"tokenSeconds = 0.6: allowed for vllm: 0.01, 0.025"),
        ({"tokenSeconds": 0.1}, "tokenSeconds: mlserver has none"),
        ({"queue": 5}, "queue: mlserver has none; remove it, or set server to vllm"),
        ({"firstTokenSeconds": 5}, "firstTokenSeconds: mlserver has none"),
        ({"model": "Fraud"}, "model"),
        ({"latency": 1}, "latency"),
    ],
)
def test_a_promise_that_cannot_be_watched_is_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Service.model_validate({"model": "fraud", "namespace": "serving", **changes})


@pytest.mark.parametrize(("objective", "factor"), [(0.999, None), (0.95, None), (0.93, 14.4), (0.8, 6.0), (0.5, 3.0)])
def test_a_factor_that_can_never_fire_is_known(objective: float, factor: float | None) -> None:
    """At 93 %, 14.4 times the budget is more than every request failing."""
    found = never_fires(objective)
    assert found == factor or (found is not None and factor is not None and found <= factor)


def test_a_service_is_there_once() -> None:
    with pytest.raises(ValidationError, match="services: serving/fraud is there twice"):
        Watched(services=(FRAUD, FRAUD.model_copy(update={"availability": 0.99})))


def test_factors_have_windows_that_spend_what_they_say() -> None:
    """Of a budget of 30 days: 2 % in an hour and 5 % in six are a page; 10 % in a day and in three are a ticket."""
    seconds = {"1h": 3600, "6h": 21600, "1d": 86400, "3d": 259200}
    spent = [factor * seconds[WINDOWS[factor][0]] / (30 * 86400) for factor in (*PAGE_FACTORS, *TICKET_FACTORS)]
    assert spent == pytest.approx([0.02, 0.05, 0.1, 0.1])


def test_a_language_model_has_an_objective_of_latency_only_if_one_is_promised() -> None:
    assert [Service(model="a", namespace="b", server=server).in_time for server in Server] == [0.5, None]
    measured = [Service(model="a", namespace="b", server=Server.VLLM)]
    assert [one for one in services.measured(tuple(measured)).recordings if one.labels] == []


def test_an_emitter_beats_with_a_series_of_its_own() -> None:
    for module in EMITTERS:
        heartbeat = module.EMITTER.heartbeat
        assert not heartbeat or SERIES[heartbeat].emitter is module.EMITTER, module.__name__
        assert {metric.emitter for metric in module.METRICS} == {module.EMITTER}, module.__name__


def test_a_metric_has_one_emitter() -> None:
    assert len(CATALOGUE) == sum(len(module.METRICS) for module in EMITTERS)


def test_every_metric_is_read() -> None:
    """A metric that is not read is a promise without use: remove it from its emitter's file."""
    rooms = [ROOT / room for room in ("components", "monitoring", "sandbox", "stacks")]
    files = [file for room in rooms for file in room.rglob("*.py") if file.parent.name != "emitters"]
    text = "\n".join(file.read_text() for file in files if file.name != "synthetic.py")
    heartbeats = {module.EMITTER.heartbeat for module in EMITTERS}
    read = set(re.findall(r"[a-zA-Z_:][\w:]*", text))
    assert [m.name for m in CATALOGUE.values() if not read & {m.name, *m.series} and m.name not in heartbeats] == []
