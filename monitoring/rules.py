"""All rules of an environment, as the groups of a PrometheusRule."""

from typing import Any

from monitoring import services
from monitoring.alerts import GROUPS
from monitoring.rule import Alert, Group
from monitoring.watched import Watched

RUNBOOKS = "https://github.com/example/ml-platform/blob/main/docs/runbooks"
"""Folder of the runbooks, one an alert, unless the caller gives another."""


def typed(watched: Watched) -> list[Group]:
    """The groups of rules of an environment that are not empty, recordings before what reads them."""
    found = [*services.groups(watched), *(group(watched) for group in GROUPS)]
    return [group for group in found if group.recordings or group.alerts]


def alerts(watched: Watched) -> dict[str, Alert]:
    """Alerts of an environment by name."""
    return {alert.name: alert for group in typed(watched) for alert in group.alerts}


def groups(watched: Watched, runbooks: str = RUNBOOKS) -> list[dict[str, Any]]:
    """`spec.groups` of the PrometheusRule of an environment.

    Args:
        watched: What the environment has, and the bounds of its alerts.
        runbooks: Address of the folder of runbooks, which alerts link to.
    """
    return [group.rendered(runbooks) for group in typed(watched)]
