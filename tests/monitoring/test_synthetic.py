"""Synthetic series are what the contract says, and always the same."""

import pytest

from monitoring import synthetic
from monitoring.catalogue import CATALOGUE, SERIES
from monitoring.metric import Kind, Metric

TIMES = [float(60 * number) for number in range(30)]


@pytest.mark.parametrize("metric", CATALOGUE.values(), ids=lambda metric: metric.name)
def test_a_metric_has_its_series_with_every_label_of_the_contract(metric: Metric) -> None:
    found = list(synthetic.series(TIMES, [metric]))
    assert {one.name for one in found} == set(metric.series)
    for one in found:
        own = {name: label for name, label in metric.by_name.items() if not label.optional}
        assert set(one.labels) == set(own if one.name.endswith("_bucket") else own.keys() - {"le"})
        assert {name: value for name, value in one.labels.items() if not own[name].admits(value)} == {}
        assert len(one.values) == len(TIMES)
    assert len({(one.name, *sorted(one.labels.items())) for one in found}) == len(found)


def test_what_counts_only_rises_and_buckets_hold_those_below_them() -> None:
    found = list(synthetic.series(TIMES))
    for one in found:
        if SERIES[one.name].kind is not Kind.GAUGE:
            assert list(one.values) == sorted(one.values), one.name
            assert one.values[-1] > one.values[0], one.name
    buckets = [one for one in found if one.name == "ml_platform_prediction_value_bucket"]
    first = [one for one in buckets if one.labels["pod"] == buckets[0].labels["pod"]]
    last = [one.values[-1] for one in sorted(first, key=lambda one: float(one.labels["le"]))]
    assert last == sorted(last)
    assert len(last) == 11


def test_the_same_times_give_the_same_values() -> None:
    assert list(synthetic.series(TIMES)) == list(synthetic.series(TIMES))


def test_a_thing_is_in_one_phase() -> None:
    found = synthetic.label_sets(CATALOGUE["rollout_info"])
    assert len({(one["namespace"], one["name"]) for one in found}) == len(found)
    assert {one["phase"] for one in found} == {"Completed", "Progressing"}


def test_a_line_is_what_promtool_reads() -> None:
    one = synthetic.Series("a_total", {"b": "c"}, (1.5, 2.0))
    assert list(synthetic.openmetrics(iter([one]), [60.0, 120.0])) == [
        'a_total{b="c"} 1.5 60\n',
        'a_total{b="c"} 2 120\n',
        "# EOF\n",
    ]


def test_a_measure_lies_within_its_interval_and_below_one() -> None:
    found = {(one.name, *sorted(one.labels.items())): one.values for one in synthetic.series(TIMES)}
    measures = [key for key in found if key[0] in ("ml_platform_quality", "ml_platform_quality_slice_difference")]
    assert measures
    for name, *labels in measures:
        lower, value, upper = (found[(f"{name}{end}", *labels)] for end in ("_lower", "", "_upper"))
        assert all(0 < low < middle < high < 1 for low, middle, high in zip(lower, value, upper, strict=True))
