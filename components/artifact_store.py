"""The store of models, datasets and run artifacts."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _documents as documents
from components import _lifecycle as lifecycle
from components._component import Component
from components._secure_bucket import _SecureBucket, _SecureBucketArgs


class RetentionMode(StrEnum):
    """Who may shorten an object's retention, in S3's own words."""

    GOVERNANCE = "GOVERNANCE"
    """Principals with `s3:BypassGovernanceRetention`."""
    COMPLIANCE = "COMPLIANCE"
    """Nobody, the account's root user included."""


class ObjectLockArgs(TypedDict):
    """How long an object version cannot be deleted or overwritten."""

    mode: RetentionMode
    """Who may shorten it."""
    days: int
    """Days from the creation of the version."""


class ReplicaArgs(TypedDict):
    """A second copy in another region."""

    region: str
    """Region of the copy."""
    kms_key_arn: pulumi.Input[str]
    """Key of that region which encrypts the copy; its policy must let the role `<store>-replication-*` encrypt."""


class ArtifactStoreArgs(TypedDict):
    """Inputs of ArtifactStore."""

    kms_key_arn: pulumi.Input[str]
    """Key that encrypts every object."""
    log_bucket: pulumi.Input[str]
    """Bucket of the same region that receives the access logs."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    prefixes: NotRequired[Sequence[str]]
    """Prefixes that consumers are granted separately, without slashes at the ends, for example `models`."""
    noncurrent_version_days: NotRequired[int]
    """Days until an overwritten or deleted version expires. Default 90."""
    expire_days: NotRequired[int]
    """Days until an object expires, as of intermediate results. Default: never."""
    abort_upload_days: NotRequired[int]
    """Days until an unfinished multipart upload is given up. Default 7."""
    object_lock: NotRequired[ObjectLockArgs]
    """Retention of every new version. Default: none. Cannot be added to an existing store without replacing it."""
    replica: NotRequired[ReplicaArgs]
    """Copy every object to another region. Default: no copy."""
    readers: NotRequired[Mapping[str, Sequence[str]]]
    """Prefix to the ARNs, or ARN patterns with `*`, of roles of other accounts that may list and read it. Their own
    policies and that of the key must allow it too. Default: none."""
    events: NotRequired[bool]
    """Tell EventBridge of new and deleted objects. Default false."""
    force_destroy: NotRequired[bool]
    """Delete the objects with the store. Default false."""


class ArtifactStore(Component):
    """A versioned bucket, encrypted with one customer-managed key, whose consumers are granted single prefixes."""

    bucket_name: pulumi.Output[str]
    """Name of the bucket."""
    bucket_arn: pulumi.Output[str]
    """ARN of the bucket."""
    uri: pulumi.Output[str]
    """`s3://` URI to hand to a tracking server or a training job."""
    reader_policies: pulumi.Output[dict[str, str]]
    """Prefix to the IAM policy document (JSON) that lists and reads it, decryption included."""
    writer_policies: pulumi.Output[dict[str, str]]
    """Prefix to the IAM policy document (JSON) that writes below it, encryption included."""
    replica_bucket_name: pulumi.Output[str | None]
    """Name of the copy's bucket; none without `replica`."""

    def __init__(self, name: str, args: ArtifactStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        prefixes = [prefix.strip("/") for prefix in args.get("prefixes", [])]
        if wrong := [prefix for prefix in prefixes if not re.fullmatch(r"[\w.-]+(/[\w.-]+)*", prefix)]:
            raise ValueError(
                f"ArtifactStore {name!r}: prefixes has {', '.join(map(repr, wrong))}; allowed: a path without wildcards"
            )
        lock = args.get("object_lock")
        shared: _SecureBucketArgs = {
            "tags": self._tags,
            "abort_upload_days": args.get("abort_upload_days", 7),
            "force_destroy": args.get("force_destroy", False),
            "lifecycle": [
                lifecycle.expire_versions(int(args.get("noncurrent_version_days", 90))),
                *([lifecycle.expire(int(args["expire_days"]), "expire-objects")] if "expire_days" in args else []),
            ],
        }
        if lock is not None:
            shared["object_lock"] = {"mode": str(lock["mode"]), "days": int(lock["days"])}
        store = _SecureBucket(
            name,
            {
                **shared,
                "kms_key_arn": args["kms_key_arn"],
                "log_bucket": args["log_bucket"],
                "statements": lambda arn, _: [
                    statement
                    for prefix, roles in args.get("readers", {}).items()
                    for statement in documents.share_prefix(arn, prefix, roles)
                ],
            },
            self._child(),
        )
        if args.get("events", False):
            aws.s3.BucketNotification(
                f"{name}-events", bucket=store.bucket.bucket, eventbridge=True, opts=self._child()
            )
        replica_name = None
        if replica := args.get("replica"):
            copy = _SecureBucket(
                f"{name}-replica",
                {**shared, "kms_key_arn": replica["kms_key_arn"], "region": replica["region"]},
                self._child(),
            )
            self._replicate(name, args["kms_key_arn"], replica["kms_key_arn"], store, copy)
            replica_name = copy.bucket.bucket

        grants = pulumi.Output.all(store.arn, args["kms_key_arn"])

        def policies(document) -> pulumi.Output[dict[str, str]]:
            return grants.apply(lambda v: {p: documents.render(document(v[0], v[1], p)) for p in prefixes})

        self._finish(
            bucket_name=store.bucket.bucket,
            bucket_arn=store.arn,
            uri=pulumi.Output.concat("s3://", store.bucket.bucket),
            reader_policies=policies(documents.read_prefix),
            writer_policies=policies(documents.write_prefix),
            replica_bucket_name=pulumi.Output.from_input(replica_name),
        )

    def _replicate(
        self,
        name: str,
        key_arn: pulumi.Input[str],
        replica_key_arn: pulumi.Input[str],
        store: _SecureBucket,
        copy: _SecureBucket,
    ) -> None:
        role = self._service_role(f"{name}-replication", "s3.amazonaws.com")
        grant = aws.iam.RolePolicy(
            f"{name}-replication",
            role=role.name,
            policy=pulumi.Output.all(store.arn, key_arn, copy.arn, replica_key_arn).apply(
                lambda v: documents.render(replication(*v))
            ),
            opts=self._child(),
        )
        aws.s3.BucketReplicationConfig(
            f"{name}-replication",
            bucket=store.bucket.bucket,
            role=role.arn,
            rules=[
                {
                    "id": "everything",
                    "status": "Enabled",
                    "priority": 1,
                    "filter": {"prefix": ""},
                    "delete_marker_replication": {"status": "Enabled"},
                    "source_selection_criteria": {"sse_kms_encrypted_objects": {"status": "Enabled"}},
                    "destination": {
                        "bucket": copy.arn,
                        "encryption_configuration": {"replica_kms_key_id": replica_key_arn},
                    },
                }
            ],
            opts=self._child([store.versioning, copy.versioning, grant]),
        )


def replication(bucket_arn: str, key_arn: str, replica_arn: str, replica_key_arn: str) -> list[documents.Statement]:
    """What S3 needs to copy encrypted objects to the other bucket."""
    return [
        documents.allow(["s3:GetReplicationConfiguration", "s3:ListBucket"], bucket_arn),
        documents.allow(
            [
                "s3:GetObjectLegalHold",
                "s3:GetObjectRetention",
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionTagging",
            ],
            f"{bucket_arn}/*",
        ),
        documents.allow(["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"], f"{replica_arn}/*"),
        documents.allow(["kms:Decrypt"], key_arn),
        documents.allow(["kms:Encrypt", "kms:GenerateDataKey"], replica_key_arn),
    ]
