"""The model registry: MLflow on the environment's database and artifacts, and the gate of its promotions."""

from typing import Any

import pulumi

from components import Cluster, Database, DatabaseUsers, ModelRegistry
from stacks.foundation import Foundation
from stacks.registry_settings import ModelRegistry as RegistrySettings
from stacks.wiring import Wiring

SCRAPER = "monitoring"
"""Namespace of Prometheus."""


def model_registry(
    wiring: Wiring,
    base: Foundation,
    cluster: Cluster,
    database: Database,
    registry: RegistrySettings,
    after: list[pulumi.Output[str]],
    opts: pulumi.ResourceOptions,
) -> ModelRegistry:
    """Wire the registry; `opts` reach into the cluster."""
    settings = wiring.settings
    store, watched = settings.stores[registry.store], settings.monitoring is not None
    assert base.secrets is not None  # a rule of the settings
    return ModelRegistry(
        "model-registry",
        {
            "cluster_name": cluster.cluster_name,
            "image": wiring.image(registry.image),
            "bucket_name": base.stores[registry.store]["bucket"],
            "prefix": registry.prefix,
            "published_prefix": registry.published,
            "kms_key_arn": base.keys[store.data_class],
            "database_address": database.address,
            "database_resource_id": database.resource_id,
            "database_user": registry.database_user,
            "vpc_cidr": base.in_network("cidr"),
            "admin_secret_arn": base.secrets[registry.admin_secret],
            "gate": registry.promotion.model_dump_json(by_alias=True, exclude_none=True),
            "caller_namespaces": [*registry.callers, *([SCRAPER] if watched else [])],
            "replicas": registry.replicas,
            "allowed_hosts": [*registry.hosts, *(_scraped(wiring) if watched else [])],
            "metrics": watched,
            "after": after,
            "tags": wiring.tags(registry.data_class),
        },
        opts,
    )


def database_users(
    wiring: Wiring,
    base: Foundation,
    cluster: Cluster,
    database: Database,
    registry: RegistrySettings,
    after: list[pulumi.Output[str]],
    opts: pulumi.ResourceOptions,
) -> DatabaseUsers:
    """Wire the users of the database, MLflow's among them; `opts` reach into the cluster."""
    settings = wiring.settings
    assert settings.database is not None  # a rule of the settings
    return DatabaseUsers(
        "database-users",
        {
            "cluster_name": cluster.cluster_name,
            "image": wiring.image(registry.image),
            "users": settings.database.users,
            "address": database.address,
            "database_name": database.database_name,
            "master_secret_arn": database.master_secret_arn,
            "kms_key_arn": base.keys[settings.database.data_class],
            "vpc_cidr": base.in_network("cidr"),
            "after": after,
            "tags": wiring.tags(settings.database.data_class),
        },
        opts,
    )


def registered(registry: ModelRegistry) -> pulumi.Output[dict[str, Any]]:
    """What others learn of it: `uri`, `namespace`, `gate`, `role` and `promoterRole`."""
    return pulumi.Output.all(
        uri=registry.tracking_uri,
        namespace=registry.namespace,
        gate=registry.gate_config_map,
        role=registry.role_arn,
        promoterRole=registry.promoter_role_arn,
    )


def _scraped(wiring: Wiring) -> list[str]:
    """The Host header of Prometheus: a pod's address in the VPC, which is a /16 to a /20."""
    assert wiring.settings.network
    first, second, *_ = wiring.settings.network.cidr.split(".")
    return [f"{first}.{second}.*:5000"]
