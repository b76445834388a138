"""What is in the cluster: controllers, node pools, the queue for GPUs, and the teams."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pulumi

from components import (
    AdmissionPolicies,
    AdmissionPoliciesArgs,
    ClosedNamespace,
    Cluster,
    ClusterAddons,
    ClusterAddonsArgs,
    Database,
    GpuNodeAccess,
    GpuSpotPool,
    GpuSpotPoolArgs,
    GrantArgs,
    GrantKind,
    ModelRegistry,
    Monitoring,
    PoolUse,
    TeamArgs,
    Tenant,
    TenantArgs,
    TrainingQueue,
)
from stacks.cluster_rules import flavors
from stacks.cluster_settings import Addons, Pool, Queue, ServiceAccount
from stacks.cluster_settings import Tenant as TenantSettings
from stacks.foundation import Foundation
from stacks.model_registry import database_users, model_registry, registered
from stacks.monitoring import NAMESPACE, exported, watch
from stacks.wiring import Wiring

SECRET_PREFIX = "secrets-"
"""How the names of the secrets begin that the foundation makes."""


class Workbench(NamedTuple):
    """What others need of what is in the cluster."""

    addons: ClusterAddons
    """The controllers."""
    tenants: Mapping[str, Tenant]
    """The teams' places by name."""
    monitoring: Monitoring | None
    """What watches all of it."""
    registry: ModelRegistry | None
    """MLflow."""

    def exports(self) -> dict[str, Any]:
        """Its parts of what the platform gives to others."""
        tenants = {
            name: pulumi.Output.all(namespace=one.namespace, queue=one.queue_name, roles=one.role_arns)
            for name, one in self.tenants.items()
        }
        addons = pulumi.Output.all(
            ready=self.monitoring.ready if self.monitoring else self.addons.ready,
            releases=self.addons.release_versions,
            loadBalancerRole=self.addons.load_balancer_role_arn,
            externalSecretsRole=self.addons.external_secrets_role_arn,
        )
        return {
            "addons": addons,
            "tenants": pulumi.Output.all(**tenants) if tenants else None,
            "monitoring": exported(self.monitoring) if self.monitoring else None,
            "model_registry": registered(self.registry) if self.registry else None,
        }


class _Inside(NamedTuple):
    """What every part needs: settings, the foundation, the cluster, and options that reach into it."""

    wiring: Wiring
    base: Foundation
    cluster: Cluster
    opts: pulumi.ResourceOptions

    @property
    def data_class(self) -> str:
        """The cluster's own."""
        assert self.wiring.settings.cluster
        return self.wiring.settings.cluster.data_class


def workbench(
    wiring: Wiring,
    base: Foundation,
    cluster: Cluster,
    database: Database | None,
    gpu: GpuNodeAccess | None,
    addons: Addons,
) -> Workbench:
    """Wire what is in the cluster, each part after what it needs, so that it also goes before it."""
    settings = wiring.settings
    inside = _Inside(wiring, base, cluster, wiring.in_cluster(cluster.kubeconfig))
    controllers = _addons(inside, gpu, addons)
    ready = [controllers.ready]
    if gpu:
        ready += [_pool(inside, gpu, name, pool, ready[:1]).ready for name, pool in settings.pools.items()]
    queue = _queue(inside, settings.queue, addons, ready) if settings.queue else None
    ready += [queue.ready] if queue else []
    ready += [_admission(inside, ready).ready] if wiring.admission else []
    ClosedNamespace("default", {"namespace": "default", "tags": wiring.tags(inside.data_class)}, inside.opts)
    tenants = {name: _tenant(inside, name, tenant, queue, ready) for name, tenant in settings.tenants.items()}
    monitoring = None
    if settings.monitoring:
        monitoring = watch(wiring, base, cluster, settings.monitoring, [controllers.ready], inside.opts)
    registry = None
    if settings.model_registry and database:
        after = [*ready, *([monitoring.ready] if monitoring else [])]
        users = database_users(wiring, base, cluster, database, settings.model_registry, ready, inside.opts)
        after.append(users.ready)
        registry = model_registry(wiring, base, cluster, database, settings.model_registry, after, inside.opts)
    return Workbench(controllers, tenants, monitoring, registry)


def _addons(inside: _Inside, gpu: GpuNodeAccess | None, addons: Addons) -> ClusterAddons:
    secrets = inside.wiring.settings.secrets
    args: ClusterAddonsArgs = {
        "cluster_name": inside.cluster.cluster_name,
        "vpc_id": inside.base.in_network("vpcId"),
        "kms_key_arn": inside.base.keys[secrets.data_class if secrets else inside.data_class],
        "volume_kms_key_arn": inside.base.keys[inside.data_class],
        "secret_prefix": SECRET_PREFIX,
        "replicas": addons.replicas,
        "tags": inside.wiring.tags(inside.data_class),
    }
    if gpu:
        args["karpenter_queue"] = gpu.queue_name
    if addons.gateway_api:
        args["gateway_api_file"] = addons.gateway_api
    return ClusterAddons("addons", args, inside.opts)


