"""Served models: each in its team's namespace, judged and scaled by what `monitoring` has for its server."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components import (
    AnalysisArgs,
    CandidateArgs,
    DoorArgs,
    GatewayArgs,
    GrantArgs,
    GrantKind,
    InferenceCapture,
    LlmService,
    LlmServiceArgs,
    ModelFormat,
    ModelService,
    ModelServiceArgs,
    PlaceArgs,
    RolloutArgs,
    RolloutMode,
    ScalingArgs,
    SignalArgs,
)
from monitoring import analysis as queries
from stacks import governance
from stacks import serving_program as program
from stacks._fields import MODELS
from stacks.foundation import Foundation
from stacks.platform import Platform
from stacks.serving_rules import BESIDE
from stacks.serving_settings import AbTest, Analysis, Canary, Llm, Served, Service, Serving, Shadow
from stacks.wiring import Wiring

PRIORITY = "high"
"""Priority class of pods that answer requests, against those that train."""


@dataclass(frozen=True)
class _Inside:
    """What every served model needs: settings, the layers below, and options that reach into the cluster."""

    wiring: Wiring
    base: Foundation
    platform: Platform
    serving: Serving
    capture: InferenceCapture | None
    approved: pulumi.Output[str]
    opts: pulumi.ResourceOptions

    def namespace(self, team: str) -> pulumi.Output[str]:
        """The team's namespace, once all that limits it is there."""
        assert self.platform.tenants is not None  # a rule of the settings
        return self.platform.tenants[team]["namespace"]


def serving(
    wiring: Wiring, base: Foundation, platform: Platform, capture: InferenceCapture | None
) -> pulumi.Output[Mapping[str, Any]] | None:
    """Wire every served model; name to its `url`, `host`, `rollout` and `role`."""
    settings = wiring.settings
    if not settings.serves or not settings.serving or platform.cluster is None:
        return None
    opts = wiring.in_cluster(platform.cluster["kubeconfig"])
    assert platform.addons is not None  # a rule of the settings
    approved = governance.approvals(wiring, platform.addons["ready"], opts).ready
    inside = _Inside(wiring, base, platform, settings.serving, capture, approved, opts)
    found: dict[str, ModelService | LlmService] = {
        **{name: _service(inside, name, one) for name, one in settings.services.items()},
        **{name: _llm(inside, name, one) for name, one in settings.llms.items()},
    }
    return pulumi.Output.all(
        **{
            name: pulumi.Output.all(url=one.url, host=one.host, rollout=one.rollout_name, role=one.role_arn)
            for name, one in found.items()
        }
    )


def _service(inside: _Inside, name: str, one: Service) -> ModelService:
    scaling, sleeps, all_ = one.scaling, one.scaling.min == 0, queries.of_all("{{name}}")
    server = queries.MLSERVER
    signals: list[SignalArgs] = [
        {
            "name": "requests",
            "query": server.rate(one.team, all_, "2m", sleeps),
            "threshold": scaling.requests_per_second,
        },
        {
            "name": "in-flight",
            "query": server.level(queries.QUEUE[server], one.team, all_, sleeps),
            "threshold": scaling.in_flight,
        },
    ]
    scaled = _scaling(inside, one, signals)
    scaled["cpu_percent"] = scaling.cpu_percent
    if hours := scaling.hours:
        scaled["hours"] = {"start": hours.start, "end": hours.end, "timezone": hours.timezone}
    here, uri = inside.wiring.settings, _uri(inside, name, one.store, one.version)
    captured = inside.capture if here.capture and name in here.capture.sampling_percent else None
    args: ModelServiceArgs = {
        "model": name,
        "version": one.version,
        "image": inside.wiring.image(one.image),
        "model_uri": uri,
        "grants": [
            *_reads(inside, name, one),
            *program.capture_grants(inside.wiring, inside.base, captured, one.captures),
        ],
        "place": _place(inside, one),
        "size": {"cpus": one.cpus, "memory_gib": one.memory_gib},
        "format": ModelFormat(one.format),
        "limits": program.limits(one.limits),
        "server": program.server(one.server),
        "scaling": scaled,
        "rollout": _rollout(inside, name, one, server),
        "system": governance.system(here, one.system),
        "provenance": governance.provenance(one.provenance, uri),
        "after": [inside.namespace(one.team), inside.approved],
        "tags": {**inside.wiring.tags(here.stores[one.store].data_class), "owner": one.team},
    }
    if captured:
        args["captures_uri"] = pulumi.Output.concat(captured.uri, f"/{name}")
        args["captures"] = program.captures(inside.base, captured, one.captures)
    _more(inside, name, one, args)
    return ModelService(f"model-{name}", args, inside.opts)


