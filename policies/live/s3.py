"""Buckets, and beside each the resources that Pulumi would set it up with."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies._view import ABSENT, UNKNOWN, Resource
from policies.live._answers import pick, renamed, tags
from policies.live._camel import camel
from policies.live.reader import Reader, collects

_KINDS = {
    "Bucket": "aws:s3/bucket:Bucket",
    "BucketLifecycleConfiguration": "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "BucketLogging": "aws:s3/bucketLogging:BucketLogging",
    "BucketObjectLockConfiguration": "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    "BucketOwnershipControls": "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "BucketPolicy": "aws:s3/bucketPolicy:BucketPolicy",
    "BucketPublicAccessBlock": "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "BucketReplicationConfig": "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
    "BucketServerSideEncryptionConfiguration": "aws:s3/bucketServerSideEncryptionConfiguration:"
    "BucketServerSideEncryptionConfiguration",
    "BucketVersioning": "aws:s3/bucketVersioning:BucketVersioning",
}
_LOCKS = {
    "blockPublicAcls": "BlockPublicAcls",
    "blockPublicPolicy": "BlockPublicPolicy",
    "ignorePublicAcls": "IgnorePublicAcls",
    "restrictPublicBuckets": "RestrictPublicBuckets",
}


@collects(*_KINDS.values())
def buckets(read: Reader) -> Iterator[Resource]:
    """Every bucket of the account."""

    def one(item: dict[str, Any]) -> Iterator[Resource]:
        name = item["Name"]
        lock = _lock(read, name)
        own = {"bucket": name, "region": _region(read, name), "tags": _tags(read, name)}
        own["objectLockEnabled"] = pick(lock, "ObjectLockEnabled") if lock is UNKNOWN else lock is not ABSENT
        found = {
            "Bucket": own,
            "BucketVersioning": _versioning(read, name),
            "BucketServerSideEncryptionConfiguration": _encryption(read, name),
            "BucketPublicAccessBlock": _public_access(read, name),
            "BucketPolicy": _policy(read, name),
            "BucketLogging": _logging(read, name),
            "BucketObjectLockConfiguration": _shaped(lock, "rule", pick(lock, "Rule")),
            "BucketOwnershipControls": _ownership(read, name),
            "BucketLifecycleConfiguration": _lifecycle(read, name),
            "BucketReplicationConfig": _replication(read, name),
        }
        for kind, properties in found.items():
            if properties is not ABSENT:
                yield Resource(_KINDS[kind], f"arn:aws:s3:::{name}", {"bucket": name, **properties}, protect=None)

    yield from read.each(one, read.list("s3", "list_buckets", "Buckets"))


def _shaped(answer: Any, name: str, value: Any) -> Any:
    """One property with a value in camel case; `UNKNOWN` and `ABSENT` as the answer is."""
    return ABSENT if answer is ABSENT else {name: UNKNOWN if answer is UNKNOWN else camel(value)}


def _region(read: Reader, name: str) -> Any:
    """Where a bucket lies. `ListBuckets` says it only of filtered listings; no constraint means us-east-1."""
    found = pick(read.get("s3", "get_bucket_location", Bucket=name), "LocationConstraint")
    return {None: "us-east-1", "EU": "eu-west-1"}.get(found, found)


def _tags(read: Reader, name: str) -> Any:
    return tags(pick(read.get("s3", "get_bucket_tagging", absent=["NoSuchTagSet"], Bucket=name), "TagSet"))


def _lock(read: Reader, name: str) -> Any:
    absent = ["ObjectLockConfigurationNotFoundError"]
    answer = read.get("s3", "get_object_lock_configuration", absent=absent, Bucket=name)
    return answer if answer in (UNKNOWN, ABSENT) else answer["ObjectLockConfiguration"]


def _versioning(read: Reader, name: str) -> Any:
    answer = read.get("s3", "get_bucket_versioning", Bucket=name)
    # A bucket that never had versions answers nothing.
    status = UNKNOWN if answer is UNKNOWN else answer.get("Status", "Disabled")
    return {"versioningConfiguration": {"status": status}}


def _encryption(read: Reader, name: str) -> Any:
    absent = ["ServerSideEncryptionConfigurationNotFoundError"]
    answer = read.get("s3", "get_bucket_encryption", absent=absent, Bucket=name)
    if answer in (UNKNOWN, ABSENT):
        return _shaped(answer, "rules", None)
    return {"rules": [_rule(rule) for rule in answer["ServerSideEncryptionConfiguration"]["Rules"]]}


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    default = rule.get("ApplyServerSideEncryptionByDefault") or {}
    names = {"sseAlgorithm": "SSEAlgorithm", "kmsMasterKeyId": "KMSMasterKeyID"}
    return {
        "applyServerSideEncryptionByDefault": renamed(default, names),
        "bucketKeyEnabled": rule.get("BucketKeyEnabled"),
    }


def _public_access(read: Reader, name: str) -> Any:
    absent = ["NoSuchPublicAccessBlockConfiguration"]
    answer = read.get("s3", "get_public_access_block", absent=absent, Bucket=name)
    if answer is ABSENT:
        return ABSENT
    return {ours: pick(answer, "PublicAccessBlockConfiguration", theirs) for ours, theirs in _LOCKS.items()}


def _policy(read: Reader, name: str) -> Any:
    answer = read.get("s3", "get_bucket_policy", absent=["NoSuchBucketPolicy"], Bucket=name)
    return ABSENT if answer is ABSENT else {"policy": pick(answer, "Policy")}


def _logging(read: Reader, name: str) -> Any:
    found = pick(read.get("s3", "get_bucket_logging", Bucket=name), "LoggingEnabled")
    if found is None:
        return ABSENT
    return {"targetBucket": pick(found, "TargetBucket"), "targetPrefix": pick(found, "TargetPrefix")}


def _ownership(read: Reader, name: str) -> Any:
    absent = ["OwnershipControlsNotFoundError"]
    answer = read.get("s3", "get_bucket_ownership_controls", absent=absent, Bucket=name)
    rules = pick(answer, "OwnershipControls", "Rules")
    return _shaped(answer, "rule", rules[0] if isinstance(rules, list) and rules else None)


def _lifecycle(read: Reader, name: str) -> Any:
    absent = ["NoSuchLifecycleConfiguration"]
    answer = read.get("s3", "get_bucket_lifecycle_configuration", absent=absent, Bucket=name)
    return _shaped(answer, "rules", pick(answer, "Rules"))


def _replication(read: Reader, name: str) -> Any:
    absent = ["ReplicationConfigurationNotFoundError"]
    answer = read.get("s3", "get_bucket_replication", absent=absent, Bucket=name)
    return _shaped(answer, "rules", pick(answer, "ReplicationConfiguration", "Rules"))
