"""The foundation layer: keys, stores, network, audit, cost and safety of the account."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

import pulumi

from components import AccessLogs, ArtifactStore, ArtifactStoreArgs, AuditTrail, KeyRing, ObjectLockArgs, RetentionMode
from stacks._fields import Lock
from stacks.foundation_settings import Store
from stacks.keys import key_services, key_users
from stacks.wiring import Exports, Wiring


class StoreExports(TypedDict):
    """One artifact store."""

    bucket: str
    arn: str
    uri: str
    readerPolicies: Mapping[str, str]
    writerPolicies: Mapping[str, str]


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


def foundation(wiring: Wiring) -> Foundation:
    """Wire the foundation of one environment."""
    settings, opts = wiring.settings, wiring.opts
    services = key_services(settings)
    keys = KeyRing(
        "keys",
        {
            "keys": {
                name: {"users": key_users(settings, name), "services": services[name]}
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
        name: ArtifactStore(name, store_args(wiring, store, keys, logs), opts)
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
            "force_destroy": wiring.force_destroy,
            "tags": wiring.tags(settings.audit.data_class),
        },
        opts,
    )
    return Foundation(
        account=pulumi.Output.from_input(settings.account),
        region=pulumi.Output.from_input(settings.region),
        keys=keys.key_arns,
        log_bucket=logs.bucket_name,
        stores=pulumi.Output.all(**{name: store_exports(store) for name, store in stores.items()}),
        audit=pulumi.Output.all(trail=audit.trail_arn, bucket=audit.bucket_name, logGroup=audit.log_group_name),
    )


def lock_args(lock: Lock) -> ObjectLockArgs:
    """A retention setting as a component takes it."""
    return {"mode": RetentionMode(lock.mode.value), "days": lock.days}


def store_args(wiring: Wiring, store: Store, keys: KeyRing, logs: AccessLogs) -> ArtifactStoreArgs:
    """The arguments of one store, without those that its settings leave out."""
    args: ArtifactStoreArgs = {
        "kms_key_arn": keys.key_arns[store.data_class],
        "log_bucket": logs.bucket_name,
        "prefixes": store.prefixes,
        "noncurrent_version_days": store.noncurrent_version_days,
        "force_destroy": wiring.force_destroy,
        "tags": wiring.tags(store.data_class),
    }
    if store.lock:
        args["object_lock"] = lock_args(store.lock)
    if store.replica:
        args["replica"] = {"region": store.replica.region, "kms_key_arn": store.replica.kms_key_arn}
    return args


def store_exports(store: ArtifactStore) -> pulumi.Output[Any]:
    """What others are told of a store."""
    return pulumi.Output.all(
        bucket=store.bucket_name,
        arn=store.bucket_arn,
        uri=store.uri,
        readerPolicies=store.reader_policies,
        writerPolicies=store.writer_policies,
    )
