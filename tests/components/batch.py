"""Batch inference as the tests make it."""

from typing import Any

import pulumi

from components.batch_inference import BatchInference
from tests.components.conftest import ACCOUNT, ALL_TAGS, REGION, TAGS, Recorder

IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/score@sha256:{'a' * 64}"
JOB = {"image": IMAGE, "command": ["score", "--all"], "vcpus": 2, "memory_mib": 4096, "timeout_minutes": 60}
REPOSITORY = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/score"
BATCH = f"arn:aws:batch:{REGION}:{ACCOUNT}"
QUEUE, DEFINITION = f"{BATCH}:job-queue/batch-0000000", f"{BATCH}:job-definition/batch-score-0000000"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/batch/ml-platform-dev-batch"
STORE = "arn:aws:s3:::batch-0000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/batch-{{}}-0000000"
OWN_TAGS = {**ALL_TAGS, "component": "batch"}
SUBMIT = f"arn:aws:iam::{ACCOUNT}:role/someone"


class Account(Recorder):
    """Also makes up the number of a launch template's version, and ARNs as Batch has them."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        id_, made = super().new_resource(args)
        more = {
            "JobDefinition": {"arn": f"{BATCH}:job-definition/{id_}:1"},
            "JobQueue": {"arn": f"{BATCH}:job-queue/{id_}"},
            "LaunchTemplate": {"latestVersion": 3},
        }
        return id_, made | more.get(args.typ.rpartition(":")[2], {})


def inference(**more: Any) -> BatchInference:
    args = {
        "vpc_id": "vpc-1",
        "subnet_ids": ["subnet-1", "subnet-2"],
        "instance_types": ["m6i", "r6i"],
        "max_vcpus": 16,
        "jobs": {"score": JOB},
        "repository_arns": [REPOSITORY],
        "kms_key_arn": "arn:key",
        "log_bucket": "logs",
        "tags": TAGS,
    }
    return BatchInference("batch", {**args, **more})  # pyright: ignore[reportArgumentType]


def of_job(**more: Any) -> BatchInference:
    return inference(jobs={"score": {**JOB, **more}})
