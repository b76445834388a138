"""The view of an account as it is: what AWS answers, in the types and properties that Pulumi has for it."""

from policies.live import cloudtrail, ecr, guards, kms, logs, s3
from policies.live.reader import Collector

COLLECTORS: tuple[Collector, ...] = (
    s3.buckets,
    kms.keys,
    ecr.repositories,
    ecr.scanning,
    cloudtrail.trails,
    logs.groups,
    logs.filters,
    logs.alarms,
    guards.settings,
    guards.recorders,
    guards.detectors,
    guards.hubs,
    guards.analyzers,
)
"""Every collector; each yields resources of one service."""
