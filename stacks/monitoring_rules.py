"""Rules between settings of monitoring."""

from typing import TYPE_CHECKING

from stacks._fields import Problem, Problems

if TYPE_CHECKING:
    from stacks.settings import Settings

LEAST_DAYS = 15
"""Days that staging and prod keep: alerts on cost compare with the week before, and a fault is looked into later."""


def needs(settings: "Settings") -> Problems:
    """Alerts have somebody to tell, Grafana has a password, and both have the controllers that they need."""
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


def of_prod(settings: "Settings") -> Problems:
    """Somebody hears of it when prod's alerting is silent."""
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
