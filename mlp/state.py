"""Where a real environment keeps its state: a versioned bucket, and the KMS key of the state's secrets.

The engine itself locks a state in such a bucket while it changes it.
"""

from typing import Any

from botocore.exceptions import ClientError

from stacks.settings import Settings

VERSION_DAYS = 365
"""Days that an overwritten state can be gone back to."""


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
    if not exists(aws, settings, endpoint):
        # The one region that refuses to be named.
        where = {} if settings.region == "us-east-1" else {"LocationConstraint": settings.region}
        s3.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": where} if where else {}))
        made.append(bucket)
    mine = {"Bucket": bucket, "ExpectedBucketOwner": settings.account}
    s3.put_public_access_block(
        **mine,
        PublicAccessBlockConfiguration=dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
        ),
    )
    s3.put_bucket_versioning(**mine, VersioningConfiguration={"Status": "Enabled"})
    encryption = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}
    rule = {"ApplyServerSideEncryptionByDefault": encryption, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(**mine, ServerSideEncryptionConfiguration={"Rules": [rule]})
    expire = {
        "ID": "expire-noncurrent-versions",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": VERSION_DAYS},
    }
    s3.put_bucket_lifecycle_configuration(**mine, LifecycleConfiguration={"Rules": [expire]})
    s3.put_bucket_tagging(**mine, Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]})
    s3.put_bucket_policy(**mine, Policy=policy(bucket))
    return made


def policy(bucket: str) -> str:
    """Refuse plain transport, and to everybody the deletion of an old state."""
    from components import _documents as documents  # with Pulumi, a second that other verbs need not wait for

    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    deletion = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:DeleteObjectVersion"}
    return documents.render(
        [
            documents.deny_plain("s3:*", resources),
            {"Sid": "DenyVersionDeletion", **deletion, "Resource": resources[1]},
        ]
    )


def report(settings: Settings, made: list[str]) -> tuple[bool, str, dict[str, Any]]:
    """What to say of a bootstrap: success, text, data."""
    data = {
        "ok": True,
        "stack": settings.stack,
        "made": made,
        "backend": backend(settings),
        "secrets_provider": secrets_provider(settings),
    }
    first = f"made {', '.join(made)}" if made else "all was there"
    return True, f"{first}\nstate: {data['backend']}\nsecrets: {data['secrets_provider']}", data


def _found(call: Any, **arguments: str) -> bool:
    try:
        call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchBucket", "NotFoundException"):
            return False
        raise
    return True
