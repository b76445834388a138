"""Rules between settings of the platform layer."""

from typing import TYPE_CHECKING

from stacks._fields import MODELS, Problem, Problems

if TYPE_CHECKING:
    from stacks.platform_settings import Cluster
    from stacks.settings import Settings

DEPLOYER = "deployer"
"""Name under which the cluster lets the deploy role of the pipeline in."""


def administrators(cluster: "Cluster") -> list[str]:
    """Principals that may do everything in the cluster, which a deployment needs."""
    return [one.principal for one in cluster.access.values() if one.policy == "cluster-admin"]


def database(settings: "Settings") -> Problems:
    """Storage grows, and staging and prod survive the loss of a zone."""
    if not (found := settings.database):
        return
    if found.max_storage_gib < found.storage_gib:
        yield Problem("database.maxStorageGib", found.max_storage_gib, f"allowed: {found.storage_gib} or more")
    if settings.environment.protected and not found.multi_zone:
        yield Problem("database.multiZone", False, f"allowed in {settings.environment}: true")
    if settings.environment == "prod" and found.backup_days < 14:
        yield Problem("database.backupDays", found.backup_days, "allowed in prod: 14 or more")


def features_of_protected(settings: "Settings") -> Problems:
    """Staging and prod survive the loss of a cache node."""
    if settings.features and settings.features.replicas < 1:
        yield Problem("features.replicas", settings.features.replicas, f"allowed in {settings.environment}: 1 or more")


def cluster(settings: "Settings") -> Problems:
    """The API is not for the whole internet, and whoever enters is named."""
    if not (found := settings.cluster):
        for name in ("gpu", "workloads"):
            if getattr(settings, name):
                yield Problem(name, "...", "needs a cluster: add `cluster`")
        return
    if found.public_access and settings.environment == "prod":
        yield Problem("cluster.publicAccess", list(found.public_access), "allowed in prod: none")
    for number, cidr in enumerate(found.public_access):
        if cidr.endswith("/0"):
            yield Problem(f"cluster.publicAccess.{number}", cidr, "allowed: networks of yours, not the whole internet")
    if found.system_nodes.max < found.system_nodes.min:
        yield Problem("cluster.systemNodes.max", found.system_nodes.max, f"allowed: {found.system_nodes.min} or more")
    if DEPLOYER in found.access and settings.ci:
        yield Problem(f"cluster.access.{DEPLOYER}", "...", "allowed: another name; the deploy role of `ci` has it")
    if settings.environment != "local" and not settings.ci and not administrators(found):
        yield Problem("cluster.access", "...", "no principal could deploy: add one with policy cluster-admin, or `ci`")
    release = found.system_nodes.release
    if release and not release.startswith(f"{found.version}."):
        yield Problem("cluster.systemNodes.release", release, f"allowed: an AMI of cluster.version, {found.version}")
    for name, access in found.access.items():
        if "*" in access.principal:
            yield Problem(f"cluster.access.{name}.principal", access.principal, "allowed: one role or user, without *")
        if access.policy == "cluster-admin" and access.namespaces:
            yield Problem(f"cluster.access.{name}.namespaces", list(access.namespaces), "cluster-admin has none")


def gpu(settings: "Settings") -> Problems:
    """GPUs have a budget, within that of the environment."""
    if not settings.gpu:
        return
    if not settings.costs:
        yield Problem("gpu.maxGpus", settings.gpu.max_gpus, "GPUs need a budget: add `costs`")
    elif settings.gpu.monthly_limit_usd > settings.costs.monthly_limit_usd:
        yield Problem(
            "gpu.monthlyLimitUsd",
            settings.gpu.monthly_limit_usd,
            f"allowed: at most costs.monthlyLimitUsd, {settings.costs.monthly_limit_usd}",
        )


def accounts(settings: "Settings") -> Problems:
    """Other accounts are other accounts."""
    if settings.registry and settings.account in settings.registry.pull_accounts:
        yield Problem("registry.pullAccounts", settings.account, "allowed: other accounts than `account`")
    for name, store in settings.stores.items():
        path = f"stores.{name}.readAccounts"
        if settings.account in store.read_accounts:
            yield Problem(path, settings.account, "allowed: other accounts than `account`")
        if store.read_accounts and MODELS not in store.prefixes:
            yield Problem(path, list(store.read_accounts), f"allowed where stores.{name}.prefixes has {MODELS}")
    if settings.ci and settings.ci.promotion and settings.ci.promotion.account == settings.account:
        yield Problem("ci.promotion.account", settings.account, "allowed: another account than `account`")
    if settings.ci and settings.ci.promotion and not settings.registry:
        yield Problem("ci.promotion", "...", "promotes images: add `registry`")
