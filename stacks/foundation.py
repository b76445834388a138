"""The foundation layer: keys, stores, network, audit, cost and safety of the account."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components import (
    AccessLogs,
    ArtifactStore,
    AuditTrail,
    Backups,
    BackupsArgs,
    KeyRing,
    NatMode,
    Network,
    NetworkArgs,
    Notifications,
    Protocol,
    Secrets,
    SubscriberArgs,
    ThreatDetection,
    ThreatDetectionArgs,
)
from stacks import delivery
from stacks.costs import costs
from stacks.endpoints import interface_endpoints
from stacks.foundation_settings import Backups as BackupSettings
from stacks.foundation_settings import Network as NetworkSettings
from stacks.foundation_settings import Notifications as NotificationSettings
from stacks.foundation_settings import Secrets as SecretSettings
from stacks.foundation_settings import Threats
from stacks.keys import is_retained, key_readers, key_services, key_users
from stacks.stores import StoreExports, lock_args, store_args, store_exports
from stacks.wiring import Exports, Wiring


@dataclass(frozen=True, kw_only=True)
class Foundation(Exports):
    """What the foundation gives to the layers above, and to other teams."""

    account: pulumi.Output[str]
    """The account it is in."""
    region: pulumi.Output[str]
    """Its region."""
    keys: pulumi.Output[Mapping[str, str]]
    """Data class to the ARN of its key."""
    log_bucket: pulumi.Output[str]
    """Bucket that records who accessed other buckets."""
    stores: pulumi.Output[Mapping[str, StoreExports]]
    """The artifact stores by name."""
    audit: pulumi.Output[Mapping[str, str]]
    """`trail`, `bucket` and `logGroup` of the audit trail."""
    network: pulumi.Output[Mapping[str, Any]] | None = None
    """`vpcId`, `cidr`, `privateSubnets`, `publicSubnets`, `isolatedSubnets` and `natAddresses`."""
    topics: pulumi.Output[Mapping[str, str]] | None = None
    """Severity to the ARN of its topic."""
    secrets: pulumi.Output[Mapping[str, str]] | None = None
    """Secret to its ARN."""
    backups: pulumi.Output[Mapping[str, str]] | None = None
    """`vault` and `plan` of the backups."""
    boundary: pulumi.Output[str] | None = None
    """ARN of the boundary of every role, where a pipeline deploys."""
    ci: pulumi.Output[Mapping[str, str]] | None = None
    """`plan`, `deploy` and `promote` roles of the pipeline."""

    def in_network(self, key: str) -> pulumi.Output[Any]:
        """A part of the network, which the rules of the settings demand wherever something lies in it."""
        assert self.network is not None
        return self.network[key]


def foundation(wiring: Wiring) -> Foundation:
    """Wire the foundation of one environment."""
    settings = wiring.settings
    # First, because every role of the environment is made below it.
    boundary = delivery.boundary(wiring, settings.ci) if settings.ci else None
    if boundary:
        wiring.bind(boundary.arn)
    opts, services = wiring.opts, key_services(settings)
    keys = KeyRing(
        "keys",
        {
            "keys": {
                name: {
                    "users": key_users(settings, name),
                    "readers": key_readers(settings, name),
                    "services": services[name],
                    "retain": is_retained(settings, name),
                }
                for name in settings.keys.data_classes
            },
            "administrators": list(settings.keys.administrators),
            "deletion_window_days": settings.keys.deletion_window_days,
            "rotation_days": settings.keys.rotation_days,
            "tags": wiring.tags("internal"),
        },
        opts,
    )
    logs = AccessLogs(
        "access-logs",
        {
            "retention_days": settings.access_logs.retention_days,
            "force_destroy": wiring.force_destroy,
            "tags": wiring.tags("internal"),
        },
        opts,
    )
    stores = {
        name: ArtifactStore(name, store_args(wiring, name, store, keys, logs), opts)
        for name, store in settings.stores.items()
    }
    ci = delivery.pipeline(wiring, settings.ci, boundary.arn, keys, stores) if settings.ci and boundary else None
    audit = AuditTrail(
        "audit",
        {
            "kms_key_arn": keys.key_arns[settings.audit.data_class],
            "log_bucket": logs.bucket_name,
            "object_lock": lock_args(settings.audit.lock),
            "data_event_bucket_arns": [store.bucket_arn for store in stores.values()],
            "log_group_days": settings.audit.log_group_days,
            "force_destroy": wiring.force_destroy,
            "tags": wiring.tags(settings.audit.data_class),
        },
        opts,
    )
    network = _network(wiring, keys, settings.network) if settings.network else None
    topics = _notifications(wiring, keys, settings.notifications) if settings.notifications else None
    if topics:
        costs(wiring, topics)
    secrets = _secrets(wiring, keys, settings.secrets) if settings.secrets else None
    backups = _backups(wiring, keys, topics, settings.backups) if settings.backups else None
    if settings.threats and topics:
        _threats(wiring, keys, logs, audit, topics, settings.threats)
    return Foundation(
        account=pulumi.Output.from_input(settings.account),
        region=pulumi.Output.from_input(settings.region),
        keys=keys.key_arns,
        log_bucket=logs.bucket_name,
        stores=pulumi.Output.all(**{name: store_exports(store) for name, store in stores.items()}),
        audit=pulumi.Output.all(trail=audit.trail_arn, bucket=audit.bucket_name, logGroup=audit.log_group_name),
        network=network
        and pulumi.Output.all(
            vpcId=network.vpc_id,
            cidr=network.vpc_cidr,
            privateSubnets=network.private_subnet_ids,
            publicSubnets=network.public_subnet_ids,
            isolatedSubnets=network.isolated_subnet_ids,
            natAddresses=network.nat_addresses,
        ),
        topics=topics and topics.topic_arns,
        secrets=secrets and secrets.arns,
        boundary=boundary and boundary.arn,
        ci=ci and pulumi.Output.all(plan=ci.plan_role_arn, deploy=ci.deploy_role_arn, promote=ci.promote_role_arn),
        backups=backups and pulumi.Output.all(vault=backups.vault_arn, plan=backups.plan_id),
    )


def _network(wiring: Wiring, keys: KeyRing, network: NetworkSettings) -> Network:
    settings = wiring.settings
    args: NetworkArgs = {
        "cidr": network.cidr,
        "zones": network.zones,
        "nat": NatMode(network.nat),
        "kms_key_arn": keys.key_arns[network.data_class],
        "interface_endpoints": interface_endpoints(settings),
        "flow_log_days": network.flow_log_days,
        "flow_log_seconds": network.flow_log_seconds,
        "tags": wiring.tags(network.data_class),
    }
    if settings.cluster:
        args["cluster_name"] = settings.cluster_name
        args["private_callers"] = settings.cluster.private_networks
    return Network("network", args, wiring.opts)


def _notifications(wiring: Wiring, keys: KeyRing, notifications: NotificationSettings) -> Notifications:
    subscribers: dict[str, list[SubscriberArgs]] = {
        severity: [
            {"protocol": Protocol(one.protocol), "endpoint": one.endpoint} for one in getattr(notifications, severity)
        ]
        for severity in ("page", "ticket", "info")
    }
    return Notifications(
        "notifications",
        {
            "kms_key_arn": keys.key_arns[notifications.data_class],
            "subscribers": subscribers,
            "allow_unsubscribed": not wiring.settings.environment.protected,
            "tags": wiring.tags(notifications.data_class),
        },
        wiring.opts,
    )


def _secrets(wiring: Wiring, keys: KeyRing, secrets: SecretSettings) -> Secrets:
    return Secrets(
        "secrets",
        {
            "secrets": {
                name: {
                    "description": purpose,
                    "reader_role_arns": list(secrets.readers),
                    "rotated": secrets.rotated.isoformat(),
                }
                for name, purpose in secrets.names.items()
            },
            "kms_key_arn": keys.key_arns[secrets.data_class],
            "administrators": list(secrets.administrators),
            "recovery_window_days": secrets.recovery_days,
            "tags": wiring.tags(secrets.data_class),
        },
        wiring.opts,
    )


def _backups(wiring: Wiring, keys: KeyRing, topics: Notifications | None, backups: BackupSettings) -> Backups:
    args: BackupsArgs = {
        "kms_key_arn": keys.key_arns[backups.data_class],
        "lock": lock_args(backups.lock),
        "daily_days": backups.daily_days,
        "monthly_days": backups.monthly_days,
        "force_destroy": wiring.force_destroy,
        "tags": wiring.tags(backups.data_class),
    }
    if topics:
        args["topic_arn"] = topics.topic_arns["ticket"]
    return Backups("backups", args, wiring.opts)


def _threats(
    wiring: Wiring, keys: KeyRing, logs: AccessLogs, audit: AuditTrail, topics: Notifications, threats: Threats
) -> None:
    args: ThreatDetectionArgs = {
        "kms_key_arn": keys.key_arns[threats.data_class],
        "log_bucket": logs.bucket_name,
        "log_group_name": audit.log_group_name,
        "topic_arn": topics.topic_arns["ticket"],
        "guardduty_features": threats.guardduty_features,
        "history_days": threats.retention_days,
        "existing": [one for one in wiring.settings.existing if one != "spot-role"],
        "force_destroy": wiring.force_destroy,
        "tags": wiring.tags(threats.data_class),
    }
    if not threats.security_hub:
        args["security_hub_standards"] = []
    if threats.unused_access_days is not None:
        args["unused_access_days"] = threats.unused_access_days
    ThreatDetection("threats", args, wiring.opts)
