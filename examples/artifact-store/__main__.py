"""A team's own artifact store: a key, a bucket for access logs, and the store."""

import pulumi

from components import AccessLogs, ArtifactStore, KeyRing

tags = {"environment": "dev", "owner": "fraud", "cost-centre": "ml-0042", "data-class": "confidential"}
keys = KeyRing("fraud", {"keys": {"confidential": {"services": ["s3"]}}, "tags": tags})
logs = AccessLogs("fraud-access-logs", {"force_destroy": True, "tags": tags})
store = ArtifactStore(
    "fraud",
    {
        "kms_key_arn": keys.key_arns["confidential"],
        "log_bucket": logs.bucket_name,
        "prefixes": ["models"],
        "tags": tags,
    },
)
pulumi.export("uri", store.uri)
