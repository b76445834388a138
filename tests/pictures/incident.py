"""What happens in the pictures: drift, a canary that fails, a secret that cannot be read, and no spot nodes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitoring.synthetic import Series
from tests.monitoring.answers import NOW

TOLD = (
    "Made-up series in a real Prometheus. 10:30: the data of fraud 4 drift. 11:20 to 12:00: fraud 5, a canary, fails"
    " one request in three and is sent back. 12:30: a secret of fraud can no longer be read. 13:00: EC2 takes spot"
    " nodes back; new ones come on demand at 13:30, and some pods still wait."
)
"""The subtitle of every picture; times are those of the axis."""
CANARY, SPOT = (2.0, 2 + 2 / 3), (0.5, 1.0)
"""Hours before the end of the history: when each ends and begins."""
DRIFT, SECRET = 3.5, 1.5
"""Hours before the end of the history when each begins; it lasts until the end."""


@dataclass(frozen=True)
class Change:
    """How some series differ for a while.

    Attributes:
        name: The metric.
        labels: Labels of the series.
        until: Hours before the end when it is over.
        since: Hours before the end when it begins.
        an_hour: What a counter gains more an hour.
        value: What a gauge is.
    """

    name: str
    labels: Mapping[str, str]
    until: float
    since: float
    an_hour: float = 0.0
    value: float | None = None

    def covers(self, one: Series) -> bool:
        """Whether it changes a series."""
        return one.name == self.name and self.labels.items() <= one.labels.items()

    def values(self, one: Series, times: Sequence[float]) -> tuple[float, ...]:
        """The series' values with the change."""
        start, end = times[-1] - self.since * 3600, times[-1] - self.until * 3600
        if self.value is not None:
            return tuple(
                self.value if start <= time <= end else old for time, old in zip(times, one.values, strict=True)
            )
        gained = (self.an_hour * max(0.0, min(time, end) - start) / 3600 for time in times)
        return tuple(old + more for old, more in zip(one.values, gained, strict=True))


_DRIFTED = {"model": "fraud", "version": "4"}
_FAILING = {"model": "fraud", "version": "5"}
_STARTED = 24.0
_INTERRUPTED = {"message_type": "spot_interrupted"}
_TRAINING = {"instance_type": "g6.12xlarge"}
_DEAD = {"dimension_QueueName": "retraining-dead"}
CHANGES = (
    Change("rest_server_requests_total", {**_FAILING, "status_code": "500"}, CANARY[0], CANARY[1], an_hour=3600),
    Change("rollout_info", {"name": "fraud", "phase": "Progressing"}, *CANARY, value=1),
    Change("rollout_info", {"name": "fraud", "phase": "Degraded"}, CANARY[0] - 0.5, CANARY[0], value=1),
    Change("rollout_info", {"name": "fraud", "phase": "Healthy"}, CANARY[0] - 0.5, CANARY[1], value=0),
    Change(
        "rollout_events_total", {"name": "fraud", "reason": "RolloutAborted"}, CANARY[0] - 0.1, CANARY[0], an_hour=10
    ),
    Change("analysis_run_info", {"phase": "Failed"}, CANARY[0] + 0.3, _STARTED, value=0),
    Change("alertmanager_alerts", {"state": "suppressed"}, 0.0, _STARTED, value=0),
    Change("alertmanager_alerts", {"state": "active"}, 0.0, _STARTED, value=0),
    Change("alertmanager_alerts", {"state": "active"}, 0.0, DRIFT - 0.1, value=1),
    Change("alertmanager_alerts", {"state": "active"}, CANARY[0] - 0.1, CANARY[1] - 0.1, value=3),
    Change("alertmanager_alerts", {"state": "active"}, 0.0, SECRET - 0.1, value=2),
    Change("alertmanager_alerts", {"state": "active"}, 0.0, SPOT[1] - 0.1, value=3),
    Change("ml_platform_drift_share", _DRIFTED, 0.0, DRIFT, value=0.8),
    Change("ml_platform_drift_detected", _DRIFTED, 0.0, DRIFT, value=1),
    Change("ml_platform_prediction_value_count", _DRIFTED, 0.0, DRIFT, an_hour=9_000),
    *(
        Change("ml_platform_prediction_value_bucket", {**_DRIFTED, "le": bound}, 0.0, DRIFT, an_hour=9_000)
        for bound in ("0.9", "1", "+Inf")
    ),
    Change("aws_sqs_approximate_number_of_messages_visible_maximum", _DEAD, 0.0, _STARTED, value=0),
    Change("externalsecret_sync_calls_error", {"name": "fraud"}, 0.0, SECRET, an_hour=60),
    Change("externalsecret_status_condition", {"name": "fraud", "status": "False"}, 0.0, SECRET, value=1),
    Change("externalsecret_status_condition", {"name": "fraud", "status": "True"}, 0.0, SECRET, value=0),
    Change(
        "ml_platform_checkpoint_last_timestamp_seconds",
        {"job_name": "train-a"},
        0.0,
        SPOT[1],
        value=NOW - 3600 * SPOT[1],
    ),
    Change("kueue_pending_workloads", {"status": "inadmissible"}, 0.0, _STARTED, value=0),
    Change("kueue_pending_workloads", {"status": "active", "cluster_queue": "vision"}, 0.0, SPOT[1], value=8),
    Change("kubecost_node_is_spot", _TRAINING, 0.0, SPOT[0], value=0),
    Change("node_total_hourly_cost", _TRAINING, 0.0, SPOT[0], value=8.2),
    Change("karpenter_interruption_received_messages_total", _INTERRUPTED, SPOT[1] - 0.1, SPOT[1] + 0.1, an_hour=40),
    Change(
        "karpenter_cloudprovider_instance_launch_failures_total",
        {"reason": "InsufficientInstanceCapacity"},
        *SPOT,
        an_hour=30,
    ),
    Change("karpenter_scheduler_unschedulable_pods_count", {}, 0.0, _STARTED, value=0),
    Change("karpenter_scheduler_unschedulable_pods_count", {}, 0.0, SPOT[1], value=6),
    Change("karpenter_scheduler_unschedulable_pods_count", {}, 0.0, SPOT[0], value=2),
    Change(
        "karpenter_nodeclaims_terminated_total",
        {"nodepool": "training", "capacity_type": "spot"},
        SPOT[1] - 0.1,
        SPOT[1] + 0.1,
        an_hour=40,
    ),
)


def with_incident(found: Iterator[Series], times: Sequence[float]) -> Iterator[Series]:
    """The series with every change."""
    for one in (phase for series in found for phase in _phases(series)):
        for change in CHANGES:
            if change.covers(one):
                one = one._replace(values=change.values(one, times))
        yield one


def _phases(one: Series) -> Iterator[Series]:
    """A series, or of a rollout one for each phase, all healthy."""
    if one.name != "rollout_info":
        yield one
        return
    for phase in ("Healthy", "Progressing", "Degraded"):
        value = float(phase == "Healthy")
        yield one._replace(labels={**one.labels, "phase": phase}, values=(value,) * len(one.values))
