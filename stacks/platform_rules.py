"""Rules between settings of the platform layer."""

from typing import TYPE_CHECKING

from stacks._fields import MODELS, Problem, Problems

if TYPE_CHECKING:
    from stacks.platform_settings import Cluster
    from stacks.settings import Settings

PRIVATE_NETWORKS = 14
"""Most networks of `cluster.deployFrom`: what the network ACL of private subnets has room for."""
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
    yield from _ways_in(settings, found)
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


def _ways_in(settings: "Settings", found: "Cluster") -> Problems:
    reachable = found.public_access or found.private_networks or settings.runner
    if settings.environment != "local" and not reachable:
        public = "" if settings.environment == "prod" else ", or name networks of yours here"
        yield Problem(
            "cluster.publicAccess",
            [],
            "nothing outside the VPC could reach the API server, and `mlp up` needs it: add `ci.runner`, or the "
            f"private networks of a VPN or a peered VPC to `cluster.deployFrom`{public}",
        )
    for name, cidrs in found.deploy_from.items():
        for number, cidr in enumerate(cidrs):
            if cidr.endswith("/0"):
                allowed = "allowed: private networks of yours, not every address"
                yield Problem(f"cluster.deployFrom.{name}.{number}", cidr, allowed)
        if not cidrs:
            yield Problem(f"cluster.deployFrom.{name}", [], "allowed: at least one network")
    if len(found.private_networks) > PRIVATE_NETWORKS:
        # Amazon VPC User Guide, "Amazon VPC quotas": 20 inbound rules of a network ACL.
        allowed = f"allowed: at most {PRIVATE_NETWORKS} networks in all, as many as a network ACL has room for"
        yield Problem("cluster.deployFrom", len(found.private_networks), allowed)


def runner(settings: "Settings") -> Problems:
    """The runner has a cluster to deploy to, and a way to GitHub."""
    if not settings.runner:
        return
    if not settings.cluster:
        yield Problem("ci.runner", "...", "needs a cluster: add `cluster`, or remove it")
    if settings.network and settings.network.nat == "none":
        allowed = "`ci.runner` could not reach GitHub, which has no VPC endpoint: allowed: single or per-zone"
        yield Problem("network.nat", "none", allowed)


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
