"""Settings of what is in the cluster, for environments that do not have them yet."""

from typing import Any

POOLS: dict[str, Any] = {
    "training": {
        "use": "training",
        "image": "al2023@v20261023",
        "families": ["g5", "g6", "g6e"],
        "maxGpus": 6,
        "onDemand": 2,
        "maxGpusPerNode": 4,
    },
    "serving": {"use": "serving", "image": "al2023@v20261023", "families": ["g5", "g6"], "maxGpus": 2},
    "general": {"use": "cpu", "image": "al2023@v20261023", "families": ["m7i", "m6i"], "maxVcpus": 64},
}
TEAM = {"cpus": 32, "memoryGib": 128, "gpus": {"training-spot": 3, "training-on-demand": 1}, "borrowGpus": 2}
TENANT: dict[str, Any] = {
    "group": "ml-vision",
    "members": ["arn:aws:iam::111111111111:role/vision"],
    "cpus": 64,
    "memoryGib": 256,
    "gpus": 6,
    "serviceAccounts": {"trainer": {"reads": {"datasets": ["raw"]}, "writes": {"artifacts": ["runs"]}}},
    "reaches": ["52.219.0.0/16"],
    "callers": ["monitoring"],
}
INSIDE: dict[str, Any] = {
    "addons": {"replicas": 1},
    "pools": POOLS,
    "queue": {"teams": {"vision": TEAM}},
    "tenants": {"vision": TENANT},
    "monitoring": {
        "retentionDays": 7,
        "storageGib": 50,
        "monthlyLimitUsd": 2000,
        "cloudwatchExporterImage": f"quay.io/mirror/exporter@sha256:{'0' * 64}",
    },
}
"""Everything that dev could have, whose `gpu.maxGpus` is 8."""
