"""What each environment demands: which findings stop a change, and the parameters of the rules."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

SYSTEM_NAMESPACES = (
    *("kube-system", "kube-public", "kube-node-lease"),
    *("argo-rollouts", "cert-manager", "external-secrets", "keda", "kueue-system", "monitoring", "nvidia"),
)
"""Namespaces whose pods need what tenants' pods must not have, or come from charts as their authors wrote them.

By name: everybody who may label a namespace could take it out of a selector by label, and names never change.
"""
ENVIRONMENTS = ("local", "dev", "staging", "prod")
"""From the laxest to the strictest."""


class Severity(IntEnum):
    """How bad a finding is, in ascending order."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


class Level(StrEnum):
    """What a finding does to a change, in Pulumi's words."""

    ADVISORY = "advisory"
    MANDATORY = "mandatory"


def _severity(value: Any) -> Any:
    return Severity[value.upper()] if isinstance(value, str) and value.upper() in Severity.__members__ else value


class Profile(BaseModel):
    """The demands of one environment; rules read their parameters from it by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: str = Field(description="Its name.")
    mandatory_from: Annotated[Severity, BeforeValidator(_severity)] = Field(
        description="The least severity whose findings stop a change."
    )
    audit_retention_days: int = Field(ge=1, description="Least default retention of audit logs, in days.")
    compliance_mode: bool = Field(description="Whether that retention must be one that nobody can shorten.")
    deletion_protection: bool = Field(description="Whether what holds data must be protected from deletion.")
    key_deletion_days: int = Field(ge=7, le=30, description="Least waiting period of a deleted key, in days.")
    private_endpoints: tuple[str, ...] = Field(description="AWS services that a VPC reaches without the internet.")
    instance_families: tuple[str, ...] = Field(description="EC2 instance families that nodes may be of.")
    max_nodes: int = Field(ge=1, description="Most nodes of a node group.")
    max_vcpus: int = Field(ge=1, description="Most vCPUs of a node pool or compute environment.")
    max_gpus: int = Field(ge=0, description="Most GPUs of a node pool.")
    max_gpus_on_demand: int = Field(ge=0, description="How many of them may be on demand.")
    serving_gpus_on_demand: int = Field(ge=0, description="Least on-demand GPUs beside a spot pool that serves models.")
    monthly_budget_usd: int = Field(ge=1, description="Most that an environment may plan to cost, US dollars a month.")
    image_registries: tuple[str, ...] = Field(description="Where images may come from: regular expressions of RE2.")
    pod_security: tuple[str, ...] = Field(description="Pod Security Standards that a namespace may enforce.")
    serving_replicas: int = Field(ge=0, description="Least number of pods that serve a model.")
    system_namespaces: tuple[str, ...] = Field(
        default=SYSTEM_NAMESPACES, description="Namespaces of the cluster and its controllers, which no rule judges."
    )

    def level(self, severity: Severity) -> Level:
        """What a finding of this severity does here."""
        return Level.MANDATORY if severity >= self.mandatory_from else Level.ADVISORY


def load(file: Path) -> Profile:
    """The profile in a file; the file's name is the environment's."""
    return Profile(environment=file.stem, **yaml.safe_load(file.read_text()))


_FILES = Path(__file__).parent / "environments"

PROFILES: Mapping[str, Profile] = MappingProxyType({name: load(_FILES / f"{name}.yaml") for name in ENVIRONMENTS})


def profile_of(stack: str) -> Profile:
    """The profile of a stack, named alone or as `organization/project/stack`; an unknown name gets the strictest.

    A stack `<environment>-<layer>` is a layer of its environment.
    """
    return PROFILES.get(stack.rpartition("/")[2].partition("-")[0], PROFILES["prod"])
