"""Settings of what is in the cluster: its controllers, its node pools, the queue for GPUs and the teams."""

from typing import Annotated, Literal

from pydantic import Field

from stacks._fields import Cidr, Model, Prefix, PrincipalArn, Slug, Zone
from stacks.explain import like

Family = Annotated[str, like(r"^[a-z][a-z0-9-]*[a-z0-9]$", "an EC2 instance family, such as g5")]
NodeImage = Annotated[str, like(r"^al2023@v[0-9]{8}$", "al2023@vYYYYMMDD, a pinned release of amazon-eks-ami")]
Group = Annotated[
    str, like(r"^[a-zA-Z0-9][\w.@/-]*$", "a Kubernetes group without colons, as those of Kubernetes itself have")
]


class Addons(Model):
    """The controllers that everything in the cluster needs."""

    replicas: int = Field(ge=1, le=5, description="pods of each controller; two or more survive a node")
    gateway_api: str | None = Field(default=None, description="path of standard-install.yaml of the Gateway API")


class Pool(Model):
    """Nodes that Karpenter starts when pods need them."""

    use: Literal["training", "serving", "cpu"] = Field(description="what for: training, serving or cpu")
    image: NodeImage = Field(description="image of the nodes, pinned: al2023@vYYYYMMDD")
    families: tuple[Family, ...] = Field(min_length=1, description="EC2 instance families; two or more on spot")
    zones: tuple[Zone, ...] = Field(default=(), description="its zones; none: all of the network")
    max_gpus: int | None = Field(default=None, ge=1, description="most GPUs on spot and on demand; not of use cpu")
    max_vcpus: int | None = Field(default=None, ge=1, description="most vCPUs on spot and on demand; only of use cpu")
    on_demand: int = Field(default=0, ge=0, description="how many of these are on demand, for when spot has run out")
    max_gpus_per_node: int = Field(default=8, ge=1, le=16, description="GPUs of the largest node")
    volume_gib: int = Field(default=200, ge=50, le=16000, description="root volume of a node, GiB")
    expire_hours: int | None = Field(default=None, ge=1, le=8760, description="hours until a node is replaced")
    drain_minutes: int | None = Field(default=None, ge=1, le=1440, description="minutes for pods when a node goes")

    @property
    def size(self) -> int:
        """GPUs, or vCPUs of use cpu."""
        return (self.max_vcpus if self.use == "cpu" else self.max_gpus) or 0

    @property
    def limits(self) -> dict[str, int]:
        """Capacity type to its part of the size."""
        split = {"spot": self.size - self.on_demand, "on-demand": self.on_demand}
        return {capacity: limit for capacity, limit in split.items() if limit > 0}


class Team(Model):
    """What a team has in the queue."""

    cpus: int = Field(ge=1, description="vCPUs of its jobs")
    memory_gib: int = Field(ge=1, description="memory of its jobs, GiB")
    gpus: dict[Slug, Annotated[int, Field(ge=0)]] = Field(description="<pool>-<spot or on-demand> to its own GPUs")
    borrow_gpus: int = Field(default=0, ge=0, description="GPUs of each kind it may use while others leave them idle")
    weight: int = Field(default=1, ge=1, le=100, description="its part of what is idle, against other teams")


class Queue(Model):
    """The queue for GPUs."""

    teams: dict[Slug, Team] = Field(min_length=1, description="tenant to what it has")


class ServiceAccount(Model):
    """What a service account of a team may do in AWS."""

    reads: dict[Slug, tuple[Prefix, ...]] = Field(default={}, description="store to the prefixes it reads")
    writes: dict[Slug, tuple[Prefix, ...]] = Field(default={}, description="store to the prefixes it writes")


class Tenant(Model):
    """A team's place in the cluster."""

    group: Group = Field(description="Kubernetes group of its members")
    members: tuple[PrincipalArn, ...] = Field(default=(), description="roles or users in that group, without wildcards")
    cpus: int = Field(ge=1, description="most vCPUs")
    memory_gib: int = Field(ge=1, description="most memory, GiB")
    gpus: int = Field(default=0, ge=0, description="most GPUs, borrowed ones included")
    pods: int = Field(default=100, ge=1, description="most pods")
    storage_gib: int = Field(default=500, ge=0, description="most volumes, GiB")
    load_balancers: int = Field(default=0, ge=0, description="most Services of type LoadBalancer")
    service_accounts: dict[Slug, ServiceAccount] = Field(default={}, description="service account to what it may do")
    reaches: tuple[Cidr, ...] = Field(default=(), description="networks its pods reach by TLS, besides the VPC's")
    callers: tuple[Slug, ...] = Field(default=(), description="namespaces that may call its pods")
