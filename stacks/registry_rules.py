"""Rules between settings of the model registry, and what its gate must demand."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from stacks._fields import Problem, Problems
from stacks.models_rules import prefixes
from workloads.promotion.gate import Alias, Check, Gate, Risk

if TYPE_CHECKING:
    from stacks.settings import Settings

PATH = "modelRegistry"
THRESHOLDS = {
    Check.QUALITY: "quality",
    Check.CHAMPION: "quality",
    Check.FAIRNESS: "fairness",
    Check.LATENCY: "latency",
    Check.SIZE: "max_mib",
}
"""Check to the threshold that it needs."""


def model_registry(settings: "Settings") -> Problems:
    """It has what it stands on, and a gate that a good model can pass."""
    if not (found := settings.model_registry):
        return
    for name in ("addons", "database", "secrets"):
        if not getattr(settings, name):
            yield Problem(PATH, "...", f"needs `{name}`: add it")
    users = settings.database.users if settings.database else ()
    if users and found.database_user not in users:
        yield Problem(f"{PATH}.databaseUser", found.database_user, f"allowed: a user of database ({', '.join(users)})")
    secrets = settings.secrets.names if settings.secrets else {}
    if secrets and found.admin_secret not in secrets:
        allowed = f"allowed: a secret of secrets.names ({', '.join(secrets)})"
        yield Problem(f"{PATH}.adminSecret", found.admin_secret, allowed)
    yield from prefixes(settings, PATH, {found.store: (found.prefix, found.published)})
    if found.prefix == found.published:
        yield Problem(f"{PATH}.published", found.published, "allowed: another prefix than modelRegistry.prefix")
    for name, workload in settings.workloads.items():
        if workload.namespace == "mlflow" and workload.service_account in ("mlflow", "promotion"):
            yield Problem(f"workloads.{name}", "...", f"{PATH} makes this identity, and there can be one: remove it")
    for path, writes in _writes(settings):
        if found.published in writes.get(found.store, ()):
            yield Problem(f"{path}.{found.store}", found.published, "allowed: others; here only who promotes writes")
    for name, gate in found.promotion.models.items():
        yield from _gate(settings, f"{PATH}.promotion.models.{name}", gate)


def _writes(settings: "Settings") -> Iterator[tuple[str, Mapping[str, Sequence[str]]]]:
    """Everybody whose settings let them write into stores."""
    for name, workload in settings.workloads.items():
        yield f"workloads.{name}.writes", workload.writes
    for tenant, one in settings.tenants.items():
        for name, account in one.service_accounts.items():
            yield f"tenants.{tenant}.serviceAccounts.{name}.writes", account.writes


def _gate(settings: "Settings", path: str, gate: Gate) -> Problems:
    assert settings.model_registry
    policy = settings.model_registry.promotion
    demanded = {check for checks in policy.aliases.values() for check in checks}
    for threshold in dict.fromkeys(THRESHOLDS[check] for check in Check if check in demanded and check in THRESHOLDS):
        if getattr(gate, threshold) is None:
            allowed = "an alias demands it, and nothing could ever pass without it: add it"
            yield Problem(f"{path}.{'maxMib' if threshold == 'max_mib' else threshold}", None, allowed)
    keys = {key.strip() for key in policy.approvers.values()}
    if gate.risk is Risk.HIGH and Check.APPROVAL in demanded and len(keys) < gate.approvals:
        allowed = f"{len(keys)} keys in promotion.approvers: allowed: {gate.approvals} or more different ones"
        yield Problem(f"{path}.approvals", gate.approvals, allowed)


def registry_of_protected(settings: "Settings") -> Problems:
    """Staging and prod survive the loss of a server, and a champion has passed everything."""
    if not (found := settings.model_registry):
        return
    if found.replicas < 2:
        yield Problem(f"{PATH}.replicas", found.replicas, f"allowed in {settings.environment}: 2 or more")
    if missing := [check.value for check in Check if check not in found.promotion.aliases.get(Alias.CHAMPION, ())]:
        allowed = f"allowed in {settings.environment}: every check; missing: {', '.join(missing)}"
        yield Problem(f"{PATH}.promotion.aliases.champion", missing, allowed)
    for name, gate in found.promotion.models.items():
        if gate.risk is None:
            allowed = f"{settings.environment} needs it, so that nobody's tag decides alone: add it"
            yield Problem(f"{PATH}.promotion.models.{name}.risk", None, allowed)
