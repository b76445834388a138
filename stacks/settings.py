"""What an environment may be told: one schema, checked as a whole before anything starts.

Settings come from `stacks/Pulumi.<environment>.yaml`. Keys are written in camelCase; a setting's path is written
`ml-platform:audit.lock.days`, the way Pulumi names configuration.
"""

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from stacks.explain import explain, like, shown

PROJECT = "ml-platform"
DIRECTORY = Path(__file__).parent

Account = Annotated[str, like(r"^[0-9]{12}$", "12 digits, in quotes")]
Region = Annotated[str, like(r"^[a-z]{2}(-[a-z]+)+-[0-9]$", "an AWS region, such as eu-central-1")]
Slug = Annotated[str, like(r"^[a-z][a-z0-9-]{1,30}[a-z0-9]$", "3 to 32 of a-z, 0-9 and hyphen, a letter first")]
Prefix = Annotated[str, like(r"^[\w.-]+(/[\w.-]+)*$", "a path without a slash at its ends")]
PrincipalArn = Annotated[
    str,
    like(r"^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/\S+$", "the ARN, or a pattern with *, of an IAM role or user"),
]
# The values that CloudWatch Logs knows.
LogGroupDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]
KeyArn = Annotated[str, like(r"^arn:aws[a-z-]*:kms:\S+:key/\S+$", "the ARN of a KMS key")]


class SettingsError(Exception):
    """Settings that cannot be used; the message has a line for each, with path, value and what is allowed."""


class _Model(BaseModel):
    """Frozen, because a setting goes one way; without extras, because a misspelt key must not be ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


class Environment(StrEnum):
    """The four environments; each has its own rules below and its own policy profile."""

    LOCAL = "local"
    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"

    @property
    def protected(self) -> bool:
        """Whether what it holds must survive a careless `down`."""
        return self in (Environment.STAGING, Environment.PROD)


class LockMode(StrEnum):
    """S3 Object Lock modes."""

    GOVERNANCE = "GOVERNANCE"
    COMPLIANCE = "COMPLIANCE"


class DataClass(_Model):
    """Who may use the key of one data class."""

    users: tuple[PrincipalArn, ...] = Field(default=(), description="ARNs or ARN patterns of roles and users")
    services: tuple[Literal["cloudtrail", "logs"], ...] = Field(default=(), description="AWS services that may use it")


class Keys(_Model):
    """The customer-managed keys."""

    data_classes: dict[Slug, DataClass] = Field(min_length=1, description="a key for each data class")
    administrators: tuple[PrincipalArn, ...] = Field(default=(), description="who may administer the keys")
    deletion_window_days: int = Field(ge=7, le=30, description="days before a deleted key is lost")
    rotation_days: int = Field(default=365, ge=90, le=2560, description="days between rotations")


class AccessLogs(_Model):
    """The bucket of S3 server access logs."""

    retention_days: int = Field(ge=1, le=3650, description="days until an access log expires")


class Lock(_Model):
    """Retention that cannot be undone by deleting."""

    mode: LockMode
    days: int = Field(ge=1, le=36500, description="days from the creation of an object version")


class Replica(_Model):
    """A copy in another region."""

    region: Region
    kms_key_arn: KeyArn = Field(description="key in that region")


class Store(_Model):
    """An artifact store."""

    data_class: Slug = Field(description="names the key that encrypts it")
    prefixes: tuple[Prefix, ...] = Field(min_length=1, description="what consumers are granted separately")
    noncurrent_version_days: int = Field(ge=1, le=3650, description="days until an overwritten version expires")
    lock: Lock | None = Field(default=None, description="retention of every version")
    replica: Replica | None = Field(default=None, description="copy to another region")


class Audit(_Model):
    """The audit trail."""

    data_class: Slug = Field(description="names the key that encrypts it")
    lock: Lock = Field(description="write-once retention of the log files")
    log_group_days: LogGroupDays = Field(description="days that CloudWatch Logs keeps the events")


class Problem(NamedTuple):
    """A setting that does not go with another."""

    path: str
    value: Any
    allowed: str

    def __str__(self) -> str:
        return f"{PROJECT}:{self.path} = {shown(self.value)}: {self.allowed}"


class Settings(_Model):
    """Everything that differs between environments."""

    environment: Environment
    account: Account = Field(description="the only AWS account this environment may touch")
    region: Region = Field(description="its AWS region")
    owner: Slug = Field(description="team that answers for it; a mandatory tag")
    cost_centre: Slug = Field(description="who pays for it; a mandatory tag")
    deletion_protection: bool = Field(description="refuse to delete what holds data")
    keys: Keys
    access_logs: AccessLogs
    stores: dict[Slug, Store] = Field(min_length=1)
    audit: Audit

    @property
    def regions(self) -> list[str]:
        """Every region the environment may make something in."""
        return sorted({self.region, *(store.replica.region for store in self.stores.values() if store.replica)})

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if problems := [str(problem) for problem in _problems(self)]:
            raise ValueError("\n".join(problems))
        return self

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Check settings given by their camelCase names.

        Raises:
            SettingsError: Naming every setting that is wrong.

        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise SettingsError("\n".join(explain(error, cls, PROJECT))) from None

    @classmethod
    def from_file(cls, environment: str) -> Self:
        """Read `stacks/Pulumi.<environment>.yaml`, without the engine.

        Raises:
            SettingsError: The file is missing, is no YAML mapping, or holds a wrong setting.

        """
        path = DIRECTORY / f"Pulumi.{environment}.yaml"
        known = ", ".join(sorted(file.name.split(".")[1] for file in DIRECTORY.glob("Pulumi.*.yaml")))
        if not path.is_file():
            raise SettingsError(f"environment {environment!r} has no stacks/{path.name}; there are: {known}")
        try:
            document = yaml.safe_load(path.read_text())
            config = document["config"]
            values = {
                key.removeprefix(f"{PROJECT}:"): value for key, value in config.items() if key.startswith(f"{PROJECT}:")
            }
        except (yaml.YAMLError, TypeError, KeyError, AttributeError) as error:
            raise SettingsError(f"stacks/{path.name} is not a stack configuration: {error}") from None
        return cls.parse(values)._of(environment)

    @classmethod
    def from_engine(cls) -> Self:
        """Read the configuration of the running Pulumi program.

        Raises:
            SettingsError: It holds a wrong setting.

        """
        import pulumi  # half a second, which a command line that reads files need not wait for

        values = {
            key.removeprefix(f"{PROJECT}:"): _decoded(value)
            for key, value in {**pulumi.runtime.config.get_config_env(), **pulumi.runtime.config.CONFIG.get()}.items()
            if key.startswith(f"{PROJECT}:")
        }
        return cls.parse(values)._of(pulumi.get_stack())

    def _of(self, environment: str) -> Self:
        """These settings, if they are those of `environment`."""
        if self.environment == environment:
            return self
        allowed = f"allowed in Pulumi.{environment}.yaml: {environment}"
        raise SettingsError(str(Problem("environment", self.environment.value, allowed)))


def _decoded(value: str) -> Any:
    """What a value of the engine's configuration says: objects and lists are JSON, everything else a text."""
    try:
        return json.loads(value) if value[:1] in ("{", "[") else value
    except json.JSONDecodeError:
        return value


