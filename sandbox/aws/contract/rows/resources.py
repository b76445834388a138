"""What policies of buckets, topics and queues allow and deny, and what CloudFront reads of a bucket."""

import json

from sandbox.aws.contract.row import Call, Row
from sandbox.aws.contract.rows._parts import CALLER, GUIDE, SOURCES, TLS
from sandbox.values import Properties

_S3 = f"{GUIDE}/AmazonS3/latest/userguide"
_BUCKET = "{bucket|bucket}"
_OBJECT = f"{_BUCKET}/one"
_TLS = {TLS: "true", "s3:TlsVersion": "1.3"}
_SSE = "s3:x-amz-server-side-encryption"
_SSE_KEY = f"{_SSE}-aws-kms-key-id"
_CREATION = "s3:ObjectCreationOperation"
_DISTRIBUTION = "service cloudfront.amazonaws.com"


def _publishers(values: Properties) -> tuple[Call, ...]:
    """Publishing by the services that the topic policy allows; EventBridge sends neither key of `SOURCES`."""
    named = [one.get("Principal", {}) for one in json.loads(values["policy"])["Statement"]]
    names = [name for one in named if "Service" in one for name in [one["Service"]]]
    services = [each for name in names for each in ([name] if isinstance(name, str) else name)]
    source = {"aws:SourceAccount": "{account}"}
    return tuple(
        Call(f"service {one}", ("sns:Publish",), "{arn}", source, SOURCES)
        for one in services
        if one != "events.amazonaws.com"
    )


ROWS = (
    Row(
        "aws:s3/bucketPolicy:BucketPolicy",
        "PutObject",
        (
            Call(CALLER, ("s3:GetObject", "s3:PutObject"), _OBJECT, _TLS, ((TLS,), ("s3:TlsVersion",))),
            Call(CALLER, ("s3:ListBucket",), _BUCKET, _TLS, ((TLS,), ("s3:TlsVersion",))),
            # A write that must not replace an object, and a part of one.
            Call(CALLER, ("s3:PutObject",), f"{_BUCKET}/a/b/one", {**_TLS, "s3:if-none-match": "*", _CREATION: "true"}),
            Call(CALLER, ("s3:PutObject",), f"{_BUCKET}/a/b/one", {**_TLS, _CREATION: "false"}),
        ),
        (
            f"{_S3}/security-best-practices.html#transit",
            f"{_S3}/amazon-s3-policy-keys.html#example-object-tls-version",
            f"{_S3}/conditional-writes-enforce.html",
        ),
        document="policy",
        advice=True,
    ),
    Row(
        "aws:s3/bucketPolicy:BucketPolicy",
        "PutObject",
        (
            Call(
                CALLER,
                ("s3:PutObject",),
                _OBJECT,
                {**_TLS, _SSE: "aws:kms", _SSE_KEY: f"{_BUCKET[:-1]}|key}}"},
                ((_SSE,), (_SSE_KEY,), (f"{_SSE}-customer-algorithm",)),
            ),
            # Without a key S3 takes the one that AWS manages.
            Call(
                CALLER,
                ("s3:PutObject",),
                _OBJECT,
                {**_TLS, _SSE: "aws:kms"},
                when=f"{_BUCKET[:-1]}|key}}",
                refused=True,
            ),
        ),
        (f"{_S3}/UsingKMSEncryption.html#require-sse-kms", f"{_S3}/ServerSideEncryptionCustomerKeys.html"),
        document="policy",
        advice=True,
    ),
    Row(
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        "PutObjectLockConfiguration",
        (Call(CALLER, ("s3:BypassGovernanceRetention",), _OBJECT, _TLS, refused=True),),
        (f"{_S3}/object-lock.html#object-lock-retention-modes",),
        advice=True,
    ),
    Row(
        "aws:sns/topicPolicy:TopicPolicy",
        "Publish",
        (Call(CALLER, ("sns:Publish",), "{arn}", {TLS: "true"}, ((TLS,),)),),
        (f"{GUIDE}/sns/latest/dg/sns-security-best-practices.html#enforce-encryption-data-in-transit",),
        document="policy",
        advice=True,
    ),
    Row(
        "aws:sns/topicPolicy:TopicPolicy",
        "Publish",
        _publishers,
        (
            f"{GUIDE}/sns/latest/dg/sns-access-policy-use-cases.html",
            f"{GUIDE}/IAM/latest/UserGuide/confused-deputy.html",
        ),
        document="policy",
        advice=True,
    ),
    Row(
        "aws:sqs/queuePolicy:QueuePolicy",
        "SendMessage",
        (Call(CALLER, ("sqs:SendMessage", "sqs:ReceiveMessage"), "{queueUrl|queue}", {TLS: "true"}, ((TLS,),)),),
        (f"{GUIDE}/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html",),
        document="policy",
        advice=True,
    ),
    Row(
        "aws:cloudfront/distribution:Distribution",
        "CreateDistribution",
        (
            Call(
                _DISTRIBUTION,
                ("s3:GetObject",),
                "{origins.*.domainName|origin}/one",
                {"aws:SourceArn": "{arn}"},
                (("aws:SourceArn",),),
            ),
            Call(
                _DISTRIBUTION,
                ("kms:Decrypt",),
                "{origins.*.domainName|origin|key}",
                {"aws:SourceArn": "{arn}"},
                (("aws:SourceArn",),),
            ),
        ),
        (f"{GUIDE}/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html",),
        late=True,
    ),
)
