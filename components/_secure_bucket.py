"""The hardened bucket under every component that keeps objects."""

from collections.abc import Callable, Mapping
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _bucket_statements as bucket_statements
from components import _documents as documents
from components._component import Component


class _SecureBucketArgs(TypedDict):
    tags: dict[str, str]
    kms_key_arn: NotRequired[pulumi.Input[str]]
    log_bucket: NotRequired[pulumi.Input[str]]
    object_lock: "NotRequired[aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgsDict]"
    lifecycle: "NotRequired[list[aws.s3.BucketLifecycleConfigurationRuleArgsDict]]"
    abort_upload_days: NotRequired[int]
    force_destroy: NotRequired[bool]
    otherwise_encrypted: NotRequired[str]
    region: NotRequired[str]
    statements: NotRequired[Callable[[str, Mapping[str, str]], list[documents.Statement]]]
    context: NotRequired[Mapping[str, pulumi.Input[str]]]


class _SecureBucket(Component):
    """A private, versioned, encrypted bucket that only speaks TLS.

    `otherwise_encrypted` is a pattern of the keys of objects whose writer chooses the encryption.

    Without `kms_key_arn` it encrypts with SSE-S3: S3 delivers access logs to no other bucket. `statements` is a
    function from the bucket's ARN and the caller (see `Component._caller`), with `context` beside it, to further
    policy statements.
    """

    bucket: "aws.s3.Bucket"
    versioning: "aws.s3.BucketVersioning"
    policy: "aws.s3.BucketPolicy"
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: _SecureBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        key, lock, region = args.get("kms_key_arn"), args.get("object_lock"), args.get("region")
        force_destroy = args.get("force_destroy", False)
        # Nobody, root included, deletes an object under COMPLIANCE, so the bucket and what guards it stay.
        retain = lock is not None and lock.get("mode") == "COMPLIANCE"
        bucket = aws.s3.Bucket(
            name,
            force_destroy=force_destroy,
            object_lock_enabled=lock is not None,
            region=region,
            tags=self._tags,
            opts=self._child(retain=retain),
        )
        # Known at preview, unlike `bucket.arn`: what is built from it can be judged before anything exists.
        caller = self._caller()
        arn = pulumi.Output.concat("arn:", caller["partition"], ":s3:::", bucket.bucket)

        versioning = aws.s3.BucketVersioning(
            f"{name}-versioning",
            bucket=bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            region=region,
            opts=self._child(retain=retain),
        )
        default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
            sse_algorithm="aws:kms" if key else "AES256", kms_master_key_id=key
        )
        encryption = aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
            apply_server_side_encryption_by_default=default, bucket_key_enabled=key is not None
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.bucket,
            rules=[encryption],
            region=region,
            opts=self._child(retain=retain),
        )
        access = aws.s3.BucketPublicAccessBlock(
            f"{name}-public-access",
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            region=region,
            opts=self._child(retain=retain),
        )
        aws.s3.BucketOwnershipControls(
            f"{name}-ownership",
            bucket=bucket.bucket,
            rule={"object_ownership": "BucketOwnerEnforced"},
            region=region,
            opts=self._child(retain=retain),
        )

        def policy_document(values: dict) -> str:
            statements = bucket_statements.deny_plain_transport(values["arn"])
            if values["key"]:
                statements += bucket_statements.deny_other_encryption(
                    values["arn"], values["key"], args.get("otherwise_encrypted", "")
                )
            if lock is not None and not force_destroy:
                statements.append(bucket_statements.deny_retention_bypass(values["arn"]))
            if "statements" in args:
                statements += args["statements"](values["arn"], {**values["caller"], **values["context"]})
            return documents.render(statements)

        policy = aws.s3.BucketPolicy(
            f"{name}-policy",
            bucket=bucket.bucket,
            policy=pulumi.Output.all(arn=arn, key=key, caller=caller, context=args.get("context", {})).apply(
                policy_document
            ),
            region=region,
            # S3 answers one of two concurrent changes of a bucket's access with OperationAborted.
            opts=self._child([access], retain),
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.bucket,
            rules=[
                {
                    "id": "abort-stale-uploads",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "abort_incomplete_multipart_upload": {
                        "days_after_initiation": int(args.get("abort_upload_days", 7))
                    },
                },
                *args.get("lifecycle", []),
            ],
            region=region,
            # Rules on noncurrent versions need versioning to be on.
            opts=self._child([versioning], retain),
        )
        if "log_bucket" in args:
            aws.s3.BucketLogging(
                f"{name}-logging",
                bucket=bucket.bucket,
                target_bucket=args["log_bucket"],
                target_prefix=pulumi.Output.concat(bucket.bucket, "/"),
                region=region,
                opts=self._child(),
            )
        if lock is not None:
            aws.s3.BucketObjectLockConfiguration(
                f"{name}-object-lock",
                bucket=bucket.bucket,
                rule={"default_retention": lock},
                region=region,
                opts=self._child([versioning], retain),
            )
        self._finish(bucket=bucket, versioning=versioning, policy=policy, arn=arn)
