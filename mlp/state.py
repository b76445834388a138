"""Where a real environment keeps its state: a versioned bucket, its access logs, and the KMS key of its secrets.

The engine itself locks a state in such a bucket while it changes it.
"""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from stacks.settings import Settings

VERSION_DAYS = 365
"""Days that an overwritten state can be gone back to."""
LOGS, LOG_DAYS = "-logs", 400
"""End of the name of the bucket with the access logs of the state, and the days until a log expires."""
UPLOAD_DAYS = 7
"""Days after which an unfinished upload is ended."""


def key_alias(settings: Settings) -> str:
    """Alias of the key that encrypts state and secrets."""
    return f"alias/ml-platform-state-{settings.environment}"


def backend(settings: Settings, endpoint: str | None = None) -> str:
    """The URL for `pulumi login`; `endpoint` is the address of an S3 that is not AWS's own."""
    own = f"&endpoint={endpoint}&s3ForcePathStyle=true" if endpoint else ""
    return f"s3://{settings.state_bucket}?region={settings.region}&awssdk=v2{own}"


def secrets_provider(settings: Settings) -> str:
    """The value for `pulumi stack init --secrets-provider`."""
    return f"awskms://{key_alias(settings)}?region={settings.region}&awssdk=v2"


def exists(aws: Any, settings: Settings, endpoint: str | None = None) -> bool:
    """Whether the bucket is there and this account's."""
    s3 = aws.client("s3", endpoint_url=endpoint)
    return _found(s3.head_bucket, Bucket=settings.state_bucket, ExpectedBucketOwner=settings.account)


def bootstrap(aws: Any, settings: Settings, endpoint: str | None = None) -> list[str]:
    """Make what is missing and set what can be set again; what was made, nothing if all was there.

    Args:
        aws: A boto3 session of the environment's account.
        settings: The environment.
        endpoint: Address of an emulated account.
    """
    s3, kms = (aws.client(name, region_name=settings.region, endpoint_url=endpoint) for name in ("s3", "kms"))
    made = []
    tags = {
        "environment": settings.environment.value,
        "owner": settings.owner,
        "cost-centre": settings.cost_centre,
        "data-class": "confidential",
        "managed-by": "mlp-bootstrap",
    }
    alias, bucket = key_alias(settings), settings.state_bucket
    if not _found(kms.describe_key, KeyId=alias):
        key = kms.create_key(
            Description=f"State and secrets of the stacks of {settings.environment}",
            Tags=[{"TagKey": key, "TagValue": value} for key, value in tags.items()],
        )["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=alias, TargetKeyId=key)
        made.append(alias)
    key_arn = kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"]
    kms.enable_key_rotation(KeyId=key_arn)
    # The one region that refuses to be named.
    where = {} if settings.region == "us-east-1" else {"LocationConstraint": settings.region}
    for name in (f"{bucket}{LOGS}", bucket):
        if not _found(s3.head_bucket, Bucket=name, ExpectedBucketOwner=settings.account):
            s3.create_bucket(Bucket=name, **({"CreateBucketConfiguration": where} if where else {}))
            made.append(name)
    logs = f"{bucket}{LOGS}"
    _secure(s3, logs, settings, {"SSEAlgorithm": "AES256"}, tags, LOG_DAYS)
    s3.put_bucket_policy(Bucket=logs, ExpectedBucketOwner=settings.account, Policy=log_policy(logs, settings.account))
    key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}
    _secure(s3, bucket, settings, key, tags)
    target = {"LoggingEnabled": {"TargetBucket": logs, "TargetPrefix": f"{bucket}/"}}
    s3.put_bucket_logging(Bucket=bucket, ExpectedBucketOwner=settings.account, BucketLoggingStatus=target)
    s3.put_bucket_policy(Bucket=bucket, ExpectedBucketOwner=settings.account, Policy=policy(bucket, key_arn))
    return made


def _secure(
    s3: Any, bucket: str, settings: Settings, key: dict[str, str], tags: dict[str, str], expire_days: int | None = None
) -> None:
    """Set everything about a bucket but its policy and its log; `expire_days` is when its objects expire, if at all."""
    mine = {"Bucket": bucket, "ExpectedBucketOwner": settings.account}
    locks = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(**mine, PublicAccessBlockConfiguration=dict.fromkeys(locks, True))
    ownership = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    s3.put_bucket_ownership_controls(**mine, OwnershipControls=ownership)
    s3.put_bucket_versioning(**mine, VersioningConfiguration={"Status": "Enabled"})
    encryption = {"ApplyServerSideEncryptionByDefault": key, "BucketKeyEnabled": "KMSMasterKeyID" in key}
    s3.put_bucket_encryption(**mine, ServerSideEncryptionConfiguration={"Rules": [encryption]})
    everything = {"Status": "Enabled", "Filter": {"Prefix": ""}}
    old = {"NoncurrentVersionExpiration": {"NoncurrentDays": VERSION_DAYS}}
    abort = {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": UPLOAD_DAYS}}
    rules = [
        {"ID": "expire-noncurrent-versions", **everything, **old},
        {"ID": "abort-unfinished-uploads", **everything, **abort},
    ]
    if expire_days:
        rules.append({"ID": "expire", **everything, "Expiration": {"Days": expire_days}})
    s3.put_bucket_lifecycle_configuration(**mine, LifecycleConfiguration={"Rules": rules})
    s3.put_bucket_tagging(**mine, Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]})


def policy(bucket: str, key_arn: str) -> str:
    """The state bucket's policy: TLS, no object under another key, and no deletion of an old state."""
    # With Pulumi, a second that other verbs need not wait for.
    from components import _bucket_statements as statements
    from components import _documents as documents

    arn = f"arn:aws:s3:::{bucket}"
    deletion = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:DeleteObjectVersion"}
    return documents.render(
        [
            *statements.deny_plain_transport(arn),
            *statements.deny_other_encryption(arn, key_arn),
            {"Sid": "DenyVersionDeletion", **deletion, "Resource": f"{arn}/*"},
        ]
    )


def log_policy(bucket: str, account: str) -> str:
    """The policy of the bucket that holds the access logs: TLS, and S3 may deliver the logs of this account."""
    from components import _bucket_statements as statements
    from components import _documents as documents
    from components.access_logs import log_delivery

    arn = f"arn:aws:s3:::{bucket}"
    return documents.render([*statements.deny_plain_transport(arn), log_delivery(arn, account)])


def key_arn(aws: Any, settings: Settings, endpoint: str | None = None) -> str:
    """ARN of the key of the state, which `ml-platform:ci.stateKeyArn` names; arguments as those of `bootstrap`."""
    kms = aws.client("kms", region_name=settings.region, endpoint_url=endpoint)
    return kms.describe_key(KeyId=key_alias(settings))["KeyMetadata"]["Arn"]


def report(
    settings: Settings, made: list[str], key: str, notes: Sequence[str] = ()
) -> tuple[bool, str, dict[str, Any]]:
    """What to say of a bootstrap: success, text, data."""
    data = {
        "ok": True,
        "stack": settings.stack,
        "made": made,
        "key": key,
        "backend": backend(settings),
        "secrets_provider": secrets_provider(settings),
        "notes": [*notes],
    }
    first = f"made {', '.join(made)}" if made else "all was there"
    lines = [first, f"state: {data['backend']}", f"secrets: {data['secrets_provider']}", f"key: {key}", *notes]
    return True, "\n".join(lines), data


def _found(call: Any, **arguments: str) -> bool:
    try:
        call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchBucket", "NotFoundException"):
            return False
        raise
    return True
