"""Container images: how they are named, who may do what with them, and when they expire, as plain data."""

import re
from collections.abc import Sequence
from typing import Any

from components import _documents as documents

Rule = dict[str, Any]

_PINNED = re.compile(r"[^\s@]+@sha256:[0-9a-f]{64}")
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
PUSH = [
    *PULL,
    "ecr:CompleteLayerUpload",
    "ecr:DescribeImageScanFindings",
    "ecr:DescribeImages",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
]
"""What a pipeline needs to push an image and to wait for its scan."""
CACHE = [*PULL, "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]
"""What a first pull through the cache needs: it makes the repository and fetches the image."""


def is_pinned(image: str) -> bool:
    """Whether a digest names the image, `NAME@sha256:...`: a tag can mean another image tomorrow."""
    return _PINNED.fullmatch(image) is not None


def parts(image: str) -> tuple[str, str]:
    """Name and digest of a pinned image, for a chart that puts a tag between them: one of its own is left out."""
    named, _, digest = image.partition("@")
    registry, slash, last = named.rpartition("/")
    return f"{registry}{slash}{last.partition(':')[0]}", digest


def use_repository(arn: str, actions: list[str]) -> list[documents.Statement]:
    """Log in to the registry and do `actions` on one repository."""
    return [
        # ECR has no resource-level permission for the login, which alone gives access to nothing.
        {"Sid": "LogIn", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        {"Sid": "UseRepository", "Effect": "Allow", "Action": actions, "Resource": arn},
    ]


def allow_pull(partition: str, account: str) -> documents.Statement:
    """Let another account's principals pull, if that account's own policies do too."""
    return {
        "Sid": f"PullFrom{account}",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
        "Action": PULL,
    }


def make_cached(repository_arns: Sequence[str], key_arn: str, region: str) -> list[documents.Statement]:
    """What ECR needs to make the repository of an image that is cached for the first time."""
    return [
        {
            "Sid": "MakeRepositories",
            "Effect": "Allow",
            "Action": ["ecr:CreateRepository", "ecr:ReplicateImage", "ecr:TagResource"],
            "Resource": list(repository_arns),
        },
        {
            "Sid": "GrantKeyToRepositories",
            "Effect": "Allow",
            "Action": ["kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant"],
            "Resource": key_arn,
            "Condition": {"StringEquals": {"kms:ViaService": f"ecr.{region}.amazonaws.com"}},
        },
    ]


def expire(promoted: Sequence[str], untagged_days: int, keep_tagged: int) -> list[Rule]:
    """The rules of a repository: no rule expires what an earlier one matches, so promoted images come first.

    Of several prefixes in one rule an image would need a tag for each; and no repository holds a million images.
    """
    kept = {"tagStatus": "tagged", "countType": "imageCountMoreThan", "countNumber": 1_000_000}
    newest = {"tagStatus": "tagged", "countType": "imageCountMoreThan", "countNumber": keep_tagged}
    last = len(promoted)
    return [
        *(
            _expire(number, f"Keep {prefix}*", {**kept, "tagPrefixList": [prefix]})
            for number, prefix in enumerate(promoted, 1)
        ),
        expire_untagged(last + 1, untagged_days),
        _expire(last + 2, "Keep the newest tagged images", {**newest, "tagPatternList": ["*"]}),
    ]


def expire_untagged(priority: int, days: int) -> Rule:
    """Expire images without tags by age."""
    age = {"countType": "sinceImagePushed", "countUnit": "days", "countNumber": days}
    return _expire(priority, "Expire untagged images", {"tagStatus": "untagged", **age})


def _expire(priority: int, description: str, selection: dict[str, Any]) -> Rule:
    action = {"type": "expire"}
    return {"rulePriority": priority, "description": description, "selection": selection, "action": action}
