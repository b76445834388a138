"""What settings are made of: the base of every model, and the texts that AWS and the platform allow."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from stacks.explain import like, shown

PROJECT = "ml-platform"
MODELS = "models"
"""Prefix of the models in the store of artifacts."""
ROLE_PATH = f"/{PROJECT}/"
"""Path of the roles and policies that a pipeline may make, and change."""

Account = Annotated[str, like(r"^[0-9]{12}$", "12 digits, in quotes")]
Region = Annotated[str, like(r"^[a-z]{2}(-[a-z]+)+-[0-9]$", "an AWS region, such as eu-central-1")]
Zone = Annotated[str, like(r"^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$", "an availability zone, such as eu-central-1a")]
Slug = Annotated[str, like(r"^[a-z][a-z0-9-]{1,30}[a-z0-9]$", "3 to 32 of a-z, 0-9 and hyphen, a letter first")]
Prefix = Annotated[str, like(r"^[\w.-]+(/[\w.-]+)*$", "a path without a slash at its ends")]
Cidr = Annotated[str, like(r"^[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}$", "an IPv4 network, such as 10.0.0.0/16")]
Email = Annotated[str, like(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$", "an e-mail address")]
PrincipalArn = Annotated[
    str,
    like(r"^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/\S+$", "the ARN, or a pattern with *, of an IAM role or user"),
]
KeyArn = Annotated[str, like(r"^arn:aws[a-z-]*:kms:\S+:key/\S+$", "the ARN of a KMS key")]
ConnectionArn = Annotated[
    str,
    like(
        r"^arn:aws[a-z-]*:codeconnections:[a-z0-9-]+:[0-9]{12}:connection/[0-9a-f-]{36}$",
        "the ARN of a connection of AWS CodeConnections",
    ),
]
CertificateArn = Annotated[
    str, like(r"^arn:aws[a-z-]*:acm:us-east-1:[0-9]{12}:certificate/\S+$", "the ARN of a certificate in us-east-1")
]
WebAclArn = Annotated[
    str,
    like(
        r"^arn:aws[a-z-]*:wafv2:us-east-1:[0-9]{12}:global/webacl/\S+$",
        "the ARN of a web ACL of CloudFront, which are in us-east-1",
    ),
]
BucketName = Annotated[str, like(r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", "the name of a bucket")]
DatabaseUser = Annotated[str, like(r"^[a-z][a-z0-9_]{1,30}$", "2 to 31 of a-z, 0-9 and underscore, a letter first")]
PINNED = r"^[^\s@]+@sha256:[0-9a-f]{64}$"
Image = Annotated[str, like(PINNED, "an image pinned by its digest, REPOSITORY@sha256:...")]
Repository = Annotated[str, like(r"^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", "OWNER/NAME, without wildcards")]
RepositoryName = Annotated[str, like(r"^[a-z0-9]+([._/-][a-z0-9]+)*$", "a repository name in lower case")]
ScheduleExpression = Annotated[
    str, like(r"^(rate|cron|at)\([^()]+\)$", "rate(...), cron(...) or at(...), as EventBridge Scheduler has them")
]
Percent = Annotated[int, Field(ge=0, le=100)]
# The values that CloudWatch Logs knows.
LogGroupDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]


class Model(BaseModel):
    """Frozen, because a setting goes one way; without extras, because a misspelt key must not be ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


class Section(Model):
    """A part of the platform that keeps data."""

    data_class: Slug = Field(description="names the key that encrypts it")


class Layer(StrEnum):
    """The layers of an environment, the lowest first: each builds on those before it."""

    FOUNDATION = "foundation"
    PLATFORM = "platform"
    MODELS = "models"


class LockMode(StrEnum):
    """Object Lock and vault lock modes."""

    GOVERNANCE = "GOVERNANCE"
    COMPLIANCE = "COMPLIANCE"


class Lock(Model):
    """Retention that cannot be undone by deleting."""

    mode: LockMode
    days: int = Field(ge=1, le=36500, description="days from the creation of an object version")


class Problem(NamedTuple):
    """A setting that does not go with another."""

    path: str
    value: Any
    allowed: str

    def __str__(self) -> str:
        return f"{PROJECT}:{self.path} = {shown(self.value)}: {self.allowed}"


Problems = Iterator["Problem"]


def texts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Path and value of every text in settings, by the names that the settings file has."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from texts(getattr(value, name), f"{path}.{field.alias}".strip("."))
    elif isinstance(value, Mapping | tuple):
        for key, one in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from texts(one, f"{path}.{key}".strip("."))
