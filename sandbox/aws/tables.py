"""The resource types that the emulated account understands, one entry a type."""

from typing import Any

from sandbox.aws.kind import AWS_OWNED, Call, Get, Kind, Listing, Tags


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
        for item in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            which = {"Bucket": state["bucket"], "Key": item["Key"], "VersionId": item["VersionId"]}
            client.delete_object(**which, BypassGovernanceRetention=True)


def _pending_deletion(client: Any, key_id: str) -> str:
    """Why a key is still there: KMS keeps it until its deletion window ends, unless AWS made it."""
    key = client.describe_key(KeyId=key_id)["KeyMetadata"]
    if key["KeyManager"] == "AWS":
        return AWS_OWNED
    return f"deleted by KMS on {key['DeletionDate']:%Y-%m-%d}" if key["KeyState"] == "PendingDeletion" else ""


def _location(values: dict[str, Any]) -> dict[str, str] | None:
    """Where a bucket is made; S3 refuses to be told its home region."""
    return None if values["region"] == "us-east-1" else {"LocationConstraint": values["region"]}


_BUCKET = {"Bucket": "{bucket}"}
_GROUP = {"logGroupName": "{id}"}
_ROLE_NAME = {"RoleName": "{id}"}
_ROLE = {"RoleName": "name", "AssumeRolePolicyDocument": "assumeRolePolicy"}
_ROLE_POLICY = {"RoleName": "role", "PolicyName": "name", "PolicyDocument": "policy"}
_ROLE_POLICY_NAMES = {"RoleName": "{role}", "PolicyName": "{name}"}
_KEY = {"KeyId": "{id}"}
_TRAIL = {
    "CloudWatchLogsLogGroupArn": "cloudWatchLogsGroupArn",
    "LogFileValidationEnabled": "enableLogFileValidation",
    "IsLogging": "enableLogging",
    "TagsList": "tags",
    "TrailARN": "arn",
    "StartsWith": "startsWiths",
    "EndsWith": "endsWiths",
}


