"""Rules between settings of the models layer."""

from typing import TYPE_CHECKING

from stacks._fields import Problem, Problems

if TYPE_CHECKING:
    from stacks.settings import Settings


NEEDS = {
    "schedule": {"schedule"},
    "drift": {"threshold"},
    "performance": {"threshold"},
    "new-data": {"store", "prefix"},
    "manual": set(),
}
"""Kind of trigger to the settings that it needs; it may have no others."""


def triggers(settings: "Settings") -> Problems:
    """A trigger has what its kind needs, and nothing else."""
    for name, trigger in settings.retraining.triggers.items() if settings.retraining else ():
        path = f"retraining.triggers.{name}"
        for field in ("schedule", "threshold", "store", "prefix"):
            value = getattr(trigger, field)
            if value is None and field in NEEDS[trigger.kind]:
                yield Problem(f"{path}.{field}", None, f"kind {trigger.kind} needs it: add it")
            elif value is not None and field not in NEEDS[trigger.kind]:
                yield Problem(f"{path}.{field}", value, f"kind {trigger.kind} has none: remove it")
        yield from prefixes(settings, path, {trigger.store: (trigger.prefix,)} if trigger.store else {})


def workloads(settings: "Settings") -> Problems:
    """A workload reaches only what there is."""
    for name, workload in settings.workloads.items():
        path = f"workloads.{name}"
        yield from prefixes(settings, f"{path}.reads", workload.reads)
        yield from prefixes(settings, f"{path}.writes", workload.writes)
        users = settings.database.users if settings.database else ()
        if workload.database_user and workload.database_user not in users:
            yield Problem(
                f"{path}.databaseUser", workload.database_user, f"allowed: a user of database ({', '.join(users)})"
            )
        known = settings.secrets.names if settings.secrets else {}
        for secret in workload.secrets:
            if secret not in known:
                yield Problem(f"{path}.secrets", secret, f"allowed: a secret of secrets.names ({', '.join(known)})")
        for field, section in (("captures", "capture"), ("publishes", "retraining"), ("retrains", "retraining")):
            if getattr(workload, field) and getattr(settings, section) is None:
                yield Problem(f"{path}.{field}", True, f"needs `{section}`: add it")


def prefixes(settings: "Settings", path: str, wanted: dict) -> Problems:
    """Stores that there are, and prefixes that they have."""
    for store, prefixes in wanted.items():
        if store not in settings.stores:
            yield Problem(f"{path}.{store}", store, f"allowed: a store of stores ({', '.join(settings.stores)})")
            continue
        known = settings.stores[store].prefixes
        for prefix in prefixes:
            if prefix not in known:
                yield Problem(f"{path}.{store}", prefix, f"allowed: a prefix of stores.{store} ({', '.join(known)})")
