"""Figures from hand-made timelines, small enough to check by hand."""

import pytest

from sandbox.sim import report
from sandbox.sim.measure import Job, Node, Pod, Timeline, figures, kept, percentile, series


def node(started: float, ended: float | None = None, capacity: str = "spot", **changes) -> Node:
    """Four GPUs, 6 USD an hour on demand and half of it on spot."""
    price = {"spot": 3.0, "on-demand": 6.0}[capacity]
    return Node("g5.12xlarge", "eu-central-1a", capacity, "pool", 4, price, 6.0, started, ended, **changes)


def seen(**changes) -> Timeline:
    """An hour of the scenario in 30 seconds, 2 minutes a second."""
    return Timeline(speed=2, seconds=30, **changes)


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([], 50, None), ([7], 95, 7), ([3, 1, 2, 4], 50, 2), (range(1, 101), 95, 95), ([1, 2, 3], 95, 3)],
)
def test_a_percentile_is_one_of_the_values(values, percent: float, expected: float | None) -> None:
    assert percentile(values, percent) == expected


@pytest.mark.parametrize(("minutes", "checkpoint", "expected"), [(25, 10, 20), (9, 10, 0), (30, 10, 30), (25, None, 0)])
def test_work_is_kept_up_to_the_last_checkpoint(minutes: float, checkpoint: float | None, expected: float) -> None:
    assert kept(minutes, checkpoint) == expected


def test_cost_is_counted_in_hours_of_the_scenario() -> None:
    """One spot node for the hour and one on demand for half of it; 4 GPUs used at most, at 1.50 USD on demand."""
    pods = [Pod("train", "train-0", 4, 0, 0, 15, "a", "done"), Pod("train", "train-1", 4, 15, 15, 30, "b", "done")]
    jobs = {f"train-{n}": Job("train", 0, 0, 15 * (n + 1)) for n in range(2)}
    cost = figures(seen(nodes={"a": node(0), "b": node(15, capacity="on-demand")}, pods=pods, jobs=jobs))["cost"]
    assert cost["total"] == 3.0 + 3.0
    assert cost["per_hour"] == 6.0
    assert cost["by_capacity"] == {"spot": 3.0, "on-demand": 3.0}
    assert cost["on_demand"] == 9.0
    assert cost["saved_against_on_demand_percent"] == 33.33
    assert (cost["static_gpus"], cost["static"], cost["saved_against_static_percent"]) == (4, 6.0, 0.0)
    assert cost["idle_percent"] == 25.0  # half of the spot node's hour, 1.50 of 6 USD
    assert cost["per_job"] == {"train": 2.25}  # (1.50 + 3) / 2


def test_an_empty_node_costs_no_longer_than_its_pool_keeps_it() -> None:
    pods = [Pod("train", "train-0", 4, 0, 0, 10, "a", "done")]
    found = seen(nodes={"a": node(0, 29, patience=10), "b": node(0, 12)}, pods=pods, jobs={"train-0": Job("train", 0)})
    assert found.hours("a") == pytest.approx((20 + 10) / 60)  # ten seconds of work and ten minutes of patience
    assert found.hours("b") == pytest.approx(24 / 60)


def test_the_wait_is_in_real_seconds_and_pods_that_never_ran_are_told() -> None:
    pods = [Pod("s", "", 1, 0, float(wait)) for wait in range(1, 21)] + [Pod("s", "", 1, 5)]
    found = figures(seen(pods=pods))["pods"]
    assert found["seconds_to_running"] == {"p50": 10, "p95": 19}
    assert (found["created"], found["ran"], found["never_ran"]) == (21, 20, 1)


def test_work_lost_is_what_came_after_the_last_checkpoint_times_gpus() -> None:
    """Runs of 14 s are 28 minutes: 8 are lost with checkpoints of 10, all without; services lose no work."""
    pods = [
        Pod("safe", "safe-0", 2, 0, 1, 15, "a", "lost"),
        Pod("safe", "safe-0", 2, 15, 16, 26, "b", "done"),
        Pod("rash", "rash-0", 1, 0, 1, 15, "a", "lost"),
        Pod("chat", "", 1, 0, 1, 15, "a", "lost"),
        Pod("safe", "safe-1", 1, 0, None, 15, "", "lost"),
    ]
    jobs = {"safe-0": Job("safe", 0, 0, 26), "safe-1": Job("safe", 0, 0), "rash-0": Job("rash", 0, 0)}
    lost = figures(seen(pods=pods, jobs=jobs, checkpoints={"safe": 10.0, "rash": None}))["interruptions"]
    assert lost["pods_lost"] == 3
    assert lost["gpu_minutes_lost"] == 8 * 2 + 28
    assert lost["share_of_work_percent"] == 35.48  # 44 of (28 + 20) * 2 + 28 = 124
    assert (lost["jobs_interrupted"], lost["jobs_that_ran_again"]) == (2, 1)


def test_fallback_is_timed_from_the_first_pod_that_waits_in_the_shortage() -> None:
    nodes = {"a": node(1), "b": node(14, capacity="on-demand"), "c": node(25)}
    pods = [Pod("t", "t-0", 1, 0, 2, 9), Pod("t", "t-1", 1, 12, 16)]
    found = figures(seen(nodes=nodes, pods=pods, jobs={}, shortages=[(10, 20)]))["shortages"]
    assert found == [
        {
            "from_minute": 20,
            "until_minute": 40,
            "on_demand_nodes": 1,
            "seconds_to_on_demand": 2,
            "spot_again_minute": 50,
        }
    ]


def test_peaks_count_what_is_there_at_the_same_time() -> None:
    nodes = {"a": node(0, 10), "b": node(10, 20), "c": node(15)}
    pods = [Pod("t", "t-0", 3, 0, 1, 10), Pod("t", "t-1", 2, 9, 11, 20), Pod("other", "", 8, 0, 0)]
    found = figures(
        seen(nodes=nodes, pods=pods, limits={"pool": 4, "none": 9}, quotas={"sim-t": 4}, spaces={"t": "sim-t"})
    )
    assert found["limits"] == {"pool": {"limit": 4, "peak": 8}, "none": {"limit": 9, "peak": 0}}
    assert found["quotas"] == {"sim-t": {"limit": 4, "peak": 5}}
    assert "EXCEEDED" in report.table("x", report.document("x", seen(nodes=nodes, limits={"pool": 4})))


def test_a_plot_shows_minutes_of_the_scenario() -> None:
    pods = [Pod("t", "t-0", 1, 0, 10, 20, "a")]
    data = series(seen(nodes={"a": node(5, 25)}, pods=pods), points=6)
    assert data == {
        "minutes": [0, 10, 20, 30, 40, 50, 60],
        "pending": [1, 1, 0, 0, 0, 0, 0],
        "running": [0, 0, 1, 1, 0, 0, 0],
        "spot": [0, 1, 1, 1, 1, 0, 0],
        "on-demand": [0] * 7,
        "usd_per_hour": [0, 3, 3, 3, 3, 0, 0],
    }


def test_nothing_seen_gives_figures_and_a_table_too() -> None:
    found = report.document("empty", seen())
    assert found["cost"]["total"] == 0
    assert "nodes started" in report.table("empty", found)
