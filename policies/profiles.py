"""What each environment demands: which findings stop a change, and the parameters of the rules."""

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from enum import IntEnum, StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

SYSTEM_NAMESPACES = (
    *("kube-system", "kube-public", "kube-node-lease", "amazon-guardduty"),
    *("argo-rollouts", "cert-manager", "external-secrets", "keda", "kueue-system", "monitoring", "nvidia"),
)
"""Namespaces whose pods need what tenants' pods must not have, or come from charts as their authors wrote them.

By name: everybody who may label a namespace could take it out of a selector by label, and names never change.
"""
ENVIRONMENTS = ("local", "dev", "staging", "prod")
"""From the laxest to the strictest."""
VARIABLE = "MLP_POLICY_PROFILE"
"""Names a profile that is used instead of those here, whatever the stack is called: the way in for other projects."""


class ProfileError(ValueError):
    """A profile cannot be used; the message names file, field, value and what is allowed."""


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
    DISABLED = "disabled"


def _severity(value: Any) -> Any:
    if isinstance(value, str) and value.upper() in Severity.__members__:
        return Severity[value.upper()]
    if isinstance(value, Severity):
        return value
    raise ValueError(f"must be one of {', '.join(name.lower() for name in Severity.__members__)}")


_Days = Annotated[int, Field(ge=1, le=3650)]


class ExemptionDays(BaseModel):
    """How long an exemption may last, in days, by the severity of its rule."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: _Days = 365
    medium: _Days = 180
    high: _Days = 90
    critical: _Days = 30

    def of(self, severity: Severity) -> int:
        """The days for one severity."""
        return getattr(self, severity.name.lower())


Service = Literal[
    "access-analyzer",
    "config",
    "ebs-encryption",
    "guardduty",
    "guardduty-eks",
    "guardduty-rds",
    "public-access-block",
    "security-hub",
]
"""What can watch an account, in the words of rule AUD-04."""
TAG_VALUES = {
    "environment": "local|dev|staging|prod",
    "owner": "[a-z][a-z0-9-]*",
    "cost-centre": "[a-z][a-z0-9]*-[0-9]+",
    "data-class": "public|internal|confidential|restricted|audit",
    "managed-by": "[a-z][a-z0-9-]*",
    "ai-system-id": "[a-z][a-z0-9-]*",
    "ai-risk-tier": "minimal|limited|high",
    "content": "artifacts|logs|documents",
    "recovery-tier": "[1-4]",
}
"""What tags may say, in letters that labels of Kubernetes may have too."""


class Profile(BaseModel):
    """The demands of one environment; rules read their parameters from it by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: str = Field(description="Its name.")
    mandatory_from: Annotated[Severity, BeforeValidator(_severity)] = Field(
        description="The least severity whose findings stop a change."
    )
    levels: dict[str, Level] = Field(
        default_factory=dict, description="Rule name to level, for rules that do not follow their severity."
    )
    exemption_days: ExemptionDays = Field(
        default_factory=ExemptionDays, description="How long an exemption may last, in days, by severity."
    )
    audit_retention_days: int = Field(ge=1, description="Least default retention of audit logs, in days.")
    compliance_mode: bool = Field(description="Whether that retention must be one that nobody can shorten.")
    deletion_protection: bool = Field(description="Whether what holds data must be protected from deletion.")
    key_deletion_days: int = Field(ge=7, le=30, description="Least waiting period of a deleted key, in days.")
    database_backup_days: int = Field(ge=1, le=35, description="Least retention of a database's backups, in days.")
    multi_zone_databases: bool = Field(description="Whether a database must have a standby in another zone.")
    permissions_boundary: bool = Field(description="Whether every role must have a permissions boundary.")
    secret_rotation_days: int = Field(ge=1, description="Most days between two rotations of a secret that rotates.")
    manual_rotation_days: int = Field(
        default=365, ge=1, description="Most days since operators replaced the value of a secret that does not rotate."
    )
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
    documentation_days: int = Field(ge=0, description="Days that model cards are kept.")
    log_retention_days: int = Field(ge=1, description="Least retention of log groups, in days.")
    account_services: tuple[Service, ...] = Field(description="What watches an account.")
    watched_events: tuple[str, ...] = Field(description="API calls that raise an alarm.")
    replication: bool = Field(description="Whether buckets of recovery tier 1 have a copy elsewhere.")
    image_accounts: tuple[str, ...] = Field(default=(), description="Other accounts that may reach images.")
    release_tags: tuple[str, ...] = Field(default=("release-",), description="Prefixes of tags of released images.")
    tag_values: dict[str, str] = Field(default=TAG_VALUES, description="Tag to the values it may have, as RE2.")
    in_service: bool = Field(
        description="Whether models are put into service here, which is when duties of high-risk systems begin."
    )
    review_days: int = Field(ge=1, description="Days within which assessments of high-risk systems are reviewed.")
    regions: tuple[str, ...] = Field(min_length=1, description="Where data may lie.")
    governance_approvers: tuple[str, ...] = Field(
        description="Who may exempt from critical rules on AI: approvers as exemptions name them."
    )

    def level(self, severity: Severity, rule: str = "") -> Level:
        """What a finding of this severity does here, unless the rule of this name has a level of its own."""
        return self.levels.get(rule) or (Level.MANDATORY if severity >= self.mandatory_from else Level.ADVISORY)


