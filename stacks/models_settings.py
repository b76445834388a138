"""Settings of the models layer: retraining, capture, batch and edge delivery, and who runs them."""

from typing import Literal

from pydantic import Field

from stacks._fields import (
    CertificateArn,
    DatabaseUser,
    Image,
    LogGroupDays,
    Model,
    Percent,
    Prefix,
    ScheduleExpression,
    Section,
    Slug,
    WebAclArn,
)


class Trigger(Model):
    """What starts the retraining of a model."""

    kind: Literal["schedule", "drift", "performance", "new-data", "manual"]
    model: Slug = Field(description="model that is retrained")
    schedule: ScheduleExpression | None = Field(default=None, description="when; only of kind schedule")
    threshold: float | None = Field(default=None, gt=0, description="score that starts it; drift and performance")
    store: Slug | None = Field(default=None, description="artifact store that new data arrives in; new-data")
    prefix: Prefix | None = Field(default=None, description="prefix in that store")


class Retraining(Section):
    """The bus that retraining starts from."""

    triggers: dict[Slug, Trigger] = Field(min_length=1, description="what starts a retraining")
    cooldown_minutes: int = Field(ge=1, le=18720, description="least time between two runs of a model, minutes")
    archive_days: int = Field(ge=1, le=3650, description="days that events can be replayed")


class Capture(Section):
    """Captured predictions."""

    retention_days: int = Field(ge=1, le=3650, description="days until a captured prediction expires")
    sampling_percent: dict[Slug, Percent] = Field(
        min_length=1, description="model to the share that is captured, percent"
    )
    log_days: LogGroupDays = Field(description="days that CloudWatch Logs keeps delivery errors")


class Job(Model):
    """A batch inference job."""

    image: Image
    command: tuple[str, ...] = Field(min_length=1, description="what the container runs")
    vcpus: int = Field(ge=1, le=192, description="vCPUs")
    memory_mib: int = Field(ge=128, description="memory, MiB")
    gpus: int = Field(default=0, ge=0, le=16, description="GPUs")
    timeout_minutes: int = Field(ge=1, le=20160, description="minutes until it is stopped")
    schedule: ScheduleExpression | None = Field(default=None, description="when it runs by itself")


class Batch(Section):
    """Batch inference on spot."""

    instance_types: tuple[str, ...] = Field(min_length=2, description="EC2 instance types, diversified")
    max_vcpus: int = Field(ge=1, le=100000, description="most vCPUs on spot")
    on_demand_max_vcpus: int = Field(default=0, ge=0, description="most vCPUs on demand, when spot is scarce")
    jobs: dict[Slug, Job] = Field(default={}, description="job to what it runs; results outlive the last one")
    log_days: LogGroupDays = Field(description="days that CloudWatch Logs keeps the jobs' logs")


class Edge(Section):
    """Delivery of models to edge devices."""

    models: tuple[Slug, ...] = Field(min_length=1, description="models that are delivered")
    public_key: str = Field(pattern=r"(?s)^-----BEGIN PUBLIC KEY-----.*", description="PEM of who may sign URLs")
    aliases: tuple[str, ...] = Field(min_length=1, description="host names of the devices' address")
    certificate: CertificateArn = Field(description="certificate of the host names")
    web_acl: WebAclArn | None = Field(default=None, description="web ACL of AWS WAF that filters requests")


class Workload(Model):
    """What one Kubernetes service account may do in AWS."""

    namespace: Slug
    service_account: Slug
    reads: dict[Slug, tuple[Prefix, ...]] = Field(default={}, description="store to the prefixes it reads")
    writes: dict[Slug, tuple[Prefix, ...]] = Field(default={}, description="store to the prefixes it writes")
    database_user: DatabaseUser | None = Field(default=None, description="user it signs in to the database as")
    secrets: tuple[Slug, ...] = Field(default=(), description="secrets it reads")
    captures: bool = Field(default=False, description="sends predictions to the capture stream")
    publishes: bool = Field(default=False, description="sends events to the retraining bus")
    retrains: bool = Field(default=False, description="consumes the retraining queue")
