"""Rules that look at what else there is beside a model."""

from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN, Resource
from policies.ai import model_for_everyone_at_once as staged
from policies.ai import model_that_nobody_can_stop as stopped
from policies.ai import unlogged_high_risk_model as logged
from policies.ai import unwatched_high_risk_model as watched
from tests.policies.ai.model import model
from tests.policies.world import BUCKET, beside, judged, made

LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
ALERT = {"alert": "FeatureDrift", "expr": "drift == 1", "labels": {"severity": "ticket", "owner": "service"}}
BINDS = {"record": "promised:drift_period_seconds", "expr": "vector(1)", "labels": {"model": "fraud"}}


def captures(*rules: dict[str, Any], name: str = "captures") -> tuple[Resource, Resource]:
    bucket = made(BUCKET, "captures", {"bucket": name})
    return bucket, beside(LIFECYCLE, {"rules": [{"status": "Enabled", **one} for one in rules]}, bucket)


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        ({"expiration": {"days": 365}}, Outcome.PASS),
        ({"expiration": {"days": 364}}, Outcome.FAIL),
        ({"expiration": {"days": 1}, "status": "Disabled"}, Outcome.PASS),
        ({"expiration": {"date": "2027-01-01T00:00:00Z"}}, Outcome.FAIL),
        ({"noncurrentVersionExpiration": {"noncurrentDays": 1}}, Outcome.PASS),
        ({"expiration": {"days": UNKNOWN}}, Outcome.UNKNOWN),
    ],
)
def test_captures_are_kept_as_long_as_logs(rule: dict[str, Any], outcome: Outcome) -> None:
    assert judged(logged.RULE, model(), *captures({"expiration": {"days": 400}}, rule))[0] is outcome


def test_a_bucket_of_another_stack_is_judged_there() -> None:
    assert judged(logged.RULE, model())[0] is Outcome.PASS
    assert judged(logged.RULE, model(), *captures({"expiration": {"days": 1}}, name="others"))[0] is Outcome.PASS


@pytest.mark.parametrize(
    ("entries", "outcome"),
    [
        ([ALERT, BINDS], Outcome.PASS),
        ([{**ALERT, "expr": 'drift{model="fraud"} == 1'}], Outcome.PASS),
        ([ALERT], Outcome.FAIL),
        ([ALERT, {**BINDS, "labels": {"model": "churn"}}], Outcome.FAIL),
        ([{**ALERT, "labels": {"severity": "info", "owner": "service"}}, BINDS], Outcome.FAIL),
        ([{**ALERT, "labels": {"severity": "page"}}, BINDS], Outcome.FAIL),
        ([{**ALERT, "alert": "ServiceDown", "expr": "up == 0"}, {**BINDS, "record": "up"}], Outcome.FAIL),
        ([UNKNOWN], Outcome.UNKNOWN),
    ],
)
def test_drift_of_this_model_is_told_to_somebody(entries: list[Any], outcome: Outcome) -> None:
    rules = made("kubernetes:monitoring.coreos.com/v1:PrometheusRule", "p", {"spec": {"groups": [{"rules": entries}]}})
    assert judged(watched.RULE, model(), rules)[0] is outcome


def test_in_a_stack_of_one_layer_the_alerts_are_elsewhere() -> None:
    assert judged(watched.RULE, model(), stack="prod-models")[0] is Outcome.NOT_APPLICABLE
    assert judged(watched.RULE, model(), stack="prod")[0] is Outcome.FAIL


def scaler(name: Any, namespace: Any = "vision") -> Resource:
    return made("kubernetes:keda.sh/v1alpha1:ScaledObject", "s", {"metadata": {"namespace": namespace, "name": name}})


@pytest.mark.parametrize(
    ("others", "outcome"),
    [
        ([scaler("fraud")], Outcome.PASS),
        ([scaler("credit")], Outcome.FAIL),
        ([scaler("fraud", "language")], Outcome.FAIL),
        ([scaler(UNKNOWN)], Outcome.UNKNOWN),
        ([], Outcome.FAIL),
    ],
)
def test_the_switch_is_there(others: list[Resource], outcome: Outcome) -> None:
    assert judged(stopped.RULE, model(), *others)[0] is outcome


def canary(*weights: int) -> dict[str, Any]:
    return {"strategy": {"canary": {"steps": [{"pause": {}}, *({"setWeight": one} for one in weights)]}}}


@pytest.mark.parametrize(
    ("subject", "others", "outcome"),
    [
        (model(**canary(5, 100)), [], Outcome.PASS),
        (model(**canary(100)), [], Outcome.FAIL),
        (model(**canary()), [], Outcome.FAIL),
        (model(strategy={"blueGreen": {}}), [], Outcome.FAIL),
        (model(notes={"rollout-mode": "shadow"}), [], Outcome.FAIL),
        (model(notes={"rollout-mode": "shadow"}), [model("fraud-candidate")], Outcome.PASS),
        (model(notes={"rollout-mode": "shadow"}), [model("credit", labels={"model": "credit"})], Outcome.FAIL),
    ],
)
def test_a_new_version_is_for_a_few_or_beside(subject: Resource, others: list[Resource], outcome: Outcome) -> None:
    assert judged(staged.RULE, subject, *others)[0] is outcome
