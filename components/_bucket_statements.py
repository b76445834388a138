"""What every bucket of the platform refuses, as plain data."""

from components import _documents as documents


def deny_plain_transport(bucket_arn: str) -> list[documents.Statement]:
    """Refuse requests without TLS, and with TLS before 1.2."""
    plain = documents.deny_plain("s3:*", [bucket_arn, f"{bucket_arn}/*"])
    return [plain, {**plain, "Sid": "DenyOldTls", "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}}]


def deny_other_encryption(bucket_arn: str, key_arn: str, exempt: str = "") -> list[documents.Statement]:
    """Refuse objects that ask for anything but SSE-KMS with `key_arn`; `exempt` is a pattern of keys that may.

    A request that names no encryption passes: the bucket's default then encrypts with the key. A negated operator
    also holds without its key, `IfExists` or not; so `Null` limits both to requests that name an encryption, and one
    that asks for SSE-KMS without a key, which S3 would encrypt with `aws/s3`, is refused.
    """
    deny = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:PutObject"}
    everything = {"Resource": f"{bucket_arn}/*"}
    bound = {"NotResource": f"{bucket_arn}/{exempt}"} if exempt else everything
    sse = "s3:x-amz-server-side-encryption"
    return [
        {
            "Sid": "DenyOtherEncryption",
            **deny,
            **bound,
            "Condition": {"Null": {sse: "false"}, "StringNotEquals": {sse: "aws:kms"}},
        },
        {
            "Sid": "DenyOtherKey",
            **deny,
            **bound,
            "Condition": {"Null": {sse: "false"}, "ArnNotEquals": {f"{sse}-aws-kms-key-id": key_arn}},
        },
        {
            "Sid": "DenyCustomerProvidedKey",
            **deny,
            **everything,
            "Condition": {"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}},
        },
    ]


def deny_retention_bypass(bucket_arn: str) -> documents.Statement:
    """Refuse to everyone what governance mode would allow to a privileged few."""
    return {
        "Sid": "DenyRetentionBypass",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "s3:BypassGovernanceRetention",
        "Resource": f"{bucket_arn}/*",
    }
