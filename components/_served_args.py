"""Arguments that ModelService and LlmService share, and which of them exclude each other."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from components._images import is_pinned
from components._kubernetes import is_name
from components._rollout import BESIDE, RolloutArgs, RolloutMode, problem

_VERSION = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
LONGEST = 40
"""Characters of a model's name: with `-candidate` and the hash of its pods it must stay a name."""


class PlaceArgs(TypedDict):
    """Where a model runs."""

    namespace: str
    """Namespace, which must be there: one of Tenant, with its `namespace` in `after`."""
    cluster_name: pulumi.Input[str]
    """EKS cluster, for the identity of the pods."""
    https_cidrs: NotRequired[Sequence[pulumi.Input[str]]]
    """Networks its pods reach by TLS: the VPC's, for AWS by interface endpoints, S3 included. Default: none."""
    monitoring_namespace: NotRequired[str]
    """Namespace that scrapes the pods. Default `monitoring`."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Policy that the role of the pods cannot exceed. Default: none."""


class DoorArgs(TypedDict):
    """The way in by the platform's Application Load Balancer."""

    host: str
    """Host name of the model."""
    from_cidrs: Sequence[pulumi.Input[str]]
    """Networks the load balancer sends from: those of its subnets."""
    log_bucket: pulumi.Input[str]
    """Bucket of AccessLogs, in which the load balancer records every request."""
    certificate_arn: NotRequired[str]
    """Certificate. Default: the one of ACM that has the host name."""
    internal: NotRequired[bool]
    """Reachable from the VPC only. Default true."""


class GatewayArgs(TypedDict):
    """The way in by a Gateway of the Gateway API; a load balancer of AWS copies no requests."""

    name: str
    """Name of the Gateway, whose class has HTTPRouteRequestMirror and HTTPRouteRequestPercentageMirror for shadows."""
    namespace: str
    """Its namespace."""
    host: str
    """Host name of the model."""
    pods_namespace: NotRequired[str]
    """Namespace of the proxy's pods. Default: that of the Gateway."""


class SignalArgs(TypedDict):
    """A number that says how many pods are needed."""

    name: str
    """What it counts."""
    query: str
    """PromQL with one value for all pods together; `{{name}}` is how the names of the pods begin."""
    threshold: float
    """As much as one pod takes."""


class HoursArgs(TypedDict):
    """When a model that sleeps is awake."""

    start: str
    """Cron expression of the beginning."""
    end: str
    """Cron expression of the end."""
    timezone: str
    """IANA time zone of both."""


class ScalingArgs(TypedDict):
    """How many pods there are."""

    least: int
    """Fewest pods. 0 only of mode direct and with `hours`."""
    most: int
    """Most pods."""
    address: str
    """URL of Prometheus."""
    signals: Sequence[SignalArgs]
    """What it scales by, the greediest counts; at least one."""
    cpu_percent: NotRequired[int]
    """Also by CPU: share of what a pod asks for, percent. Default: not."""
    blind: NotRequired[int]
    """Fewest pods while Prometheus does not answer or has no signal. Default: half way between least and most."""
    hours: NotRequired[HoursArgs]
    """When there is at least one pod, whatever the signals say. Default: no such hours."""


def refusal(
    name: str,
    version: str,
    image: str,
    rollout: RolloutArgs,
    scaling: ScalingArgs,
    door: DoorArgs | None,
    gateway: GatewayArgs | None,
) -> str | None:
    """What does not go together: the field, its value, what is allowed and why."""
    if not is_name(name) or len(name) > LONGEST:
        return f"model = {name!r}; allowed: a DNS label of up to {LONGEST} characters"
    found: Mapping[str, Any] = rollout.get("candidate", {})
    for path, of in (("version", version), ("rollout.candidate.version", found.get("version", version))):
        if not _VERSION.fullmatch(of):
            return f"{path} = {of!r}; allowed: what a label can have"
    for path, of in (("image", image), ("rollout.candidate.image", found.get("image", image))):
        if not is_pinned(of):
            return f"{path} = {of!r}; allowed: NAME@sha256:..., for a tag can mean another image tomorrow"
    if text := problem(rollout):
        return f"rollout.{text}"
    mode = RolloutMode(rollout["mode"])
    if mode is RolloutMode.CANARY and door is None:
        return "door is missing; the load balancer is what splits traffic into the shares of mode canary"
    if mode in BESIDE and gateway is None:
        return f"gateway is missing; mode {mode} needs a route of the Gateway API, a load balancer of AWS has none"
    if mode in BESIDE and door is not None:
        return f"door would be ignored: requests of mode {mode} come by the gateway"
    if mode not in BESIDE and gateway is not None:
        return f"gateway would be ignored: requests of mode {mode} come by the door"
    return _numbers(mode, scaling)


def _numbers(mode: RolloutMode, scaling: ScalingArgs) -> str | None:
    least, most = int(scaling["least"]), int(scaling["most"])
    if not 0 <= least <= most or most < 1:
        return f"scaling.least = {least}, most = {most}; allowed: 0 <= least <= most, most from 1"
    if not scaling["signals"]:
        return "scaling.signals is empty; allowed: at least one"
    if least:
        return None
    if mode is not RolloutMode.DIRECT:
        return f"scaling.least = 0; allowed of mode {mode}: 1 or more, without traffic no version can be judged"
    if "hours" not in scaling:
        return "scaling.least = 0 needs hours: without pods no signal ever rises, so nothing would wake them"
    return None