def load(file: Path) -> Profile:
    """The profile in a file; the file's name is the environment's.

    Raises:
        ProfileError: It cannot be read, or says something that no profile may say.
    """
    try:
        found = yaml.safe_load(file.read_text())
        fields = {str(name): value for name, value in found.items()} if isinstance(found, dict) else None
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise ProfileError(f"{file}: {str(error) or 'nested too deeply'}") from None
    if fields is None:
        raise ProfileError(f"{file}: must be a mapping of {', '.join(_FIELDS)}")
    try:
        return Profile.model_validate({**fields, "environment": file.stem})
    except ValidationError as error:
        raise ProfileError("\n".join(f"{file}: {reason}" for reason in _reasons(error))) from None


def read(file: Path) -> Profile:
    """The profile in somebody's own file, whose levels name rules that exist.

    Raises:
        ProfileError: As for `load`, or it names a rule that does not exist.
    """
    from policies.registry import NAMES  # the rules read their profile from here

    profile = load(file)
    if lost := [*unknown_rules(profile.levels, NAMES)]:
        raise ProfileError("\n".join(f"{file}: levels: {reason}" for reason in lost))
    return profile


def unknown_rules(names: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    """A reason for each name that no rule has."""
    for name in sorted(set(names) - set(known)):
        close = get_close_matches(name, known, 1)
        hint = f"did you mean {close[0]}?" if close else "docs/policies.md lists the rules"
        yield f"there is no rule {name!r}; {hint}"


def _reasons(error: ValidationError) -> Iterator[str]:
    for one in error.errors():
        field, value = ".".join(map(str, one["loc"])), repr(one["input"])
        shown = f"{value[:60]}..." if len(value) > 60 else value
        if one["type"] == "extra_forbidden":
            yield f"{field} is no field of a profile; there are {', '.join(_FIELDS)}"
        elif one["type"] == "missing":
            yield f"{field} is not set: {Profile.model_fields[field].description}"
        else:
            reason = one["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
            yield f"{field} is {shown}, {reason}"


_FIELDS = [name for name in Profile.model_fields if name != "environment"]
_FILES = Path(__file__).parent / "environments"


class _Shipped(Mapping[str, Profile]):
    """The profiles of the environments. Each is read when it is first asked for, so that an error in one is told."""

    def __getitem__(self, name: str) -> Profile:
        if name not in ENVIRONMENTS:
            raise KeyError(name)
        return _shipped(name)

    def __iter__(self) -> Iterator[str]:
        return iter(ENVIRONMENTS)

    def __len__(self) -> int:
        return len(ENVIRONMENTS)


@cache
def _shipped(name: str) -> Profile:
    return load(_FILES / f"{name}.yaml")


PROFILES: Mapping[str, Profile] = _Shipped()


def profile_of(stack: str) -> Profile:
    """The profile of a stack, named alone or as `organization/project/stack`; an unknown name gets the strictest.

    A stack `<environment>-<layer>` is a layer of its environment. `MLP_POLICY_PROFILE` overrules the name.

    Raises:
        ProfileError: The file that `MLP_POLICY_PROFILE` names cannot be used.
    """
    if own := os.environ.get(VARIABLE):
        return _own(own)
    return PROFILES.get(stack.rpartition("/")[2].partition("-")[0], PROFILES["prod"])


@cache
def _own(file: str) -> Profile:
    return read(Path(file))
