"""What single settings cannot see: rules between them, and what an environment demands."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from stacks import cluster_rules as cluster
from stacks import drift_rules as drift
from stacks import foundation_rules as foundation
from stacks import governance_rules as governance
from stacks import images
from stacks import models_rules as models
from stacks import monitoring_rules as monitoring
from stacks import platform_rules as platform
from stacks import registry_rules as registry
from stacks import serving_rules as serving
from stacks._fields import Lock, LockMode, Problem, Problems, Section
from stacks.partial import UnknownError

if TYPE_CHECKING:
    from stacks.settings import Settings


def problems(settings: "Settings") -> Problems:
    """Everything that does not go together, as far as the settings that a rule asks for are right by themselves."""
    for rule in RULES:
        with suppress(UnknownError):
            yield from rule(settings)


def sections(settings: "Settings") -> Iterator[tuple[str, Section]]:
    """Path and section of everything that keeps data with a key."""
    for name, store in settings.stores.items():
        yield f"stores.{name}", store
    for name in type(settings).model_fields:
        if isinstance(section := getattr(settings, name), Section):
            yield name, section


def _data_classes(settings: "Settings") -> Problems:
    classes = settings.keys.data_classes
    for path, section in sections(settings):
        if section.data_class not in classes:
            allowed = f"allowed: a data class that keys.dataClasses defines ({', '.join(classes)})"
            yield Problem(f"{path}.dataClass", section.data_class, allowed)


def locks(settings: "Settings") -> dict[str, Lock]:
    """Path of each retention that is set, such as `audit.lock`, to the retention."""
    found = {f"stores.{name}.lock": store.lock for name, store in settings.stores.items()}
    found |= {"audit.lock": settings.audit.lock}
    found |= {"backups.lock": settings.backups.lock} if settings.backups else {}
    found |= {"lake.lineageLock": settings.lake.lineage_lock} if settings.lake else {}
    return {path: lock for path, lock in found.items() if lock}


def _locks(settings: "Settings") -> Problems:
    for path, lock in locks(settings).items():
        if lock.mode is LockMode.COMPLIANCE and not settings.environment.protected:
            allowed = f"allowed in {settings.environment}: GOVERNANCE, or `down` could not take it away"
            yield Problem(f"{path}.mode", lock.mode.value, allowed)


def _in(*environments: str) -> Callable[[Callable[["Settings"], Problems]], Callable[["Settings"], Problems]]:
    """The same rule for some environments only."""

    def limit(rule: Callable[["Settings"], Problems]) -> Callable[["Settings"], Problems]:
        return lambda settings: rule(settings) if settings.environment in environments else iter(())

    return limit


_PROD, _PROTECTED, _REAL = _in("prod"), _in("staging", "prod"), _in("dev", "staging", "prod")

RULES: tuple[Callable[["Settings"], Problems], ...] = (
    _data_classes,
    foundation.stores,
    _locks,
    foundation.network,
    _PROD(foundation.network_of_prod),
    _PROD(foundation.costs_of_prod),
    foundation.deletion,
    _PROD(foundation.audit_of_prod),
    _REAL(foundation.real),
    _PROTECTED(foundation.safety_of_protected),
    platform.database,
    _PROTECTED(platform.features_of_protected),
    platform.cluster,
    platform.runner,
    platform.gpu,
    cluster.needs,
    _PROTECTED(cluster.addons_of_protected),
    cluster.pools,
    cluster.queue,
    cluster.tenants,
    monitoring.needs,
    monitoring.names,
    monitoring.promises,
    _REAL(monitoring.volumes),
    _PROD(monitoring.of_prod),
    _PROTECTED(monitoring.of_protected),
    registry.model_registry,
    _PROTECTED(registry.registry_of_protected),
    foundation.backups,
    platform.accounts,
    images.named,
    models.triggers,
    models.workloads,
    drift.drift,
    serving.services,
    governance.systems,
    governance.models,
    governance.approvals,
    _PROTECTED(governance.of_protected),
    foundation.subscribers,
    foundation.told,
)