def _pool(inside: _Inside, gpu: GpuNodeAccess, name: str, pool: Pool, after: list[pulumi.Output[str]]) -> GpuSpotPool:
    network = inside.wiring.settings.network
    args: GpuSpotPoolArgs = {
        "use": PoolUse(pool.use),
        "cluster_name": inside.cluster.cluster_name,
        "node_role_name": gpu.node_role_name,
        "kms_key_arn": inside.base.keys[inside.data_class],
        "ami": pool.image,
        "families": pool.families,
        "zones": pool.zones or (network.zones if network else ()),
        "max_size": pool.size,
        "on_demand_size": pool.on_demand,
        "max_gpus_per_node": pool.max_gpus_per_node,
        "volume_gib": pool.volume_gib,
        "after": after,
        "tags": inside.wiring.tags(inside.data_class),
    }
    if pool.expire_hours:
        args["expire_hours"] = pool.expire_hours
    if pool.drain_minutes:
        args["drain_minutes"] = pool.drain_minutes
    return GpuSpotPool(name, args, inside.opts)


def _queue(inside: _Inside, queue: Queue, addons: Addons, after: list[pulumi.Output[str]]) -> TrainingQueue:
    teams: dict[str, TeamArgs] = {
        name: {
            "cpus": team.cpus,
            "memory_gib": team.memory_gib,
            "gpus": team.gpus,
            "borrow_gpus": team.borrow_gpus,
            "weight": team.weight,
        }
        for name, team in queue.teams.items()
    }
    return TrainingQueue(
        "queue",
        {
            "flavors": [{"name": flavor, "node_labels": _labels(flavor)} for flavor in flavors(inside.wiring.settings)],
            "teams": teams,
            "replicas": addons.replicas,
            "after": after,
            "tags": inside.wiring.tags(inside.data_class),
        },
        inside.opts,
    )


def _admission(inside: _Inside, after: list[pulumi.Output[str]]) -> AdmissionPolicies:
    """After the controllers, whose charts need what nobody else may have, and before everybody else."""
    args: AdmissionPoliciesArgs = {
        "manifests": inside.wiring.admission,
        "tags": inside.wiring.tags(inside.data_class),
        "after": after,
    }
    return AdmissionPolicies("admission", args, inside.opts)


def _labels(flavor: str) -> dict[str, str]:
    """Labels of the nodes of a flavor, `<pool>-<capacity type>`."""
    capacity = "on-demand" if flavor.endswith("-on-demand") else "spot"
    return {"ml-platform/pool": flavor.removesuffix(f"-{capacity}"), "karpenter.sh/capacity-type": capacity}


def _tenant(
    inside: _Inside, name: str, tenant: TenantSettings, queue: TrainingQueue | None, after: list[pulumi.Output[str]]
) -> Tenant:
    args: TenantArgs = {
        "namespace": name,
        "group": tenant.group,
        "quota": {
            "cpus": tenant.cpus,
            "memory_gib": tenant.memory_gib,
            "gpus": tenant.gpus,
            "pods": tenant.pods,
            "storage_gib": tenant.storage_gib,
            "load_balancers": tenant.load_balancers,
        },
        "cluster_name": inside.cluster.cluster_name,
        "member_arns": tenant.members,
        "service_accounts": {
            account: {"grants": _grants(inside, wanted)} for account, wanted in tenant.service_accounts.items()
        },
        "https_cidrs": [inside.base.in_network("cidr"), *tenant.reaches],
        "from_namespaces": sorted({*tenant.callers, *([NAMESPACE] if inside.wiring.settings.monitoring else [])}),
        "after": after,
        "tags": {**inside.wiring.tags(inside.data_class), "owner": name},
    }
    settings = inside.wiring.settings
    if settings.model_registry and name in settings.model_registry.callers:
        args["to_namespaces"] = ["mlflow"]
    if queue and settings.queue and name in settings.queue.teams:
        args["cluster_queue"] = queue.cluster_queues[name]
    return Tenant(f"tenant-{name}", args, inside.opts)


def _grants(inside: _Inside, wanted: ServiceAccount) -> list[GrantArgs]:
    base, stores = inside.base, inside.wiring.settings.stores
    found: list[Any] = [
        {
            "kind": kind,
            "resource_arn": base.stores[store]["arn"],
            "prefix": prefix,
            "kms_key_arn": base.keys[stores[store].data_class],
        }
        for kind, given in ((GrantKind.READ_PREFIX, wanted.reads), (GrantKind.WRITE_PREFIX, wanted.writes))
        for store, prefixes in given.items()
        for prefix in prefixes
    ]
    return found
