"""S3."""

from typing import Any

from sandbox.aws.kind import Call, Get, Kind, Listing


def _bucket_part(token: str, name: str, wrap: str = "", delete: tuple[Call, ...] | None = None, **more: Any) -> Kind:
    """A part of a bucket that has operations of its own: `put_...`, `get_...` and, mostly, `delete_...`."""
    put, get = more.pop("put", {}), more.pop("get", {})
    bucket = {"Bucket": "{bucket}"}
    call = Call(f"put_{name}", bind=bucket, wrap=wrap, **put)
    return Kind(
        token=f"aws:s3/{token}",
        client="s3",
        id="{bucket}",
        create=(call,),
        update=(call,),
        read=(Get(f"get_{name}", bind=bucket, **{"at": wrap, "rename": call.rename, **get}),),
        delete=(Call(f"delete_{name}", bind=bucket),) if delete is None else delete,
        **more,
    )


def _empty_bucket(client: Any, state: dict[str, Any]) -> None:
    """Delete every version, as the official provider does with `forceDestroy`."""
    if not state.get("forceDestroy"):
        return
    for page in client.get_paginator("list_object_versions").paginate(Bucket=state["bucket"]):
        # Markers first: the emulation fails over a key of which nothing but a marker is left.
        for item in [*page.get("DeleteMarkers", []), *page.get("Versions", [])]:
            which = {"Bucket": state["bucket"], "Key": item["Key"], "VersionId": item["VersionId"]}
            client.delete_object(**which, BypassGovernanceRetention=True)


def _location(values: dict[str, Any]) -> dict[str, str] | None:
    """Where a bucket is made; S3 refuses to be told its home region."""
    return None if values["region"] == "us-east-1" else {"LocationConstraint": values["region"]}


_BUCKET = {"Bucket": "{bucket}"}

KINDS = (
    Kind(
        token="aws:s3/bucket:Bucket",
        client="s3",
        id="{bucket}",
        autoname="bucket",
        create=(
            Call(
                "create_bucket",
                bind={"CreateBucketConfiguration": _location},
                rename={"ObjectLockEnabledForBucket": "objectLockEnabled"},
            ),
            Call("put_bucket_tagging", _BUCKET, {"TagSet": "tags"}, wrap="Tagging", when={"tags": True}),
        ),
        update=(
            Call("put_bucket_tagging", _BUCKET, {"TagSet": "tags"}, wrap="Tagging", when={"tags": True}),
            Call("delete_bucket_tagging", _BUCKET, when={"tags": False}),
        ),
        read=(
            Get("head_bucket", _BUCKET),
            Get("get_bucket_tagging", _BUCKET, {"TagSet": "tags"}, optional=True),
        ),
        delete=(Call("delete_bucket", _BUCKET),),
        outputs={
            "arn": "arn:aws:s3:::{bucket}",
            "bucketDomainName": "{bucket}.s3.amazonaws.com",
            "bucketRegion": "{region}",
            "bucketRegionalDomainName": "{bucket}.s3.{region}.amazonaws.com",
        },
        defaults={"forceDestroy": False},
        local=("forceDestroy", "objectLockEnabled"),
        empty=_empty_bucket,
        listing=Listing("list_buckets", "Buckets", "Name"),
    ),
    _bucket_part(
        "bucketVersioning:BucketVersioning",
        "bucket_versioning",
        get={"into": "versioningConfiguration"},
        delete=(Call("put_bucket_versioning", _BUCKET, fixed={"VersioningConfiguration": {"Status": "Suspended"}}),),
    ),
    _bucket_part(
        "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "bucket_encryption",
        wrap="ServerSideEncryptionConfiguration",
    ),
    _bucket_part(
        "bucketPublicAccessBlock:BucketPublicAccessBlock",
        "public_access_block",
        wrap="PublicAccessBlockConfiguration",
    ),
    _bucket_part(
        "bucketOwnershipControls:BucketOwnershipControls",
        "bucket_ownership_controls",
        wrap="OwnershipControls",
        put={"rename": {"Rules": "rule"}},
    ),
    _bucket_part("bucketPolicy:BucketPolicy", "bucket_policy"),
    _bucket_part(
        "bucketLogging:BucketLogging",
        "bucket_logging",
        wrap="BucketLoggingStatus.LoggingEnabled",
        get={"at": "LoggingEnabled"},
        delete=(Call("put_bucket_logging", _BUCKET, fixed={"BucketLoggingStatus": {}}),),
    ),
    _bucket_part(
        "bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "bucket_lifecycle_configuration",
        wrap="LifecycleConfiguration",
        get={"at": ""},
        delete=(Call("delete_bucket_lifecycle", _BUCKET),),
    ),
    _bucket_part(
        "bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        "object_lock_configuration",
        wrap="ObjectLockConfiguration",
        get={"gone": {"Rule": None}},
        delete=(),  # moto changes it only while the bucket is empty; it goes with the bucket
        defaults={"objectLockEnabled": "Enabled"},
    ),
    _bucket_part(
        "bucketReplicationConfig:BucketReplicationConfig",
        "bucket_replication",
        wrap="ReplicationConfiguration",
        recorded=("rules",),  # moto drops deleteMarkerReplication and sourceSelectionCriteria
    ),
    Kind(
        token="aws:s3/bucketNotification:BucketNotification",
        client="s3",
        id="{bucket}",
        create=(
            Call(
                "put_bucket_notification_configuration",
                {
                    **_BUCKET,
                    "NotificationConfiguration": lambda values: (
                        {"EventBridgeConfiguration": {}} if values.get("eventbridge") else {}
                    ),
                },
                uses=("eventbridge",),
            ),
        ),
        update=(),
        read=(Get("get_bucket_notification_configuration", _BUCKET, {"EventBridgeConfiguration": "eventbridgeOn"}),),
        delete=(Call("put_bucket_notification_configuration", _BUCKET, fixed={"NotificationConfiguration": {}}),),
        recorded=("eventbridge",),  # a structure without members
    ),
)
