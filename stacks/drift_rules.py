"""Rules between settings of what watches models for drift."""

from typing import TYPE_CHECKING

from stacks._fields import Problem, Problems
from stacks.drift_settings import Measured
from stacks.models_rules import prefixes

if TYPE_CHECKING:
    from stacks.settings import Settings

NAMESPACE = "drift"
"""Namespace of the exporter and the webhook's receiver."""
WEBHOOK_URL = f"http://retraining-webhook.{NAMESPACE}.svc:8080/"
"""Where Alertmanager sends alerts that ask for a retraining; `webhook_url` of DriftMonitor."""


def drift(settings: "Settings") -> Problems:
    """A watched model is captured, and its drift starts a retraining."""
    if not (found := settings.drift):
        return
    for section in ("addons", "capture", "retraining"):
        if getattr(settings, section) is None:
            yield Problem("drift", "...", f"needs `{section}`: add it")
    if NAMESPACE in settings.tenants:
        yield Problem(f"tenants.{NAMESPACE}", NAMESPACE, "allowed: another name, `drift` has its programs there")
    captured = settings.capture.sampling_percent if settings.capture else {}
    triggers = settings.retraining.triggers.values() if settings.retraining else ()
    for model, watched in found.models.items():
        path = f"drift.models.{model}"
        wanted = (watched.prefix, watched.truth) if watched.truth else (watched.prefix,)
        yield from prefixes(settings, path, {watched.store: wanted})
        days = settings.capture.retention_days if settings.capture else 400
        if watched.window_hours > 24 * days:
            allowed = f"allowed: up to {24 * days}, capture.retentionDays is {days}"
            yield Problem(f"{path}.windowHours", watched.window_hours, allowed)
        if settings.capture and not captured.get(model):
            yield Problem(path, "...", f"nothing of it is captured: add `capture.samplingPercent.{model}`")
        if watched.quality:
            yield from _measured(path, watched.quality, bool(watched.truth), days)
        if not settings.retraining:
            continue
        scores = [trigger.threshold for trigger in triggers if (trigger.kind, trigger.model) == ("drift", model)]
        if not scores:
            yield Problem(path, "...", f"its drift starts nothing: add a trigger of kind drift for {model}")
        for score in scores:
            if score is not None and score > watched.threshold:
                allowed = f"allowed: from the trigger's own threshold, {score:g}, or its events would start nothing"
                yield Problem(f"{path}.threshold", watched.threshold, allowed)
        scores = [trigger.threshold for trigger in triggers if (trigger.kind, trigger.model) == ("performance", model)]
        if scores and not watched.quality:
            allowed = "nothing measures it, and its trigger of kind performance starts nothing: add it"
            yield Problem(f"{path}.quality", None, allowed)
        for score in scores:
            if watched.quality and score is not None and score < watched.quality.least:
                allowed = f"allowed: up to the trigger's own threshold, {score:g}, or its events would start nothing"
                yield Problem(f"{path}.quality.least", watched.quality.least, allowed)


def _measured(path: str, quality: Measured, truth: bool, days: int) -> Problems:
    """What is measured has outcomes, and predictions that are old enough to have one and are still kept."""
    if not truth:
        yield Problem(f"{path}.quality", "...", "needs `truth`, the prefix that true outcomes arrive in: add it")
    if quality.days > days:
        yield Problem(f"{path}.quality.days", quality.days, f"allowed: up to capture.retentionDays, {days}")
    if quality.delay_days >= quality.days:
        yield Problem(f"{path}.quality.delayDays", quality.delay_days, f"allowed: less than days, {quality.days}")