def _llm(inside: _Inside, name: str, one: Llm) -> LlmService:
    server, all_ = queries.VLLM, queries.of_all("{{name}}")
    signals: list[SignalArgs] = [
        {
            "name": "kv-cache",
            "query": server.level(queries.KV_CACHE, one.team, all_),
            "threshold": one.scaling.kv_cache_percent / 100,
        },
        {
            "name": "waiting",
            "query": server.level(queries.QUEUE[server], one.team, all_),
            "threshold": one.scaling.waiting,
        },
    ]
    here, uri = inside.wiring.settings, _uri(inside, name, one.store, one.version)
    scaled = _scaling(inside, one, signals)
    # Prometheus has no series until the first pod serves. The default fallback would start further pods meanwhile, each
    # with a GPU.
    scaled["blind"] = one.scaling.min
    assert inside.platform.tenants is not None
    args: LlmServiceArgs = {
        "model": name,
        "version": one.version,
        "image": inside.wiring.image(one.image),
        "model_uri": uri,
        "grants": _reads(inside, name, one),
        "place": _place(inside, one),
        "size": {
            "pool": one.pool,
            "gpus": one.gpus,
            "cpus": one.cpus,
            "memory_gib": one.memory_gib,
            "queue": inside.platform.tenants[one.team]["queue"],
            "priority": PRIORITY,
        },
        "scaling": scaled,
        "rollout": _rollout(inside, name, one, server),
        "system": governance.system(here, one.system),
        "provenance": governance.provenance(one.provenance, uri),
        "after": [inside.namespace(one.team), inside.approved],
        "tags": {**inside.wiring.tags(here.stores[one.store].data_class), "owner": one.team},
    }
    if one.max_tokens:
        args["max_tokens"] = one.max_tokens
    _more(inside, name, one, args)
    return LlmService(f"model-{name}", args, inside.opts)


def _uri(inside: _Inside, name: str, store: str, version: str) -> pulumi.Output[str]:
    return pulumi.Output.concat("s3://", inside.base.stores[store]["bucket"], f"/{MODELS}/{name}/{version}")


def _reads(inside: _Inside, name: str, one: Served) -> list[GrantArgs]:
    store = inside.wiring.settings.stores[one.store]
    return [
        {
            "kind": GrantKind.READ_PREFIX,
            "resource_arn": inside.base.stores[one.store]["arn"],
            "prefix": f"{MODELS}/{name}",
            "kms_key_arn": inside.base.keys[store.data_class],
        }
    ]


def _place(inside: _Inside, one: Served) -> PlaceArgs:
    assert inside.platform.cluster is not None
    reaches = inside.wiring.settings.tenants[one.team].reaches
    return {
        "namespace": one.team,
        "cluster_name": inside.platform.cluster["name"],
        "https_cidrs": [inside.base.in_network("cidr"), *reaches],
    }


def _more(inside: _Inside, name: str, one: Served, args: ModelServiceArgs | LlmServiceArgs) -> None:
    """Add the way in, and what may be left out."""
    host, gateway = f"{name}.{inside.serving.domain}", inside.serving.gateway
    if one.start_minutes:
        args["start_minutes"] = one.start_minutes
    if one.rollout.mode not in BESIDE:
        cidrs = [inside.base.in_network("cidr")]
        door: DoorArgs = {
            "host": host,
            "from_cidrs": cidrs,
            "internal": inside.serving.internal,
            "log_bucket": inside.base.log_bucket,
        }
        args["door"] = door
        return
    assert gateway is not None  # a rule of the settings
    way: GatewayArgs = {"name": gateway.name, "namespace": gateway.namespace, "host": host}
    if gateway.pods_namespace:
        way["pods_namespace"] = gateway.pods_namespace
    args["gateway"] = way


def _scaling(inside: _Inside, one: Service | Llm, signals: list[SignalArgs]) -> ScalingArgs:
    return {
        "least": one.scaling.min,
        "most": one.scaling.max,
        "address": inside.serving.prometheus,
        "signals": signals,
    }


def _rollout(inside: _Inside, name: str, one: Served, server: queries.Server) -> RolloutArgs:
    found, wanted = RolloutArgs(mode=RolloutMode(one.rollout.mode)), one.rollout
    if analysis := getattr(wanted, "analysis", None):
        found["analysis"] = _analysis(inside.serving, one.team, name, analysis, server)
    if isinstance(wanted, Canary):
        found["steps"], found["keep_seconds"] = wanted.steps, wanted.keep_seconds
    if isinstance(wanted, Shadow | AbTest):
        beside = wanted.candidate
        uri = _uri(inside, name, one.store, beside.version)
        found["candidate"] = CandidateArgs(
            version=beside.version,
            image=inside.wiring.image(beside.image),
            model_uri=uri,
            provenance=governance.provenance(beside.provenance, uri),
        )
    if isinstance(wanted, Shadow):
        found["percent"] = wanted.percent
    if isinstance(wanted, AbTest):
        found["match"] = {"header": wanted.match.header, "value": wanted.match.value}
        found["experiment"] = wanted.experiment
    return found


def _analysis(serving: Serving, team: str, name: str, asked: Analysis, server: queries.Server) -> AnalysisArgs:
    pods, window = queries.of_hash(name, "{{args.hash}}"), f"{asked.window_seconds}s"
    return {
        "address": serving.prometheus,
        "metrics": [
            {"name": "requests", "query": server.traffic(team, pods, window), "at_least": asked.min_requests},
            {
                "name": "errors",
                "query": server.errors(team, pods, window),
                "at_most": asked.max_error_percent / 100,
            },
            {"name": "latency", "query": server.latency(team, pods, window), "at_most": asked.max_latency_ms / 1000},
        ],
        "interval_seconds": asked.interval_seconds,
        "checks": asked.checks,
        "failures": asked.failures,
        "errors": asked.errors,
    }
