"""Rules between settings of monitoring."""

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from monitoring.watched import Server, Service
from stacks._fields import Problem, Problems
from stacks.drift_rules import NAMESPACE

if TYPE_CHECKING:
    from stacks.settings import Settings

CANDIDATE = "-candidate"
"""End of the names of what is made for a candidate."""
LEAST_DAYS = 15
"""Days that staging and prod keep: alerts on cost compare with the week before, and a fault is looked into later."""


def needs(settings: "Settings") -> Problems:
    """Alerts have topics to go to, Grafana has a password, and both have the controllers that they need."""
    if not (found := settings.monitoring):
        return
    for name in ("addons", "notifications", "secrets"):
        if not getattr(settings, name):
            yield Problem("monitoring", "...", f"needs `{name}`: add it")
    wanted = {"grafanaSecret": found.grafana_secret, "watchdogSecret": found.watchdog_secret}
    for name, secret in wanted.items() if settings.secrets else ():
        if secret and settings.secrets and secret not in settings.secrets.names:
            allowed = f"allowed: a name of secrets.names ({', '.join(settings.secrets.names)})"
            yield Problem(f"monitoring.{name}", secret, allowed)
    if settings.costs and found.monthly_limit_usd > settings.costs.monthly_limit_usd:
        allowed = f"allowed: at most costs.monthlyLimitUsd, {settings.costs.monthly_limit_usd}"
        yield Problem("monitoring.monthlyLimitUsd", found.monthly_limit_usd, allowed)


def volumes(settings: "Settings") -> Problems:
    """There is a node in each zone for the volumes of monitoring, each of which is of one zone."""
    if not (settings.monitoring and settings.cluster and settings.network):
        return
    nodes, zones = settings.cluster.system_nodes.min, len(settings.network.zones)
    if nodes < zones:
        allowed = f"allowed: {zones} or more, one for each zone of network.zones, or monitoring loses its volumes"
        yield Problem("cluster.systemNodes.min", nodes, allowed)


def watched_models(settings: "Settings") -> list[str]:
    """The served models, and those that are watched for drift wherever they are served."""
    served = [*settings.services, *settings.llms]
    return [*served, *sorted(set(settings.drift.models if settings.drift else ()) - set(served))]


def names(settings: "Settings") -> Problems:
    """Queries distinguish a candidate's pods from its model's by a suffix of the pod name, which no model may have."""
    for section in ("services", "llms"):
        for name in getattr(settings, section):
            if name.endswith(CANDIDATE):
                yield Problem(f"{section}.{name}", "...", f"allowed: a name that does not end with {CANDIDATE}")


def promised(settings: "Settings", model: str) -> Service:
    """A model, and what it promises.

    Raises:
        ValidationError: A promise that does not exist, or that could not be watched.
    """
    found: dict[str, Any] = {"model": model, "namespace": NAMESPACE, "min_replicas": 0}
    if one := settings.services.get(model) or settings.llms.get(model):
        found |= {"namespace": one.team, "min_replicas": one.scaling.min}
    if model in settings.llms:
        found |= {"server": Server.VLLM}
    if settings.drift and model in settings.drift.models:
        found |= {"drift_period_seconds": 60.0 * settings.drift.every_minutes}
        found |= {"min_drift_rows": settings.drift.models[model].min_rows}
    given = settings.monitoring.promises.get(model, {}) if settings.monitoring else {}
    return Service.model_validate({**given, **found})


def promises(settings: "Settings") -> Problems:
    """Each promise is of a served model, and its server can measure it."""
    given = settings.monitoring.promises if settings.monitoring else {}
    for model, values in given.items():
        if model not in (known := watched_models(settings)):
            allowed = f"allowed: a model that is served or watched for drift ({', '.join(known)})"
            yield Problem(f"monitoring.promises.{model}", "...", allowed)
            continue
        try:
            promised(settings, model)
        except ValidationError as error:
            for one in error.errors():
                name = ".".join(map(str, one["loc"]))
                path = f"monitoring.promises.{model}{'.' if name else ''}{name}"
                yield Problem(path, values.get(name, "..."), one["msg"].removeprefix("Value error, "))


def of_prod(settings: "Settings") -> Problems:
    """A dead man's switch raises the alarm when prod's alerting is silent."""
    if settings.monitoring and not settings.monitoring.watchdog_secret:
        yield Problem("monitoring.watchdogSecret", None, "prod needs it: add it, and its name to secrets.names")


def of_protected(settings: "Settings") -> Problems:
    """Staging and prod are watched, and what was measured is kept for a while."""
    environment, found = settings.environment, settings.monitoring
    if settings.addons and not found:
        yield Problem("monitoring", None, f"{environment} needs it: add it")
    if found and found.retention_days < LEAST_DAYS:
        yield Problem(
            "monitoring.retentionDays", found.retention_days, f"allowed in {environment}: {LEAST_DAYS} or more"
        )
