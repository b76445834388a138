"""Distributions of CloudFront as ways in."""

import re
from collections.abc import Iterator

from policies._joins import members
from policies._verdict import Verdict, fail, require, unknown
from policies._view import ABSENT, Resource, Stack

EDGE = "aws:cloudfront/distribution:Distribution"
_DELIVERIES = ("aws:cloudwatch/logDeliverySource:LogDeliverySource",)
_VIEWERS, _TLS = "defaultCacheBehavior.viewerProtocolPolicy", "viewerCertificate.minimumProtocolVersion"
_ENCRYPTED = ("https-only", "redirect-to-https")
_MODERN = re.compile(r"TLSv1\.[23]")
"""How the names of CloudFront's security policies begin that accept TLS 1.2 or later alone."""


def judge_edge(edge: Resource, stack: Stack) -> Iterator[Verdict]:
    """Whether a distribution accepts TLS 1.2 or later alone, and logs requests."""
    yield require(edge, _VIEWERS, lambda policy: policy in _ENCRYPTED, " or ".join(_ENCRYPTED))
    # With its own certificate, CloudFront accepts TLS 1.0.
    yield require(edge, _TLS, lambda least: bool(_MODERN.match(str(least))), "TLSv1.2_2021, or later")
    if edge.get("loggingConfig.bucket") is ABSENT:
        deliveries = members(edge, stack, _DELIVERIES, by="resourceArn", keys=("arn",))
        if deliveries is None:
            yield unknown("the resource of every LogDeliverySource")
        elif not deliveries:
            yield fail(f"no requests to {edge.name} are logged: add a LogDeliverySource for it", "loggingConfig")
