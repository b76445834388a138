"""The view of an account as it is: what AWS answers, in the types and properties that Pulumi has for it."""

from policies.live import s3
from policies.live.reader import Collector

COLLECTORS: tuple[Collector, ...] = (s3.buckets,)
"""Every collector; each yields resources of one service."""
