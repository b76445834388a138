"""The role of an audit: what the collectors call, and nothing else."""

import json
from collections.abc import Iterable, Mapping

ACTIONS: Mapping[str, str] = {
    "s3:get_bucket_versioning": "s3:GetBucketVersioning",
    "s3:list_buckets": "s3:ListAllMyBuckets",
    "sts:get_caller_identity": "sts:GetCallerIdentity",
}
"""Each call, as boto3's service and method, and the IAM action that allows it."""


def policy(actions: Iterable[str] = ACTIONS.values()) -> str:
    """The IAM policy document (JSON) of the role: it reads how things are set up, never what they hold."""
    statement = {"Sid": "Audit", "Effect": "Allow", "Action": sorted(set(actions)), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)