def _problems(settings: Settings) -> Iterator[Problem]:
    """What single settings cannot see: rules between them, and what an environment demands."""
    environment, audit, classes = settings.environment, settings.audit, settings.keys.data_classes
    with_key = f"allowed: a data class that keys.dataClasses defines ({', '.join(classes)})"
    for name, store in settings.stores.items():
        if store.data_class not in classes:
            yield Problem(f"stores.{name}.dataClass", store.data_class, with_key)
        if store.replica and store.replica.region == settings.region:
            yield Problem(
                f"stores.{name}.replica.region", store.replica.region, "allowed: any other region than `region`"
            )
        if store.replica and store.replica.kms_key_arn.split(":")[3] != store.replica.region:
            yield Problem(
                f"stores.{name}.replica.kmsKeyArn",
                store.replica.kms_key_arn,
                f"allowed: a key in {store.replica.region}",
            )
        if store.replica and f"{name}-replica" in settings.stores:
            yield Problem(f"stores.{name}-replica", "...", f"allowed: another name; the copy of stores.{name} has it")
        if store.lock and environment is Environment.LOCAL and store.lock.mode is LockMode.COMPLIANCE:
            yield Problem(f"stores.{name}.lock.mode", store.lock.mode.value, "allowed in local: GOVERNANCE")
    if audit.data_class not in classes:
        yield Problem("audit.dataClass", audit.data_class, with_key)
    elif missing := {"cloudtrail", "logs"} - set(classes[audit.data_class].services):
        yield Problem(
            f"keys.dataClasses.{audit.data_class}.services",
            list(classes[audit.data_class].services),
            f"the audit trail encrypts with this key: add {' and '.join(sorted(missing))}",
        )
    if environment.protected and not settings.deletion_protection:
        yield Problem("deletionProtection", False, f"allowed in {environment}: true")
    if environment is Environment.LOCAL and settings.deletion_protection:
        yield Problem("deletionProtection", True, "allowed in local: false, or `down` could not take it away")
    if environment is Environment.PROD:
        if audit.lock.mode is not LockMode.COMPLIANCE:
            yield Problem("audit.lock.mode", audit.lock.mode.value, "allowed in prod: COMPLIANCE")
        if audit.lock.days < 365:
            yield Problem("audit.lock.days", audit.lock.days, "allowed in prod: 365 or more")
        if settings.keys.deletion_window_days < 30:
            yield Problem("keys.deletionWindowDays", settings.keys.deletion_window_days, "allowed in prod: 30")
