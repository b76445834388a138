"""What rollouts and scalers ask is in the contract, and about one model's pods."""

import re

import promql_parser
import pytest

from monitoring import analysis, promql
from monitoring.analysis import MLSERVER, VLLM, Server

PODS = analysis.of_hash("fraud", "abc123")


def asked(server: Server) -> dict[str, str]:
    queue = analysis.QUEUE[server]
    return {
        "traffic": server.traffic("vision", PODS, "2m"),
        "errors": server.errors("vision", PODS, "2m"),
        "latency": server.latency("vision", PODS, "2m"),
        "rate": server.rate("vision", PODS, "2m"),
        "rate of one that sleeps": server.rate("vision", PODS, "2m", sleeps=True),
        "queue": server.level(queue, "vision", PODS),
    }


@pytest.mark.parametrize("server", [MLSERVER, VLLM], ids=["mlserver", "vllm"])
def test_every_metric_and_label_is_one_that_a_program_emits(server: Server) -> None:
    for what, query in asked(server).items():
        # One value, or a rollout would not know which of them counts.
        assert promql.labels(query) == frozenset(), what
    assert promql.labels(VLLM.level(analysis.KV_CACHE, "vision", PODS)) == frozenset()


def test_a_metric_that_no_program_emits_would_be_found() -> None:
    other = Server("not_emitted", "", "", "nor_this", "", "or_this")
    with pytest.raises(Exception, match="not_emitted"):
        promql.labels(other.traffic("vision", PODS, "2m"))


@pytest.mark.parametrize("server", [MLSERVER, VLLM], ids=["mlserver", "vllm"])
def test_every_query_is_about_one_models_pods_in_one_namespace(server: Server) -> None:
    for what, query in asked(server).items():
        promql_parser.parse(query)
        selectors = re.findall(r"\{([^}]*)\}", query)
        assert selectors, what
        assert all(f'namespace="vision",pod=~"{PODS}"' in one for one in selectors), what


def test_probes_are_no_traffic() -> None:
    counted = [asked(MLSERVER)[what] for what in ("traffic", "errors", "latency")]
    assert all('path=~".+/infer"' in query for query in counted)


@pytest.mark.parametrize(
    ("pod", "own", "version"),
    [
        ("fraud-abc123-x2z9p", True, True),
        ("fraud-other1-x2z9p", True, False),
        ("fraud-candidate-abc123-x2z9p", False, False),
        ("fraud-deep-abc123-x2z9p", False, False),
    ],
)
def test_pods_are_told_apart_by_their_names(pod: str, own: bool, version: bool) -> None:
    # Prometheus anchors a pattern at both ends.
    assert bool(re.fullmatch(analysis.of_all("fraud"), pod)) == own
    assert bool(re.fullmatch(PODS, pod)) == version
