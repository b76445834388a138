"""The CloudWatch exporter of Monitoring, as plain data: what AWS knows of backups, queues and databases."""

from typing import Any

import pulumi
import yaml

from components import _documents as documents
from components import _images as images
from components._addon_values import SYSTEM, Values, resources
from components._kubernetes import LOCKED

ACCOUNT = "cloudwatch-exporter"
"""Its service account."""
_DAY = 24 * 60 * 60
_METRICS = {
    "AWS/Backup": (("NumberOfBackupJobsCompleted", "Sum", _DAY), ("NumberOfBackupJobsFailed", "Sum", _DAY)),
    "AWS/RDS": (("FreeStorageSpace", "Minimum", 300),),
    "AWS/SQS": (("ApproximateNumberOfMessagesVisible", "Maximum", 300),),
}
"""Namespace to the metrics: name, statistic, and seconds that it is of. CloudWatch charges for each that is asked."""


def values(region: pulumi.Input[str], environment: str, image: str) -> Values:
    """Values of the chart prometheus-yet-another-cloudwatch-exporter 0.47; `image` is NAME@sha256:..."""
    name, digest = images.parts(image)
    user = {"runAsNonRoot": True, "runAsUser": 65534, "runAsGroup": 65534}
    return {
        **SYSTEM,
        # The chart wants a tag; beside a digest nobody looks at it.
        # Without an empty registry it prints `quay.io/` before the name.
        "image": {"registry": "", "repository": name, "tag": f"pinned@{digest}"},
        "fullnameOverride": ACCOUNT,
        "serviceAccount": {"name": ACCOUNT, "automountServiceAccountToken": False},
        "podSecurityContext": {**user, "seccompProfile": {"type": "RuntimeDefault"}},
        "securityContext": LOCKED,
        "resources": resources("20m", "128Mi"),
        "extraArgs": {"scraping-interval": 300},
        "serviceMonitor": {"enabled": True},
        "config": pulumi.Output.from_input(region).apply(lambda found: configuration(found, environment)),
    }


def configuration(region: str, environment: str) -> str:
    """What it asks for: of the resources with the environment's tag."""
    jobs = [
        {
            "type": namespace,
            "regions": [region],
            "searchTags": [{"key": "environment", "value": f"^{environment}$"}],
            "metrics": [
                {"name": name, "statistics": [statistic], "period": seconds, "length": seconds, "nilToZero": True}
                for name, statistic, seconds in metrics
            ],
        }
        for namespace, metrics in _METRICS.items()
    ]
    found: dict[str, Any] = {"apiVersion": "v1alpha1", "sts-region": region, "discovery": {"jobs": jobs}}
    return yaml.safe_dump(found, sort_keys=False)


def rights() -> list[documents.Statement]:
    """Read metrics and find resources by tag; neither knows permissions for single resources."""
    return [
        {
            "Sid": "ReadMetrics",
            "Effect": "Allow",
            "Action": [
                "cloudwatch:GetMetricData",
                "cloudwatch:GetMetricStatistics",
                "cloudwatch:ListMetrics",
                "tag:GetResources",
            ],
            "Resource": "*",
        }
    ]
