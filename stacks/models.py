"""The models layer: retraining, capture, batch and edge delivery, and who runs them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components import (
    BatchInference,
    BatchInferenceArgs,
    BatchJobArgs,
    EdgeDelivery,
    EdgeDeliveryArgs,
    GrantArgs,
    GrantKind,
    InferenceCapture,
    RetrainingBus,
    TriggerArgs,
    TriggerKind,
    WorkloadIdentity,
)
from stacks import grants as shared
from stacks._fields import PROJECT
from stacks.drift import drift
from stacks.foundation import Foundation
from stacks.models_settings import Batch, Capture, Edge, Job, Retraining, Trigger, Workload
from stacks.platform import Platform
from stacks.serving import serving
from stacks.wiring import Exports, Wiring


@dataclass(frozen=True, kw_only=True)
class Models(Exports):
    """What the models layer gives to those who train, serve and watch models; each part if its settings are there."""

    retraining: pulumi.Output[Mapping[str, str]] | None = None
    """`bus`, `busArn`, `queue`, `queueArn`, `table`, `archiveArn`, and `publish-`, `consumer-` and `replayPolicy`."""
    capture: pulumi.Output[Mapping[str, str]] | None = None
    """`stream`, `streamArn`, `uri`, `samplingParameter` and `producerPolicy`."""
    batch: pulumi.Output[Mapping[str, Any]] | None = None
    """`queue`, `jobs` by name, `checkpointUri` and `submitPolicy`."""
    edge: pulumi.Output[Mapping[str, Any]] | None = None
    """`domain`, `bucket`, `signingKey`, `publicKeyIds` and `publishPolicies` by model."""
    services: pulumi.Output[Mapping[str, Any]] | None = None
    """Served model to its `url`, `host`, `rollout` and `role`."""
    workloads: pulumi.Output[Mapping[str, str]] | None = None
    """Workload to the ARN of its role."""


def models(wiring: Wiring, base: Foundation, platform: Platform) -> Models:
    """Wire what models need, on foundation and platform."""
    settings = wiring.settings
    bus = _retraining(wiring, base, settings.retraining) if settings.retraining else None
    capture = _capture(wiring, base, settings.capture) if settings.capture else None
    batch = _batch(wiring, base, platform, settings.batch) if settings.batch else None
    edge = _edge(wiring, base, settings.edge) if settings.edge else None
    roles = {
        name: _workload(wiring, base, platform, name, workload, bus, capture).role_arn
        for name, workload in settings.workloads.items()
    }
    drift(wiring, base, platform, capture, bus)
    return Models(
        retraining=bus
        and pulumi.Output.all(
            bus=bus.bus_name,
            busArn=bus.bus_arn,
            queue=bus.queue_url,
            queueArn=bus.queue_arn,
            table=bus.table_name,
            archiveArn=bus.archive_arn,
            publishPolicy=bus.publish_policy,
            consumerPolicy=bus.consumer_policy,
            replayPolicy=bus.replay_policy,
        ),
        capture=capture
        and pulumi.Output.all(
            stream=capture.stream_name,
            streamArn=capture.stream_arn,
            uri=capture.uri,
            samplingParameter=capture.sampling_parameter_name,
            producerPolicy=capture.producer_policy,
        ),
        batch=batch
        and pulumi.Output.all(
            queue=batch.queue_arn,
            jobs=batch.job_definition_arns,
            checkpointUri=batch.checkpoint_uri,
            submitPolicy=batch.submit_policy,
        ),
        edge=edge
        and pulumi.Output.all(
            domain=edge.distribution_domain,
            bucket=edge.bucket_name,
            signingKey=edge.signing_key_arn,
            publicKeyIds=edge.public_key_ids,
            publishPolicies=edge.publish_policies,
        ),
        services=serving(wiring, base, platform, capture),
        workloads=pulumi.Output.all(**roles) if roles else None,
    )


def _retraining(wiring: Wiring, base: Foundation, retraining: Retraining) -> RetrainingBus:
    return RetrainingBus(
        "retraining",
        {
            "kms_key_arn": base.keys[retraining.data_class],
            "triggers": {name: _trigger(base, one) for name, one in retraining.triggers.items()},
            "archive_days": retraining.archive_days,
            "cooldown_minutes": retraining.cooldown_minutes,
            "tags": wiring.tags(retraining.data_class),
        },
        wiring.opts,
    )


def _trigger(base: Foundation, trigger: Trigger) -> TriggerArgs:
    args: TriggerArgs = {"kind": TriggerKind(trigger.kind), "model": trigger.model}
    if trigger.schedule is not None:
        args["schedule"] = trigger.schedule
    if trigger.threshold is not None:
        args["threshold"] = trigger.threshold
    if trigger.store is not None and trigger.prefix is not None:
        args["bucket"] = base.stores[trigger.store]["bucket"]
        args["prefix"] = f"{trigger.prefix}/"
    return args


def _capture(wiring: Wiring, base: Foundation, capture: Capture) -> InferenceCapture:
    return InferenceCapture(
        "capture",
        {
            "kms_key_arn": base.keys[capture.data_class],
            "log_bucket": base.log_bucket,
            "sampling_percent": capture.sampling_percent,
            "retention_days": capture.retention_days,
            "log_group_days": capture.log_days,
            "force_destroy": wiring.force_destroy,
            "tags": wiring.tags(capture.data_class),
        },
        wiring.opts,
    )


def _batch(wiring: Wiring, base: Foundation, platform: Platform, batch: Batch) -> BatchInference:
    registry = wiring.settings.registry
    names = registry.repositories if registry else ()
    args: BatchInferenceArgs = {
        "vpc_id": base.in_network("vpcId"),
        "subnet_ids": wiring.zoned(base.in_network("privateSubnets")),
        "instance_types": batch.instance_types,
        "max_vcpus": batch.max_vcpus,
        "on_demand_max_vcpus": batch.on_demand_max_vcpus,
        "jobs": {name: _job(wiring, job) for name, job in batch.jobs.items()},
        "repository_arns": [platform.registry["arns"][name] for name in names] if platform.registry else [],
        "kms_key_arn": base.keys[batch.data_class],
        "log_bucket": base.log_bucket,
        "log_group_days": batch.log_days,
        "force_destroy": wiring.force_destroy,
        "tags": wiring.tags(batch.data_class),
    }
    if base.topics is not None:
        args["topic_arn"] = base.topics["ticket"]
    return BatchInference("batch", args, wiring.opts)


def _job(wiring: Wiring, job: Job) -> BatchJobArgs:
    args: BatchJobArgs = {
        "image": wiring.image(job.image),
        "command": job.command,
        "vcpus": job.vcpus,
        "memory_mib": job.memory_mib,
        "timeout_minutes": job.timeout_minutes,
        "gpus": job.gpus,
    }
    if job.schedule is not None:
        args["schedule"] = job.schedule
    return args


def _edge(wiring: Wiring, base: Foundation, edge: Edge) -> EdgeDelivery:
    args: EdgeDeliveryArgs = {
        "models": edge.models,
        "aliases": edge.aliases,
        "certificate_arn": edge.certificate,
        "url_public_keys": {"main": edge.public_key},
        "kms_key_arn": base.keys[edge.data_class],
        "log_bucket": base.log_bucket,
        "deletion_window_days": wiring.settings.keys.deletion_window_days,
        "force_destroy": wiring.force_destroy,
        "tags": wiring.tags(edge.data_class),
    }
    if edge.web_acl:
        args["web_acl_arn"] = edge.web_acl
    return EdgeDelivery("edge", args, wiring.opts)


def _workload(
    wiring: Wiring,
    base: Foundation,
    platform: Platform,
    name: str,
    workload: Workload,
    bus: RetrainingBus | None,
    capture: InferenceCapture | None,
) -> WorkloadIdentity:
    assert platform.cluster is not None  # a rule of the settings
    return WorkloadIdentity(
        f"workload-{name}",
        {
            "cluster_name": platform.cluster["name"],
            "namespace": workload.namespace,
            "service_account": workload.service_account,
            "grants": _grants(wiring, base, platform, workload, bus, capture),
            "tags": wiring.tags("internal"),
        },
        wiring.opts,
    )


def _grants(
    wiring: Wiring,
    base: Foundation,
    platform: Platform,
    workload: Workload,
    bus: RetrainingBus | None,
    capture: InferenceCapture | None,
) -> list[GrantArgs]:
    """What a workload's settings mean: each resource with the key that encrypts it."""
    settings = wiring.settings
    grants: list[GrantArgs] = []
    here = f"{settings.region}:{settings.account}"
    for kind, wanted in ((GrantKind.READ_PREFIX, workload.reads), (GrantKind.WRITE_PREFIX, workload.writes)):
        for store, prefixes in wanted.items():
            key, arn = base.keys[settings.stores[store].data_class], base.stores[store]["arn"]
            for prefix in prefixes:
                grants.append({"kind": kind, "resource_arn": arn, "prefix": prefix, "kms_key_arn": key})
    if workload.database_user and platform.database is not None:
        database = platform.database["resourceId"].apply(lambda found: f"arn:aws:rds-db:{here}:dbuser:{found}")
        user = pulumi.Output.concat(database, f"/{workload.database_user}")
        grants.append({"kind": GrantKind.CONNECT_DATABASE, "resource_arn": user})
    grants += [shared.reads_secret(wiring, base, secret) for secret in workload.secrets]
    if workload.captures and capture:
        grants += shared.captures(wiring, capture)
    if bus and settings.retraining:
        key = base.keys[settings.retraining.data_class]
        if workload.publishes:
            source = f"{PROJECT}.{workload.service_account}"
            grants.append({"kind": GrantKind.PUBLISH_EVENTS, "resource_arn": bus.bus_arn, "source": source})
        if workload.retrains:
            table = pulumi.Output.concat(f"arn:aws:dynamodb:{here}:table/", bus.table_name)
            grants.append({"kind": GrantKind.CONSUME_QUEUE, "resource_arn": bus.queue_arn, "kms_key_arn": key})
            grants.append({"kind": GrantKind.USE_TABLE, "resource_arn": table, "kms_key_arn": key})
    return grants
