"""The CloudWatch exporter of Monitoring, as plain data: what AWS knows of what it runs for the platform."""

from typing import Any

import pulumi
import yaml

from components import _documents as documents
from components import _images as images
from components._addon_values import SYSTEM, Values, resources
from components._kubernetes import LOCKED

ACCOUNT = "cloudwatch-exporter"
"""Its service account."""
_HOUR, _SOON = 3600, 300
_BALANCER, _GROUP = ["LoadBalancer"], ["LoadBalancer", "TargetGroup"]
_JOBS: tuple[tuple[str, list[str] | None, tuple[tuple[str, str, int], ...]], ...] = (
    # The exporter asks for the last whole period: of a day it would be yesterday's until midnight, UTC.
    (
        "AWS/Backup",
        None,
        (("NumberOfBackupJobsCompleted", "Sum", _HOUR), ("NumberOfBackupJobsFailed", "Sum", _HOUR)),
    ),
    (
        "AWS/RDS",
        ["DBInstanceIdentifier"],
        (
            ("FreeStorageSpace", "Minimum", _SOON),
            ("CPUUtilization", "Average", _SOON),
            ("DatabaseConnections", "Maximum", _SOON),
        ),
    ),
    (
        "AWS/SQS",
        None,
        (
            ("ApproximateNumberOfMessagesVisible", "Maximum", _SOON),
            ("ApproximateAgeOfOldestMessage", "Maximum", _SOON),
        ),
    ),
    ("AWS/Firehose", None, (("DeliveryToS3.DataFreshness", "Maximum", _SOON),)),
    ("AWS/ElastiCache", None, (("DatabaseMemoryUsagePercentage", "Maximum", _SOON),)),
    ("AWS/ApplicationELB", _BALANCER, (("RequestCount", "Sum", _SOON), ("HTTPCode_ELB_5XX_Count", "Sum", _SOON))),
    (
        "AWS/ApplicationELB",
        _GROUP,
        (("HealthyHostCount", "Maximum", _SOON), ("UnHealthyHostCount", "Minimum", _SOON)),
    ),
)
"""Namespace, the dimensions that a metric must have and no others, and the metrics: name, statistic, and seconds that
it is of. CloudWatch charges for each that is asked."""
_TAGS = {"AWS/ApplicationELB": ["ingress.k8s.aws/resource"]}
"""Namespace to the tags that become labels: what the load balancer controller made a target group for."""


def values(region: pulumi.Input[str], environment: str, image: str) -> Values:
    """Values of the chart prometheus-yet-another-cloudwatch-exporter 0.47; `image` is NAME@sha256:..."""
    name, digest = images.parts(image)
    user = {"runAsNonRoot": True, "runAsUser": 65534, "runAsGroup": 65534}
    return {
        **SYSTEM,
        # The chart requires a tag, which has no effect beside a digest.
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
            **({"dimensionNameRequirements": dimensions} if dimensions else {}),
            "metrics": [_metric(*metric) for metric in metrics],
        }
        for namespace, dimensions, metrics in _JOBS
    ]
    discovery = {"exportedTagsOnMetrics": _TAGS, "jobs": jobs}
    found: dict[str, Any] = {"apiVersion": "v1alpha1", "sts-region": region, "discovery": discovery}
    return yaml.safe_dump(found, sort_keys=False)


def _metric(name: str, statistic: str, seconds: int) -> dict[str, Any]:
    """A sum of nothing is 0; of what is measured, nothing is not 0."""
    return {
        "name": name,
        "statistics": [statistic],
        "period": seconds,
        "length": seconds,
        "nilToZero": statistic == "Sum",
    }


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
