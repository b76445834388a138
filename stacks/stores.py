"""The artifact stores: their arguments, and what other layers get of them."""

from collections.abc import Mapping
from typing import Any, TypedDict

import pulumi

from components import AccessLogs, ArtifactStore, ArtifactStoreArgs, KeyRing, ObjectLockArgs, RetentionMode
from stacks._fields import MODELS, Lock
from stacks.foundation_settings import Store
from stacks.keys import promoters
from stacks.wiring import Wiring


class StoreExports(TypedDict):
    """One artifact store."""

    bucket: str
    arn: str
    uri: str
    readerPolicies: Mapping[str, str]
    writerPolicies: Mapping[str, str]


def lock_args(lock: Lock) -> ObjectLockArgs:
    """A retention setting as a component takes it."""
    return {"mode": RetentionMode(lock.mode.value), "days": lock.days}


def store_args(wiring: Wiring, name: str, store: Store, keys: KeyRing, logs: AccessLogs) -> ArtifactStoreArgs:
    """The arguments of one store, without those that its settings leave out."""
    args: ArtifactStoreArgs = {
        "kms_key_arn": keys.key_arns[store.data_class],
        "log_bucket": logs.bucket_name,
        "prefixes": store.prefixes,
        "noncurrent_version_days": store.noncurrent_version_days,
        "events": any(one.store == name for one in wiring.triggers),
        "force_destroy": wiring.force_destroy,
        "tags": {**wiring.tags(store.data_class), "content": "artifacts"},
    }
    if store.datasheet:
        args["tags"] = {**args["tags"], "holds": "training-data", "datasheet": store.datasheet}
    if store.read_accounts:
        args["readers"] = {MODELS: promoters(store)}
    if store.lock:
        args["object_lock"] = lock_args(store.lock)
    if store.replica:
        args["replica"] = {"region": store.replica.region, "kms_key_arn": store.replica.kms_key_arn}
    return args


def store_exports(store: ArtifactStore) -> pulumi.Output[Any]:
    """Outputs of a store for other layers and teams."""
    return pulumi.Output.all(
        bucket=store.bucket_name,
        arn=store.bucket_arn,
        uri=store.uri,
        readerPolicies=store.reader_policies,
        writerPolicies=store.writer_policies,
    )
