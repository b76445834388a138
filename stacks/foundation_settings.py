"""Settings of the foundation layer: keys, stores, network, audit, cost and safety of the account."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from stacks._fields import (
    Account,
    BucketName,
    Cidr,
    ConnectionArn,
    Email,
    KeyArn,
    Lock,
    LogGroupDays,
    Model,
    Prefix,
    PrincipalArn,
    Region,
    Repository,
    ScheduleExpression,
    Section,
    Slug,
    Zone,
)
from stacks.governance_settings import Reference


class DataClass(Model):
    """Who may use the key of one data class, besides the parts of the platform that keep their data with it."""

    users: tuple[PrincipalArn, ...] = Field(default=(), description="ARNs or ARN patterns of roles and users")


class Keys(Model):
    """The customer-managed keys."""

    data_classes: dict[Slug, DataClass] = Field(min_length=1, description="a key for each data class")
    administrators: tuple[PrincipalArn, ...] = Field(default=(), description="who may administer the keys")
    deletion_window_days: int = Field(ge=7, le=30, description="days before a deleted key is lost")
    rotation_days: int = Field(default=365, ge=90, le=2560, description="days between rotations")


class AccessLogs(Model):
    """The bucket of S3 server access logs."""

    retention_days: int = Field(ge=1, le=3650, description="days until an access log expires")


class Replica(Model):
    """A copy in another region."""

    region: Region
    kms_key_arn: KeyArn = Field(description="key in that region")


class Store(Section):
    """An artifact store."""

    prefixes: tuple[Prefix, ...] = Field(min_length=1, description="what consumers are granted separately")
    noncurrent_version_days: int = Field(ge=1, le=3650, description="days until an overwritten version expires")
    lock: Lock | None = Field(default=None, description="retention of every version")
    replica: Replica | None = Field(default=None, description="copy to another region")
    read_accounts: tuple[Account, ...] = Field(
        default=(), description="accounts whose pipeline may read models, to promote them"
    )
    datasheet: Reference | None = Field(default=None, description="of training data: what it is and where it is from")


class Audit(Section):
    """The audit trail."""

    lock: Lock = Field(description="write-once retention of the log files")
    log_group_days: LogGroupDays = Field(description="days that CloudWatch Logs keeps the events")


class Network(Section):
    """The VPC."""

    cidr: Cidr = Field(description="its IPv4 network, /16 to /20")
    zones: tuple[Zone, ...] = Field(min_length=2, max_length=6, description="availability zones of the region")
    nat: Literal["none", "single", "per-zone"] = Field(description="how private subnets reach the internet")
    interface_endpoints: tuple[str, ...] = Field(
        description="AWS services reached without the internet, besides those that pods with network policies call"
    )
    flow_log_days: LogGroupDays = Field(description="days that CloudWatch Logs keeps the flow logs")
    flow_log_seconds: Literal[60, 600] = Field(
        default=600, description="seconds of traffic in a record of the flow logs; fewer cost more"
    )


class Subscriber(Model):
    """Who is told."""

    protocol: Literal["email", "https", "sqs", "lambda"]
    endpoint: str = Field(min_length=3, description="address, URL or ARN, as the protocol wants it")


class Notifications(Section):
    """Where messages go, by severity."""

    page: tuple[Subscriber, ...] = Field(default=(), description="who is woken up")
    ticket: tuple[Subscriber, ...] = Field(default=(), description="who looks at it in working hours")
    info: tuple[Subscriber, ...] = Field(default=(), description="who likes to know")


class IdleStop(Model):
    """When idle capacity is stopped and started again."""

    stop: ScheduleExpression = Field(description="when to stop")
    start: ScheduleExpression = Field(description="when to start again")
    timezone: str = Field(min_length=1, description="IANA time zone of both, such as Europe/Berlin")


class Costs(Model):
    """What the environment may cost."""

    monthly_limit_usd: int = Field(ge=1, description="budget of the whole environment, US dollars a month")
    service_limits_usd: dict[str, int] = Field(default={}, description="AWS service to its own budget")
    emails: tuple[Email, ...] = Field(default=(), description="who gets budget mail besides the ticket topic")
    anomaly_usd: int = Field(ge=1, description="least unexpected cost that is reported, US dollars")
    anomaly_monitor_arn: str | None = Field(
        default=None,
        pattern=r"^arn:aws[a-z-]*:ce::[0-9]{12}:anomalymonitor/\S+$",
        description="cost anomaly monitor of AWS services that the account already has",
    )
    activate_tags: bool = Field(default=False, description="activate cost-allocation tags; payer accounts only")
    idle_stop: IdleStop | None = Field(default=None, description="stop the database while nobody uses it")


class Threats(Section):
    """Detection of threats and of misconfiguration; each service has a price."""

    guardduty_features: tuple[str, ...] = Field(description="protection plans of GuardDuty")
    unused_access_days: int | None = Field(default=None, ge=1, le=365, description="report access unused for so long")
    security_hub: bool = Field(default=True, description="Security Hub with its standards")
    retention_days: int = Field(ge=1, le=3650, description="days that Config snapshots are kept")


class Backups(Section):
    """Backups of what carries the backup tag."""

    lock: Lock = Field(description="least retention of recovery points, in days, and who may shorten it")
    daily_days: int = Field(ge=1, description="days that a daily backup is kept")
    monthly_days: int = Field(ge=97, description="days that a monthly backup is kept")


class Secrets(Section):
    """Secrets whose values operators put in."""

    names: dict[Slug, str] = Field(min_length=1, description="secret to what it is for")
    readers: tuple[PrincipalArn, ...] = Field(default=(), description="ARN patterns of who may read them")
    administrators: tuple[PrincipalArn, ...] = Field(min_length=1, description="ARN patterns of who may write them")
    rotated: date = Field(description="day on which operators last replaced the values")
    recovery_days: int = Field(ge=7, le=30, description="days before a deleted secret is lost")


class Promotion(Model):
    """Where images and models come from, after they have proven themselves.

    The settings of that environment name this account in `registry.pullAccounts` and in `readAccounts` of its store.
    """

    account: Account = Field(description="account of the environment before this one")
    stack: Slug = Field(description="its stack that has the registry")
    bucket: BucketName = Field(description="bucket of its artifacts")
    kms_key_arn: KeyArn = Field(description="key of that bucket")


class Runner(Model):
    """Jobs of GitHub Actions that run in the VPC, on machines of AWS CodeBuild."""

    connection_arn: ConnectionArn = Field(description="connection to GitHub, for this repository alone, and AVAILABLE")
    workflows: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=("Deploy",), min_length=1, description="names of the workflows whose jobs run there"
    )
    privileged: bool = Field(default=False, description="jobs may run Docker, to build images")
    concurrent_jobs: int = Field(default=2, ge=1, le=100, description="jobs at the same time")
    log_days: LogGroupDays = Field(default=365, description="days that CloudWatch Logs keeps the logs of jobs")


class Ci(Model):
    """Continuous integration on GitHub."""

    repository: Repository = Field(description="repository whose workflows are trusted")
    branch: Prefix = Field(default="main", description="branch that plans")
    provider_arn: str | None = Field(default=None, description="GitHub's identity provider, if the account has it")
    state_key_arn: KeyArn = Field(description="key that `mlp bootstrap` has made")
    promotion: Promotion | None = Field(default=None, description="where images and models are promoted from")
    runner: Runner | None = Field(default=None, description="machines in the VPC for jobs that reach the API server")
