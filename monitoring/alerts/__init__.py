"""Alerts: one group a file, each a function of what is watched."""

from collections.abc import Callable

from monitoring.alerts import account, cost, gpu, llm, models, platform, quality, serving, spot, training
from monitoring.rule import Group
from monitoring.watched import Watched

GROUPS: tuple[Callable[[Watched], Group], ...] = (
    serving.group,
    llm.group,
    models.group,
    quality.group,
    training.group,
    spot.group,
    gpu.group,
    cost.group,
    platform.group,
    account.group,
)
