"""Settings of the model registry: MLflow in the cluster, and the gate of every promotion."""

from typing import Annotated

from pydantic import Field

from stacks._fields import DatabaseUser, Image, Prefix, Section, Slug
from stacks.explain import like
from workloads.promotion.gate import Policy

Host = Annotated[
    str, like(r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]+)?$", "a host name in lower case, with its port if it has one")
]


class ModelRegistry(Section):
    """MLflow with its database, its artifacts, and the gate."""

    image: Image = Field(
        description="image with what tools/workloads/requirements.lock has, pinned: REPOSITORY@sha256:..."
    )
    store: Slug = Field(description="artifact store of runs and models")
    prefix: Prefix = Field(description="prefix of that store that runs write below")
    published: Prefix = Field(description="prefix of that store with what is promoted, below it MODEL/VERSION")
    database_user: DatabaseUser = Field(description="user of the database, which has a database of the same name")
    admin_secret: Slug = Field(description="secret with the administrator's password")
    replicas: int = Field(ge=1, le=10, description="servers; two or more survive a node")
    hosts: tuple[Host, ...] = Field(default=(), description="host names it is called by, besides those in the cluster")
    callers: tuple[Slug, ...] = Field(min_length=1, description="namespaces whose pods may call it")
    promotion: Policy = Field(description="what each alias demands, and each model's thresholds")
