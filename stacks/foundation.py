"""The base of an environment: keys, logs, stores and the audit trail."""

import pulumi
import pulumi_aws as aws

from components import AccessLogs, ArtifactStore, ArtifactStoreArgs, AuditTrail, KeyRing, ObjectLockArgs, RetentionMode
from stacks.settings import Lock, Settings, Store


def foundation(settings: Settings) -> None:
    """Wire the foundation of one environment and export what other stacks build on."""
    provider = aws.Provider("aws", region=settings.region, allowed_account_ids=[settings.account])
    opts = pulumi.ResourceOptions(providers=[provider], protect=settings.deletion_protection)
    force_destroy = not settings.deletion_protection

    keys = KeyRing(
        "keys",
        {
            "keys": {
                name: {
                    "users": [*access.users, *replication_roles(settings, name)],
                    "services": list(access.services),
                }
                for name, access in settings.keys.data_classes.items()
            },
            "administrators": list(settings.keys.administrators),
            "deletion_window_days": settings.keys.deletion_window_days,
            "rotation_days": settings.keys.rotation_days,
            "tags": tags(settings, "internal"),
        },
        opts,
    )
    logs = AccessLogs(
        "access-logs",
        {
            "retention_days": settings.access_logs.retention_days,
            "force_destroy": force_destroy,
            "tags": tags(settings, "internal"),
        },
        opts,
    )
    stores = {
        name: ArtifactStore(name, store_args(settings, store, keys, logs), opts)
        for name, store in settings.stores.items()
    }
    audit = AuditTrail(
        "audit",
        {
            "kms_key_arn": keys.key_arns[settings.audit.data_class],
            "log_bucket": logs.bucket_name,
            "object_lock": lock_args(settings.audit.lock),
            "data_event_bucket_arns": [store.bucket_arn for store in stores.values()],
            "log_group_days": settings.audit.log_group_days,
            "force_destroy": force_destroy,
            "tags": tags(settings, settings.audit.data_class),
        },
        opts,
    )

    pulumi.export("account", settings.account)
    pulumi.export("region", settings.region)
    pulumi.export("keys", keys.key_arns)
    pulumi.export(
        "stores",
        {
            name: {
                "bucket": store.bucket_name,
                "uri": store.uri,
                "readerPolicies": store.reader_policies,
                "writerPolicies": store.writer_policies,
            }
            for name, store in stores.items()
        },
    )
    pulumi.export("audit", {"trail": audit.trail_arn, "bucket": audit.bucket_name, "logGroup": audit.log_group_name})


def tags(settings: Settings, data_class: str) -> dict[str, str]:
    """The mandatory tags of what holds data of `data_class`."""
    return {
        "environment": settings.environment.value,
        "owner": settings.owner,
        "cost-centre": settings.cost_centre,
        "data-class": data_class,
    }


def replication_roles(settings: Settings, data_class: str) -> list[str]:
    """ARN patterns of the roles that copy the stores of `data_class` to another region, and so decrypt them."""
    return [
        f"arn:aws*:iam::{settings.account}:role/{name}-replication-*"
        for name, store in settings.stores.items()
        if store.replica and store.data_class == data_class
    ]


def lock_args(lock: Lock) -> ObjectLockArgs:
    """A retention setting as a component takes it."""
    return {"mode": RetentionMode(lock.mode.value), "days": lock.days}


def store_args(settings: Settings, store: Store, keys: KeyRing, logs: AccessLogs) -> ArtifactStoreArgs:
    """The arguments of one store, without those that its settings leave out."""
    args: ArtifactStoreArgs = {
        "kms_key_arn": keys.key_arns[store.data_class],
        "log_bucket": logs.bucket_name,
        "prefixes": store.prefixes,
        "noncurrent_version_days": store.noncurrent_version_days,
        "force_destroy": not settings.deletion_protection,
        "tags": tags(settings, store.data_class),
    }
    if store.lock:
        args["object_lock"] = lock_args(store.lock)
    if store.replica:
        args["replica"] = {"region": store.replica.region, "kms_key_arn": store.replica.kms_key_arn}
    return args
