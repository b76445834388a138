"""What an environment may be told: one schema, checked as a whole before anything starts.

Settings come from `stacks/Pulumi.<environment>.yaml`. Keys are written in camelCase; a setting's path is written
`ml-platform:audit.lock.days`, the way Pulumi names configuration. A stack `<environment>-<layer>` is one layer of an
environment; its file names both and nothing else, and the settings remain the environment's.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError

from stacks._fields import PROJECT, Account, Layer, Model, Problem, Region, Slug
from stacks.cluster_settings import Addons, Pool, Queue, Tenant
from stacks.drift_settings import Drift
from stacks.explain import Finding, findings
from stacks.foundation_settings import (
    AccessLogs,
    Audit,
    Backups,
    Ci,
    Costs,
    Keys,
    Network,
    Notifications,
    Runner,
    Secrets,
    Store,
    Threats,
)
from stacks.governance_settings import AiSystem, Approval
from stacks.models_settings import Batch, Capture, Edge, Retraining, Workload
from stacks.monitoring_settings import Monitoring
from stacks.partial import partial
from stacks.platform_settings import Cluster, Database, Features, Gpu, Lake, Registry
from stacks.registry_settings import ModelRegistry
from stacks.rules import problems
from stacks.serving_settings import Llm, Service, Serving
from stacks.source import Source, SourceError, read

DIRECTORY = Path(__file__).parent


class SettingsError(Exception):
    """Settings that cannot be used; the message has a line for each, with path, value and what is allowed."""


Singleton = Literal["config", "config-role", "guardduty", "security-hub", "spot-role"]
"""The recorder of AWS Config and its service-linked role, GuardDuty's detector, Security Hub, EC2 Spot's role."""


class Environment(StrEnum):
    """The four environments; each has its own rules and its own policy profile."""

    LOCAL = "local"
    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"

    @property
    def protected(self) -> bool:
        """Whether what it holds must survive a careless `down`."""
        return self in (Environment.STAGING, Environment.PROD)


class Settings(Model):
    """Everything that differs between environments."""

    environment: Environment
    account: Account = Field(description="the only AWS account this environment may touch")
    region: Region = Field(description="its AWS region")
    owner: Slug = Field(description="team that answers for it; a mandatory tag")
    cost_centre: Slug = Field(description="who pays for it; a mandatory tag")
    deletion_protection: bool = Field(description="refuse to delete what holds data")
    decommission: bool = Field(default=False, description="lift deletion protection, to take the environment away")
    existing: tuple[Singleton, ...] = Field(
        default=(), description="what the account may have only one of, and has already; it is used and not created"
    )
    layer: Layer | None = Field(default=None, description="the one layer that this stack is; none: all of them")

    keys: Keys
    access_logs: AccessLogs
    stores: dict[Slug, Store] = Field(min_length=1)
    audit: Audit
    network: Network | None = None
    costs: Costs | None = None
    notifications: Notifications | None = None
    threats: Threats | None = None
    backups: Backups | None = None
    secrets: Secrets | None = None
    ci: Ci | None = None

    registry: Registry | None = None
    database: Database | None = None
    lake: Lake | None = None
    features: Features | None = None
    cluster: Cluster | None = None
    gpu: Gpu | None = None
    addons: Addons | None = None
    pools: dict[Slug, Pool] = Field(default={})
    queue: Queue | None = None
    tenants: dict[Slug, Tenant] = Field(default={})
    monitoring: Monitoring | None = None
    model_registry: ModelRegistry | None = None

    retraining: Retraining | None = None
    capture: Capture | None = None
    batch: Batch | None = None
    drift: Drift | None = None
    edge: Edge | None = None
    serving: Serving | None = None
    ai_systems: dict[Slug, AiSystem] = Field(default={}, description="inventory of AI systems")
    approvals: dict[Slug, Approval] = Field(default={}, description="who let which model in")
    services: dict[Slug, Service] = Field(default={})
    llms: dict[Slug, Llm] = Field(default={})
    workloads: dict[Slug, Workload] = Field(default={})

    @property
    def protected(self) -> bool:
        """Whether what holds data refuses to be deleted."""
        return self.deletion_protection and not self.decommission

    @property
    def runner(self) -> Runner | None:
        """The machines in the VPC for jobs of the pipeline, if it has any."""
        return self.ci.runner if self.ci else None

    @property
    def in_cluster(self) -> bool:
        """Whether this stack makes something in the cluster, and not in AWS alone."""
        watched = self.drift is not None and self.layer is Layer.MODELS
        return self.serves or watched or (self.addons is not None and self.layer in (None, Layer.PLATFORM))

    @property
    def serves(self) -> bool:
        """Whether this stack makes served models, which a controller in the cluster rolls out."""
        return bool(self.services or self.llms) and self.layer in (None, Layer.MODELS)

    @property
    def regions(self) -> list[str]:
        """Every region the environment may make something in."""
        return sorted({self.region, *(store.replica.region for store in self.stores.values() if store.replica)})

    @property
    def state_bucket(self) -> str:
        """Bucket of a real environment's state; its name must differ from everybody else's in the world."""
        return f"{PROJECT}-state-{self.environment}-{self.account}"

    @property
    def stack(self) -> str:
        """Name of the stack that these settings are for."""
        return self.stack_of(self.layer)

    def stack_of(self, layer: Layer | None) -> str:
        """Name of the stack that is one layer of the environment, or all of it."""
        return f"{self.environment}-{layer}" if layer else self.environment.value

    def prefix(self, layer: Layer) -> str:
        """What the names begin with that components give to the AWS resources of a layer."""
        return f"{PROJECT}-{self.stack_of(layer if self.layer else None)}"

    @property
    def cluster_name(self) -> str:
        """Name of the EKS cluster, whether the environment has one or not."""
        return f"{self.prefix(Layer.PLATFORM)}-cluster"

    @property
    def stacks_above(self) -> list[str]:
        """Names of the stacks that build on this one."""
        layers = list(Layer)
        return [self.stack_of(layer) for layer in layers[layers.index(self.layer) + 1 :]] if self.layer else []

    @property
    def stacks_below(self) -> list[str]:
        """Names of the stacks that this one builds on, the lowest first."""
        layers = list(Layer)
        return [self.stack_of(layer) for layer in layers[: layers.index(self.layer)]] if self.layer else []

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Check settings given by their camelCase names.

        Raises:
            SettingsError: Naming every setting that is wrong.

        """
        return cls._checked(Source(dict(values)))

    @classmethod
    def from_file(cls, stack: str) -> Self:
        """Read `stacks/Pulumi.<stack>.yaml`, without the engine.

        Raises:
            SettingsError: The file is missing, is no YAML mapping, or holds a wrong setting.

        """
        return cls._of(stack, _read(stack))

    @classmethod
    def from_engine(cls) -> Self:
        """Read the configuration of the running Pulumi program.

        Raises:
            SettingsError: It holds a wrong setting.

        """
        import pulumi  # half a second, which a command line that reads files need not wait for

        given = {**pulumi.runtime.config.get_config_env(), **pulumi.runtime.config.CONFIG.get()}
        return cls._of(pulumi.get_stack(), Source({key: _decoded(value) for key, value in _own(given).items()}))

    @classmethod
    def _checked(cls, source: Source) -> Self:
        """The settings, if nothing is wrong with them, alone or together."""
        found: list[Finding] = []
        try:
            settings = cls.model_validate(source.values)
        except ValidationError as error:
            found += findings(error, cls)
            settings = partial(cls, source.values)
        wrong = tuple(one.path for one in found)
        together = [one for one in problems(settings) if one.path not in wrong]
        lines = [text for _, text in source.repeated]
        lines += [f"{source.where(path)}{PROJECT}:{path}{text}" for path, text in found]
        lines += [f"{source.where(one.path)}{one}" for one in together]
        if lines:
            raise SettingsError("\n".join(lines))
        return settings

    @classmethod
    def _of(cls, stack: str, source: Source) -> Self:
        """The settings of a stack, if its file's values are for it."""
        if "layer" in source.values:
            if extra := sorted(set(source.values) - {"environment", "layer"}):
                raise SettingsError(
                    f"{source.where(extra[0])}{PROJECT}:{extra[0]}: not in Pulumi.{stack}.yaml; it names environment "
                    f"and layer, everything else is in "
                    f"Pulumi.{source.values.get('environment', '<environment>')}.yaml"
                )
            source = source.over(_read(str(source.values.get("environment"))))
        settings = cls._checked(source)
        if settings.stack == stack:
            return settings
        name, value = ("layer", settings.layer) if settings.layer else ("environment", settings.environment)
        allowed = f"allowed in Pulumi.{stack}.yaml: {stack}"
        raise SettingsError(f"{source.where(name)}{Problem(name, value.value, allowed)}")


def where(stack: str, path: str) -> str:
    """A setting with the file and line in which a stack has it: `stacks/Pulumi.dev.yaml:12: ml-platform:owner`."""
    source = _read(stack)
    if "layer" in source.values:
        source = source.over(_read(str(source.values.get("environment"))))
    return f"{source.where(path)}{PROJECT}:{path}"


def _read(stack: str) -> Source:
    """The file of a stack.

    Raises:
        SettingsError: It is missing or no stack configuration.
    """
    try:
        return read(DIRECTORY, stack, PROJECT)
    except SourceError as error:
        raise SettingsError(str(error)) from None


def _own(config: Mapping[str, Any]) -> dict[str, Any]:
    """The platform's part of a configuration."""
    start = f"{PROJECT}:"
    return {key.removeprefix(start): value for key, value in config.items() if key.startswith(start)}


def _decoded(value: str) -> Any:
    """What a value of the engine's configuration says: objects and lists are JSON, everything else a text."""
    try:
        return json.loads(value) if value[:1] in ("{", "[") else value
    except json.JSONDecodeError:
        return value
