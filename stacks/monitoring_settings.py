"""Settings of monitoring."""

from pydantic import Field

from monitoring.watched import Thresholds
from stacks._fields import Image, Model, Slug


class Monitoring(Model):
    """Prometheus, Alertmanager and Grafana, with the platform's rules and dashboards."""

    retention_days: int = Field(ge=1, le=400, description="days that samples are kept, if the volume is large enough")
    storage_gib: int = Field(ge=10, le=16000, description="volume of each Prometheus, GiB")
    memory_gib: int = Field(default=4, ge=1, le=256, description="memory of each Prometheus, GiB; a million series: 4")
    monthly_limit_usd: int = Field(ge=1, description="what the cluster's nodes may cost a month, US dollars")
    cloudwatch_exporter_image: Image = Field(description="image of the CloudWatch exporter, by its digest")
    grafana_secret: Slug = Field(default="grafana-admin", description="secret that is Grafana's password")
    watchdog_secret: Slug | None = Field(
        default=None, description="secret that is the address of a dead man's switch, which hears that alerting works"
    )
    promises: dict[Slug, dict[str, float]] = Field(
        default={}, description="served model to what it promises: availability, fastSeconds, fastShare, ..."
    )
    thresholds: Thresholds = Field(default=Thresholds(), description="bounds of alerts, where others are wanted")
