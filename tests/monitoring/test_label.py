"""Values of labels: each is known with its source, or has a form; series of tests have no others."""

import pytest

from monitoring.catalogue import CATALOGUE
from monitoring.label import Label, alternatives, formed, known, named
from tests.monitoring.contract import emitted

LABELS = {(metric.name, label.name): label for metric in CATALOGUE.values() for label in metric.by_name.values()}


@pytest.mark.parametrize("label", LABELS.values(), ids=[":".join(key) for key in LABELS])
def test_a_label_has_its_values_with_their_source_or_a_form(label: Label) -> None:
    assert bool(label.values) != bool(label.form)
    assert label.source or not label.values
    assert label.examples
    assert [value for value in label.examples if not label.admits(value)] == []


PHASE = known("phase", "Abort", "Completed", source="here")
CODE = formed("code", r"[1-5][0-9]{2}", "200", "500")
POD = named("pod", "fraud-1", form=r"[a-z0-9-]+")


@pytest.mark.parametrize(
    ("label", "pattern", "missed"),
    [
        (PHASE, "Abort|Comp.+", ""),
        (PHASE, "Abort|Degraded", "Degraded"),
        (PHASE, "(Abort|Degraded)", ""),
        (CODE, "5..|200", ""),
        (CODE, "503", ""),
        (CODE, "5..|5xx", "5xx"),
        (CODE, "6..", "6.."),
        (POD, "credit-.+", ""),
        (POD, "credit-1|Credit", "Credit"),
    ],
)
def test_each_alternative_of_a_pattern_finds_a_value(label: Label, pattern: str, missed: str) -> None:
    assert label.misses(pattern) == missed


def test_alternatives_are_those_outside_of_groups() -> None:
    assert alternatives(r"a|b(c|d)|[|]|e\|f") == ["a", "b(c|d)", "[|]", r"e\|f"]


def test_a_series_of_a_test_gets_the_labels_that_its_emitter_gives_it() -> None:
    assert emitted('rollout_info{name="fraud", phase="Abort"}') == (
        'rollout_info{namespace="namespace-a", name="fraud", strategy="canary", traffic_router="ALB", phase="Abort"}'
    )
    assert emitted('up{model="fraud"}') == 'up{model="fraud"}'
    assert emitted('ml_platform:a:b{any="c"}') == 'ml_platform:a:b{any="c"}'


@pytest.mark.parametrize(
    ("series", "told"),
    [
        ('rollout_info{phase="Degraded"}', 'never phase="Degraded"; it has "InvalidSpec", "Completed"'),
        ('rollout_phase{phase="Abort"}', "no program emits rollout_phase"),
        ('rollout_info{state="Abort"}', "rollout_info has no label state; it has"),
        ('rest_server_request_duration_seconds_bucket{le="0.3"}', 'never le="0.3"; it has "0.005"'),
        ("rest_server_request_duration_seconds_bucket{}", "a bucket has `le`"),
        ("rollout_info", 'write name{label="value", ...}'),
    ],
)
def test_a_series_that_no_program_emits_is_refused(series: str, told: str) -> None:
    with pytest.raises(ValueError, match=r".*") as error:
        emitted(series)
    assert told in str(error.value)
