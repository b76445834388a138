"""What runs on AWS Batch, as plain data: containers, retries, and what their roles may do."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from components import _documents as documents
from components import _images as images


def pinned(image: str) -> str:
    """The image, if a digest pins it.

    Raises:
        ValueError: A tag names it, which can be moved to other content.
    """
    if not images.is_pinned(image):
        raise ValueError(f"image is {image!r}; allowed: `<repository>@sha256:<64 hexadecimal digits>`")
    return image


def retries(attempts: int) -> dict[str, Any]:
    """Start again when EC2 takes the host away, up to `attempts` times in all; any other failure is final.

    Batch retries what no condition matches, so the last one matches everything.
    """
    return {
        "attempts": attempts,
        "evaluate_on_exits": [
            {"on_status_reason": "Host EC2*", "action": "RETRY"},
            {"on_reason": "*", "action": "EXIT"},
        ],
    }


def container(
    image: str,
    command: Sequence[str],
    vcpus: int,
    memory_mib: int,
    gpus: int,
    environment: Mapping[str, str],
    roles: Mapping[str, str],
    logs: Mapping[str, str],
) -> str:
    """The container properties (JSON) of a job whose root file system is read-only, but for `/tmp`.

    `roles` are `job` and `execution`; `logs` are `group` and `region`.
    """
    needs = {"VCPU": vcpus, "MEMORY": memory_mib, "GPU": gpus}
    return json.dumps(
        {
            "image": pinned(image),
            "command": list(command),
            "jobRoleArn": roles["job"],
            "executionRoleArn": roles["execution"],
            "resourceRequirements": [{"type": kind, "value": str(need)} for kind, need in needs.items() if need],
            "environment": [{"name": key, "value": value} for key, value in sorted(environment.items())],
            "privileged": False,
            "readonlyRootFilesystem": True,
            # A volume without a path on the host lives as long as the container.
            "volumes": [{"name": "tmp", "host": {}}],
            "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False}],
            # Passes the warning of a reclaimed host (SIGTERM) on to the command.
            "linuxParameters": {"initProcessEnabled": True},
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": logs["group"], "awslogs-region": logs["region"]},
            },
        }
    )


def execution(repository_arns: Sequence[str], log_group_arn: str) -> list[documents.Statement]:
    """What ECS needs to start a container: its image, and a stream to log to."""
    return [
        # Names no repository; the other actions do.
        {"Sid": "LogInToRegistry", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        {
            "Sid": "PullImages",
            "Effect": "Allow",
            "Action": images.PULL,
            "Resource": list(repository_arns),
        },
        {
            "Sid": "WriteLogs",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"{log_group_arn}:log-stream:*",
        },
    ]


def submission(queue_arn: str, definition_arns: Sequence[str]) -> documents.Statement:
    """Submit jobs of these definitions, in any revision, to this queue and no other."""
    names = [arn.rpartition(":")[0] for arn in definition_arns]
    return {
        "Sid": "SubmitJobs",
        "Effect": "Allow",
        "Action": "batch:SubmitJob",
        "Resource": [queue_arn, *names, *(f"{name}:*" for name in names)],
    }


def following(region: str) -> documents.Statement:
    """See what became of jobs; Batch has no permission on a single one of them."""
    return {
        "Sid": "FollowJobs",
        "Effect": "Allow",
        "Action": ["batch:DescribeJobs", "batch:ListJobs"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestedRegion": region}},
    }


def failed(queue_arn: str) -> str:
    """Pattern (JSON) of the event that a job of the queue has failed, its attempts used up.

    AWS Batch User Guide, "Job state change events". CloudWatch has no metric of jobs.
    """
    detail = {"status": ["FAILED"], "jobQueue": [queue_arn]}
    return json.dumps({"source": ["aws.batch"], "detail-type": ["Batch Job State Change"], "detail": detail})


def scheduling(key_arn: str, queue_arn: str) -> list[documents.Statement]:
    """What a schedule needs to read its own encrypted target, and to send what fails to an encrypted queue.

    EventBridge Scheduler User Guide, "Configuring a dead-letter queue for a schedule": the execution role sends; SQS
    Developer Guide, "Key management": a producer needs `kms:GenerateDataKey` and `kms:Decrypt`.
    """
    return [
        {
            "Sid": "UseKey",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": key_arn,
        },
        {"Sid": "SendUndelivered", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue_arn},
    ]
