"""What one team adds to a shared environment: a store of its own under the shared key, and a role for its trainer."""

import pulumi

from components import ArtifactStore, GrantKind, WorkloadIdentity
from stacks.foundation import Foundation

config = pulumi.Config()
base = Foundation.read(config.require("foundation"))
tags = {"environment": "dev", "owner": "fraud", "cost-centre": "ml-0042", "data-class": "confidential"}
key = base.keys["confidential"]

features = ArtifactStore(
    "fraud-features",
    {"kms_key_arn": key, "log_bucket": base.log_bucket, "prefixes": ["daily"], "tags": tags},
)
trainer = WorkloadIdentity(
    "fraud-trainer",
    {
        "cluster_name": config.require("cluster"),
        "namespace": "fraud",
        "service_account": "trainer",
        "grants": [
            {
                "kind": GrantKind.READ_PREFIX,
                "resource_arn": base.stores["datasets"]["arn"],
                "prefix": "curated",
                "kms_key_arn": key,
            },
            {
                "kind": GrantKind.WRITE_PREFIX,
                "resource_arn": features.bucket_arn,
                "prefix": "daily",
                "kms_key_arn": key,
            },
        ],
        "tags": tags,
    },
)
pulumi.export("features", features.uri)
pulumi.export("trainer", trainer.role_arn)
