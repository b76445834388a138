"""The platform layer: registries, databases, the lake, the cluster and its GPU nodes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components import (
    AccessArgs,
    AccessPolicy,
    CacheEngine,
    Cluster,
    ClusterArgs,
    ContainerRegistry,
    Database,
    DataLake,
    DataLakeArgs,
    FeatureBackend,
    GpuNodeAccess,
    GpuNodeAccessArgs,
)
from stacks.costs import DATABASE
from stacks.delivery import deploy_runner
from stacks.foundation import Foundation
from stacks.platform_rules import DEPLOYER
from stacks.platform_settings import Cluster as ClusterSettings
from stacks.platform_settings import Database as DatabaseSettings
from stacks.platform_settings import Features, Gpu, Lake, Registry
from stacks.stages import Stage
from stacks.stores import lock_args
from stacks.wiring import Exports, Wiring
from stacks.workbench import workbench


@dataclass(frozen=True, kw_only=True)
class Platform(Exports):
    """What the platform gives to the models layer, and to other teams; each part is there if its settings are."""

    registry: pulumi.Output[Mapping[str, Mapping[str, str]]] | None = None
    """`urls`, `arns`, `pullPolicies` and `pushPolicies` of the repositories, each by name."""
    database: pulumi.Output[Mapping[str, Any]] | None = None
    """`endpoint`, `name`, `masterSecretArn`, `securityGroup`, `resourceId`, and `connectPolicies` by user."""
    lake: pulumi.Output[Mapping[str, Any]] | None = None
    """`buckets` and `databases` by zone, `workgroup`, `queryPolicy`, `dvcConfig` and `dvcPolicy`."""
    features: pulumi.Output[Mapping[str, Any]] | None = None
    """`endpoint`, `offlineUri`, `feastConfig`, and `connectPolicies` by user."""
    cluster: pulumi.Output[Mapping[str, str]] | None = None
    """`name`, `arn`, `endpoint`, `securityGroup`, `oidcProvider`, `oidcIssuer` and `kubeconfig`."""
    runner: pulumi.Output[Mapping[str, str]] | None = None
    """`project` of CodeBuild that runs jobs of GitHub Actions, and `label` with which their label begins."""
    gpu: pulumi.Output[Mapping[str, Any]] | None = None
    """`controllerRole`, `nodeRole`, `nodeRoleName`, and `queue`."""
    addons: pulumi.Output[Mapping[str, Any]] | None = None
    """`ready`, `releases` by name, `loadBalancerRole` and `externalSecretsRole`."""
    tenants: pulumi.Output[Mapping[str, Any]] | None = None
    """Tenant to its `namespace`, `queue`, and `roles` by service account."""
    monitoring: pulumi.Output[Mapping[str, Any]] | None = None
    """`namespace`, `prometheus` (its address), `alertmanagerRole`, and `releases` by name."""
    model_registry: pulumi.Output[Mapping[str, str]] | None = None
    """`uri`, `namespace`, `gate`, `role` and `promoterRole`."""


def platform(wiring: Wiring, base: Foundation) -> Platform:
    """Wire the platform of one environment on its foundation."""
    settings = wiring.settings
    registry = _registry(wiring, base, settings.registry) if settings.registry else None
    lake = _lake(wiring, base, settings.lake) if settings.lake else None
    with_cluster, with_inside = wiring.until.covers(Stage.CLUSTER), wiring.until.covers(Stage.PLATFORM)
    cluster = _cluster(wiring, base, settings.cluster) if settings.cluster and with_cluster else None
    clients = [cluster.security_group_id] if cluster else []
    database = _database(wiring, base, settings.database, clients) if settings.database else None
    features = _features(wiring, base, settings.features, clients) if settings.features else None
    runner = deploy_runner(wiring, base, settings.ci, cluster) if settings.ci and cluster else None
    gpu = _gpu(wiring, base, settings.gpu, cluster) if settings.gpu and cluster else None
    inside = None
    if settings.addons and cluster and with_inside:
        inside = workbench(wiring, base, cluster, database, gpu, settings.addons)
    return Platform(
        registry=registry
        and pulumi.Output.all(
            urls=registry.repository_urls,
            arns=registry.repository_arns,
            pullPolicies=registry.pull_policies,
            pushPolicies=registry.push_policies,
        ),
        database=database
        and pulumi.Output.all(
            endpoint=database.endpoint,
            name=database.database_name,
            masterSecretArn=database.master_secret_arn,
            securityGroup=database.security_group_id,
            resourceId=database.resource_id,
            connectPolicies=database.connect_policies,
        ),
        lake=lake
        and pulumi.Output.all(
            buckets=lake.bucket_names,
            databases=lake.database_names,
            workgroup=lake.workgroup_name,
            queryPolicy=lake.query_policy,
            dvcConfig=lake.dvc_config,
            dvcPolicy=lake.dvc_policy,
        ),
        features=features
        and pulumi.Output.all(
            endpoint=features.online_endpoint,
            offlineUri=features.offline_uri,
            feastConfig=features.feast_config,
            connectPolicies=features.connect_policies,
        ),
        cluster=cluster
        and pulumi.Output.all(
            name=cluster.cluster_name,
            arn=cluster.cluster_arn,
            endpoint=cluster.endpoint,
            securityGroup=cluster.security_group_id,
            oidcProvider=cluster.oidc_provider_arn,
            oidcIssuer=cluster.oidc_issuer,
            kubeconfig=cluster.kubeconfig,
        ),
        runner=runner and pulumi.Output.all(project=runner.project_name, label=runner.label),
        gpu=gpu
        and pulumi.Output.all(
            controllerRole=gpu.controller_role_arn,
            nodeRole=gpu.node_role_arn,
            nodeRoleName=gpu.node_role_name,
            queue=gpu.queue_name,
        ),
        **(inside.exports() if inside else {}),
    )


def _registry(wiring: Wiring, base: Foundation, registry: Registry) -> ContainerRegistry:
    return ContainerRegistry(
        "registry",
        {
            "repositories": registry.repositories,
            "kms_key_arn": base.keys[registry.data_class],
            "pull_account_ids": registry.pull_accounts,
            "pull_through": {prefix: {"upstream_registry_url": url} for prefix, url in registry.pull_through.items()},
            "keep_tagged": registry.keep_images,
            "untagged_days": registry.untagged_days,
            "force_delete": wiring.force_destroy,
            "tags": wiring.tags(registry.data_class),
        },
        wiring.opts,
    )


def _database(
    wiring: Wiring, base: Foundation, database: DatabaseSettings, clients: list[pulumi.Output[str]]
) -> Database:
    tags = wiring.tags(database.data_class)
    return Database(
        DATABASE,
        {
            "engine_version": database.engine_version,
            "vpc_id": base.in_network("vpcId"),
            "subnet_ids": wiring.zoned(base.in_network("isolatedSubnets")),
            "kms_key_arn": base.keys[database.data_class],
            "client_security_group_ids": clients,
            "users": database.users,
            "instance_class": database.instance_class,
            "allocated_gib": database.storage_gib,
            "max_allocated_gib": database.max_storage_gib,
            "multi_az": database.multi_zone,
            "backup_retention_days": database.backup_days,
            "log_days": database.log_days,
            "deletion_protection": wiring.settings.protected,
            "skip_final_snapshot": wiring.force_destroy,
            "tags": {**tags, "backup": "backups"} if wiring.settings.backups else tags,
        },
        wiring.opts,
    )


def _lake(wiring: Wiring, base: Foundation, lake: Lake) -> DataLake:
    args: DataLakeArgs = {
        "kms_key_arn": base.keys[lake.data_class],
        "log_bucket": base.log_bucket,
        "scan_limit_gib": lake.scan_limit_gib,
        "results_days": lake.results_days,
        "noncurrent_version_days": lake.noncurrent_version_days,
        "force_destroy": wiring.force_destroy,
        "tags": wiring.tags(lake.data_class),
    }
    if lake.lineage_lock:
        args["lineage_lock"] = lock_args(lake.lineage_lock)
    return DataLake("lake", args, wiring.opts)


def _features(
    wiring: Wiring, base: Foundation, features: Features, clients: list[pulumi.Output[str]]
) -> FeatureBackend:
    return FeatureBackend(
        "features",
        {
            "vpc_id": base.in_network("vpcId"),
            "subnet_ids": base.in_network("isolatedSubnets"),
            "kms_key_arn": base.keys[features.data_class],
            "log_bucket": base.log_bucket,
            "users": features.users,
            "client_security_group_ids": clients,
            "engine": CacheEngine(features.engine),
            "engine_version": features.engine_version,
            "node_type": features.node_type,
            "replicas": features.replicas,
            "snapshot_days": features.snapshot_days,
            "log_days": features.log_days,
            "noncurrent_version_days": features.noncurrent_version_days,
            "force_destroy": wiring.force_destroy,
            "tags": wiring.tags(features.data_class),
        },
        wiring.opts,
    )


def _cluster(wiring: Wiring, base: Foundation, cluster: ClusterSettings) -> Cluster:
    access: dict[str, AccessArgs] = {
        name: {"principal_arn": one.principal, "policy": one.policy, "namespaces": one.namespaces}  # pyright: ignore
        for name, one in cluster.access.items()
    }
    if wiring.settings.ci and base.ci is not None:
        access[DEPLOYER] = {"principal_arn": base.ci["deploy"], "policy": AccessPolicy.CLUSTER_ADMIN}
    args: ClusterArgs = {
        "version": cluster.version,
        "subnet_ids": base.in_network("privateSubnets"),
        "kms_key_arn": base.keys[cluster.data_class],
        "addons": cluster.addons,
        "system_nodes": {
            "instance_types": cluster.system_nodes.instance_types,
            "min_size": cluster.system_nodes.min,
            "max_size": cluster.system_nodes.max,
        },
        "access": access,
        "public_access_cidrs": cluster.public_access,
        "private_access_cidrs": cluster.private_networks,
        "log_days": cluster.log_days,
        "deletion_protection": wiring.settings.protected,
        "token_command": ["mlp", "token"],
        "tags": wiring.tags(cluster.data_class),
    }
    if cluster.system_nodes.release:
        args["system_nodes"]["release"] = cluster.system_nodes.release
    return Cluster("cluster", args, wiring.opts)


def _gpu(wiring: Wiring, base: Foundation, gpu: Gpu, cluster: Cluster) -> GpuNodeAccess:
    assert wiring.settings.cluster
    data_class = wiring.settings.cluster.data_class
    args: GpuNodeAccessArgs = {
        "cluster_name": cluster.cluster_name,
        "kms_key_arn": base.keys[data_class],
        "create_spot_service_role": "spot-role" not in wiring.settings.existing,
        "tags": wiring.tags(data_class),
    }
    if gpu.managed_spot:
        args["managed_spot"] = {
            "instance_types": gpu.managed_spot.instance_types,
            "max_size": gpu.managed_spot.max,
            "subnet_ids": base.in_network("privateSubnets"),
        }
    return GpuNodeAccess("gpu", args, wiring.opts)