_ENTRIES = (
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
        token="aws:kms/key:Key",
        client="kms",
        id="{keyId}",
        create=(
            Call("create_key", at="KeyMetadata"),
            Call("enable_key_rotation", _KEY, when={"enableKeyRotation": True}),
        ),
        update=(
            Call("put_key_policy", _KEY, fixed={"PolicyName": "default"}),
            Call("update_key_description", _KEY),
            Call("enable_key_rotation", _KEY, when={"enableKeyRotation": True}),
            Call("disable_key_rotation", _KEY, when={"enableKeyRotation": False}),
        ),
        read=(
            Get("describe_key", _KEY, at="KeyMetadata", gone={"KeyState": "PendingDeletion"}),
            Get("get_key_rotation_status", _KEY, {"KeyRotationEnabled": "enableKeyRotation"}),
            Get("get_key_policy", {**_KEY, "PolicyName": "default"}),
            Get("list_resource_tags", _KEY),
        ),
        delete=(Call("schedule_key_deletion", _KEY, {"PendingWindowInDays": "deletionWindowInDays"}),),
        tags=Tags("tag_resource", "untag_resource", _KEY),
        computed=("arn", "keyId"),
        defaults={"enableKeyRotation": False},
        local=("deletionWindowInDays", "bypassPolicyLockoutSafetyCheck"),
        recorded=("rotationPeriodInDays",),
        listing=Listing("list_keys", "Keys", "KeyId", _pending_deletion),
    ),
    Kind(
        token="aws:kms/alias:Alias",
        client="kms",
        id="{name}",
        create=(Call("create_alias", rename={"AliasName": "name"}),),
        update=(Call("update_alias", {"AliasName": "{id}"}),),
        read=(
            Get(
                "list_aliases",
                at="Aliases",
                match={"AliasName": "{id}"},
                rename={"AliasName": "name", "AliasArn": "arn"},
            ),
        ),
        delete=(Call("delete_alias", {"AliasName": "{id}"}),),
        computed=("arn",),
        listing=Listing(
            "list_aliases", "Aliases", "AliasName", lambda _, name: AWS_OWNED if name.startswith("alias/aws/") else ""
        ),
    ),
    Kind(
        token="aws:cloudwatch/logGroup:LogGroup",
        client="logs",
        id="{name}",
        autoname="name",
        create=(
            Call("create_log_group", rename={"logGroupName": "name"}),
            Call("put_retention_policy", _GROUP),
        ),
        update=(Call("put_retention_policy", _GROUP), Call("associate_kms_key", _GROUP)),
        read=(
            Get(
                "describe_log_groups",
                {"logGroupNamePrefix": "{id}"},
                at="logGroups",
                match=_GROUP,
                rename={"logGroupName": "name", "arn": "streams", "logGroupArn": "arn"},
            ),
            Get("list_tags_log_group", _GROUP),
        ),
        delete=(Call("delete_log_group", _GROUP),),
        tags=Tags("tag_resource", "untag_resource", {"resourceArn": "{arn}"}, "tags", "tagKeys"),
        computed=("arn",),
        defaults={"skipDestroy": False},
        local=("skipDestroy",),
        listing=Listing("describe_log_groups", "logGroups", "logGroupName"),
    ),
    Kind(
        token="aws:iam/role:Role",
        client="iam",
        id="{name}",
        autoname="name",
        create=(Call("create_role", rename=_ROLE),),
        update=(
            Call("update_assume_role_policy", _ROLE_NAME, {"PolicyDocument": "assumeRolePolicy"}),
            Call("update_role", _ROLE_NAME),
        ),
        read=(Get("get_role", _ROLE_NAME, {**_ROLE, "RoleId": "uniqueId"}, at="Role"),),
        delete=(Call("delete_role", _ROLE_NAME),),
        tags=Tags("tag_role", "untag_role", _ROLE_NAME),
        computed=("arn", "createDate", "uniqueId"),
        defaults={"forceDetachPolicies": False, "maxSessionDuration": 3600, "path": "/"},
        local=("forceDetachPolicies",),
        listing=Listing("list_roles", "Roles", "RoleName"),
    ),
    Kind(
        token="aws:iam/rolePolicy:RolePolicy",
        client="iam",
        id="{role}:{name}",
        autoname="name",
        create=(Call("put_role_policy", rename=_ROLE_POLICY),),
        update=(Call("put_role_policy", _ROLE_POLICY_NAMES, {"PolicyDocument": "policy"}),),
        read=(Get("get_role_policy", _ROLE_POLICY_NAMES, _ROLE_POLICY),),
        delete=(Call("delete_role_policy", _ROLE_POLICY_NAMES),),
    ),
    Kind(
        token="aws:cloudtrail/trail:Trail",
        client="cloudtrail",
        id="{arn}",
        autoname="name",
        create=(
            Call("create_trail", rename=_TRAIL),
            Call("put_event_selectors", {"TrailName": "{name}"}, _TRAIL),
            Call("start_logging", {"Name": "{name}"}, when={"enableLogging": True}),
        ),
        update=(
            Call("update_trail", {"Name": "{name}"}, _TRAIL),
            Call("put_event_selectors", {"TrailName": "{name}"}, _TRAIL),
            Call("start_logging", {"Name": "{name}"}, when={"enableLogging": True}),
            Call("stop_logging", {"Name": "{name}"}, when={"enableLogging": False}),
        ),
        read=(
            Get("describe_trails", {"trailNameList": "{id}"}, _TRAIL, at="trailList.0"),
            Get("get_event_selectors", {"TrailName": "{id}"}, _TRAIL),
            Get("get_trail_status", {"Name": "{id}"}, _TRAIL),
            Get("list_tags", {"ResourceIdList": "{id}"}, _TRAIL, at="ResourceTagList.0", optional=True),
        ),
        delete=(Call("delete_trail", {"Name": "{name}"}),),
        tags=Tags("add_tags", "remove_tags", {"ResourceId": "{arn}"}, "TagsList", "TagsList"),
        computed=("arn", "homeRegion"),
        defaults={"enableLogging": True, "includeGlobalServiceEvents": True, "enableLogFileValidation": False},
        listing=Listing("describe_trails", "trailList", "Name"),
    ),
)
KINDS = {kind.token: kind for kind in _ENTRIES}
