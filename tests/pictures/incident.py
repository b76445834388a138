"""What happens in the pictures: a canary that fails, and spot nodes that EC2 takes back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitoring.synthetic import Series

TOLD = (
    "Made-up series in a real Prometheus. 11:20 to 12:00: version 5 of fraud, a canary, fails one request in three. "
    "13:00: EC2 takes spot nodes back, and gives no new ones for half an hour; pods wait from then on."
)
"""The subtitle of every picture; times are those of the axis."""
CANARY, SPOT = (2.0, 2 + 2 / 3), (0.5, 1.0)
"""Hours before the end of the history: when each ends and begins."""


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


_FAILING = {"model": "fraud", "version": "5"}
_STARTED = 24.0
_INTERRUPTED = {"message_type": "spot_interrupted"}
CHANGES = (
    Change("rest_server_requests_total", {**_FAILING, "status_code": "500"}, CANARY[0], CANARY[1], an_hour=3600),
    Change("rollout_info", {"name": "fraud", "phase": "Healthy"}, CANARY[0] - 0.3, CANARY[1], value=0),
    Change("analysis_run_info", {"phase": "Failed"}, CANARY[0] + 0.3, _STARTED, value=0),
    Change("alertmanager_alerts", {"state": "suppressed"}, 0.0, _STARTED, value=0),
    Change("alertmanager_alerts", {"state": "active"}, 0.0, _STARTED, value=0),
    Change("alertmanager_alerts", {"state": "active"}, CANARY[0] - 0.1, CANARY[1] - 0.1, value=2),
    Change("alertmanager_alerts", {"state": "active"}, 0.0, SPOT[1] - 0.1, value=1),
    Change("karpenter_interruption_received_messages_total", _INTERRUPTED, SPOT[1] - 0.1, SPOT[1] + 0.1, an_hour=40),
    Change(
        "karpenter_cloudprovider_instance_launch_failures_total",
        {"reason": "InsufficientInstanceCapacity"},
        *SPOT,
        an_hour=30,
    ),
    Change("karpenter_scheduler_unschedulable_pods_count", {}, 0.0, SPOT[1], value=6),
    Change("karpenter_nodeclaims_terminated_total", {"nodepool": "training"}, SPOT[1] - 0.1, SPOT[1] + 0.1, an_hour=40),
)


def with_incident(found: Iterator[Series], times: Sequence[float]) -> Iterator[Series]:
    """The series with every change."""
    for one in found:
        for change in CHANGES:
            if change.covers(one):
                one = one._replace(values=change.values(one, times))
        yield one
