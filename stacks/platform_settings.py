"""Settings of the platform layer: registries, databases, the lake, the cluster and its GPU nodes."""

from typing import Literal

from pydantic import Field

from stacks._fields import (
    Account,
    Cidr,
    DatabaseUser,
    Lock,
    LogGroupDays,
    Model,
    PrincipalArn,
    RepositoryName,
    Section,
    Slug,
)


class Registry(Section):
    """Container repositories."""

    repositories: tuple[RepositoryName, ...] = Field(min_length=1, description="names of the repositories")
    pull_accounts: tuple[Account, ...] = Field(default=(), description="accounts that may pull, to promote by digest")
    pull_through: dict[Slug, str] = Field(default={}, description="prefix to the public registry that is cached")
    keep_images: int = Field(ge=1, le=1000, description="how many images a repository keeps")
    untagged_days: int = Field(ge=1, le=365, description="days until an untagged image expires")


class Database(Section):
    """PostgreSQL."""

    engine_version: str = Field(
        pattern=r"^[0-9]+$", description="major version of PostgreSQL, such as 17; RDS installs its minor versions"
    )
    instance_class: str = Field(pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$", description="RDS instance class")
    storage_gib: int = Field(ge=20, le=65536, description="storage at first, GiB")
    max_storage_gib: int = Field(ge=20, le=65536, description="storage it may grow to, GiB")
    multi_zone: bool = Field(description="a standby in another zone")
    backup_days: int = Field(ge=1, le=35, description="days of point-in-time recovery")
    log_days: LogGroupDays = Field(description="days that CloudWatch Logs keeps its logs")
    users: tuple[DatabaseUser, ...] = Field(min_length=1, description="database users that sign in by IAM")


class Lake(Section):
    """The data lake."""

    scan_limit_gib: int = Field(ge=1, le=100000, description="most that one query may scan, GiB")
    results_days: int = Field(ge=1, le=365, description="days until query results expire")
    noncurrent_version_days: int = Field(ge=1, le=3650, description="days until an overwritten version expires")
    lineage_lock: Lock | None = Field(default=None, description="retention of lineage records")


class Features(Section):
    """The feature store's backend."""

    engine: Literal["valkey", "redis"] = Field(default="valkey", description="engine of the online store")
    engine_version: str = Field(
        pattern=r"^[6-9]\.[0-9]$", description="version of the engine; AWS installs later minor versions"
    )
    node_type: str = Field(pattern=r"^cache\.[a-z0-9]+\.[a-z0-9]+$", description="ElastiCache node type")
    replicas: int = Field(ge=0, le=5, description="replicas in other zones")
    users: tuple[Slug, ...] = Field(min_length=1, description="users that sign in by IAM")
    snapshot_days: int = Field(ge=0, le=35, description="days of snapshots")
    log_days: LogGroupDays = Field(description="days that CloudWatch Logs keeps its logs")
    noncurrent_version_days: int = Field(ge=1, le=3650, description="days until an overwritten version expires")


class Access(Model):
    """Who may do what in the cluster."""

    principal: PrincipalArn = Field(description="role or user, without wildcards")
    policy: Literal["cluster-admin", "admin", "edit", "view"] = Field(description="EKS access policy")
    namespaces: tuple[Slug, ...] = Field(default=(), description="namespaces it is limited to; none: all")


class SystemNodes(Model):
    """The managed nodes that the platform's own controllers run on."""

    instance_types: tuple[str, ...] = Field(min_length=1, description="EC2 instance types")
    min: int = Field(ge=1, le=20, description="least nodes")
    max: int = Field(ge=1, le=20, description="most nodes; no autoscaler adds any")
    release: str | None = Field(
        default=None,
        pattern=r"^1\.[0-9]{2}\.[0-9]+-[0-9]{8}$",
        description="version of the AMI, such as 1.35.0-20261023; none: the newest when the nodes are created",
    )


class Cluster(Section):
    """The Kubernetes cluster."""

    version: str = Field(pattern=r"^1\.[0-9]{2}$", description="Kubernetes version in standard support")
    public_access: tuple[Cidr, ...] = Field(default=(), description="networks that may reach the public endpoint")
    deploy_from: dict[Slug, tuple[Cidr, ...]] = Field(
        default={}, description="name of a VPN or a peered VPC to its private networks, which reach the API server"
    )
    log_days: LogGroupDays = Field(description="days that CloudWatch Logs keeps the control plane's logs")
    addons: dict[str, str] = Field(min_length=1, description="add-on to its version")
    access: dict[Slug, Access] = Field(default={}, description="who may enter")
    system_nodes: SystemNodes

    @property
    def private_networks(self) -> list[str]:
        """The private networks that reach the API server, each once."""
        return sorted({cidr for cidrs in self.deploy_from.values() for cidr in cidrs})


class ManagedSpot(Model):
    """A managed node group of spot GPU instances, where Karpenter is not wanted."""

    instance_types: tuple[str, ...] = Field(min_length=2, description="EC2 instance types, diversified")
    max: int = Field(ge=1, le=100, description="most nodes")


class Gpu(Model):
    """What GPU nodes need in the account."""

    max_gpus: int = Field(ge=1, le=10000, description="most GPUs that run at a time")
    monthly_limit_usd: int = Field(ge=1, description="budget of the GPU instances, US dollars a month")
    managed_spot: ManagedSpot | None = Field(default=None, description="the alternative to Karpenter")
