"""The comparison of two models on the same rows: what chance explains is no difference, and what it does not is one."""

import random
import statistics

import pytest

from tests.workloads.candidates import evaluation
from workloads.promotion import paired


@pytest.mark.parametrize("metric", paired.METRICS)
def test_two_models_that_are_equally_good_are_no_different_in_19_of_20_draws(metric: str) -> None:
    draws = [
        paired.difference(
            metric, *(paired.read(evaluation(1, seed, 600, labels=draw)) for seed in (2 * draw + 1, 2 * draw + 2))
        ).decision
        for draw in range(200)
    ]
    assert draws.count(paired.Decision.NO_DIFFERENCE) >= 190


@pytest.mark.parametrize("metric", paired.METRICS)
def test_a_model_that_is_worse_is_found_out_and_one_that_is_better_too(metric: str) -> None:
    good, bad = (paired.read(evaluation(noise, seed=7)) for noise in (0.1, 3))
    assert paired.difference(metric, bad, good).decision is paired.Decision.WORSE
    assert paired.difference(metric, good, bad).decision is paired.Decision.BETTER


def test_the_area_and_its_interval_are_those_of_a_bootstrap() -> None:
    """DeLong's variance, against drawing the rows again: B. Efron, R. Tibshirani: An Introduction to the Bootstrap."""
    ours, theirs = (paired.read(evaluation(noise, seed, rows=1500)) for noise, seed in ((0.5, 1), (1.5, 2)))
    found, chance = paired.difference("auc", ours, theirs), random.Random(3)
    drawn = []
    for _ in range(200):
        picked = chance.choices(sorted(ours), k=len(ours))
        again = ({str(number): rows[one] for number, one in enumerate(picked)} for rows in (ours, theirs))
        drawn.append(paired.difference("auc", *again).value)
    assert found.value == pytest.approx(statistics.mean(drawn), abs=0.003)
    assert (found.high - found.low) / 2 / paired.Z == pytest.approx(statistics.stdev(drawn), rel=0.2)
