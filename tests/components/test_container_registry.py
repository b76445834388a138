import json
from collections import Counter
from typing import Any

import pulumi
import pytest

from components.container_registry import ContainerRegistry
from tests.components.conftest import ACCOUNT, ALL_TAGS, REGION, TAGS, Recorder, Run
from tests.components.iam import decide

HOME = "ml-platform-dev-images"
ARN = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{HOME}"
HUB = {"upstream_registry_url": "registry-1.docker.io", "credential_secret_arn": "arn:secret"}
QUAY = {"upstream_registry_url": "quay.io"}
KMS = [{"encryptionType": "KMS", "kmsKey": "arn:key"}]
OTHER, STRANGER = "111111111111", "222222222222"
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


class Registries(Recorder):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        physical, state = super().new_resource(args)
        return physical, {"repositoryUrl": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{physical}", **state}


@pytest.fixture
def recorder() -> Recorder:
    recorder = Registries()
    recorder.start()
    return recorder


def images(**more: Any) -> ContainerRegistry:
    args = {"repositories": ["serving/reference", "train"], "kms_key_arn": "arn:key", "tags": TAGS, **more}
    return ContainerRegistry("images", args)  # pyright: ignore[reportArgumentType]


def test_a_registry_is_repositories_and_when_their_images_expire(recorder: Recorder, run: Run) -> None:
    run(images)
    assert recorder.kinds() == {"ContainerRegistry": 1, "Repository": 2, "LifecyclePolicy": 2}
    assert {one.parent for one in recorder.of("Repository")} == {"ContainerRegistry images"}
    assert recorder.inputs("Repository", "images-serving/reference") == {
        "name": f"{HOME}/serving/reference",
        "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": {"scanOnPush": True},
        "encryptionConfigurations": KMS,
        "forceDelete": False,
        "tags": {**ALL_TAGS, "component": "images"},
    }


def test_images_go_with_their_repository_only_on_demand(recorder: Recorder, run: Run) -> None:
    run(lambda: images(force_delete=True))
    assert {one.inputs["forceDelete"] for one in recorder.of("Repository")} == {True}


def test_the_outputs_name_repositories_as_they_were_asked_for(run: Run) -> None:
    outputs = run(images)
    host = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
    assert outputs["repository_urls"] == {
        "serving/reference": f"{host}/{HOME}/serving/reference",
        "train": f"{host}/{HOME}/train",
    }
    assert outputs["repository_arns"] == {"serving/reference": f"{ARN}/serving/reference", "train": f"{ARN}/train"}
    assert set(outputs["pull_policies"]) == set(outputs["push_policies"]) == {"serving/reference", "train"}
    assert outputs["cache_policies"] == {}


@pytest.mark.parametrize(
    ("action", "resource", "pull", "push"),
    [
        ("ecr:GetAuthorizationToken", "*", "Allow", "Allow"),
        *((action, f"{ARN}/train", "Allow", "Allow") for action in PULL),
        ("ecr:PutImage", f"{ARN}/train", "no", "Allow"),
        ("ecr:InitiateLayerUpload", f"{ARN}/train", "no", "Allow"),
        ("ecr:UploadLayerPart", f"{ARN}/train", "no", "Allow"),
        ("ecr:CompleteLayerUpload", f"{ARN}/train", "no", "Allow"),
        ("ecr:DescribeImageScanFindings", f"{ARN}/train", "no", "Allow"),
        ("ecr:BatchGetImage", f"{ARN}/serving/reference", "no", "no"),
        ("ecr:PutImage", f"{ARN}/train-secret", "no", "no"),
        ("ecr:BatchDeleteImage", f"{ARN}/train", "no", "no"),
        ("ecr:PutImageTagMutability", f"{ARN}/train", "no", "no"),
        ("ecr:SetRepositoryPolicy", f"{ARN}/train", "no", "no"),
        ("ecr:DeleteRepository", f"{ARN}/train", "no", "no"),
        ("ecr:CreateRepository", f"{ARN}/train", "no", "no"),
    ],
)
def test_consumers_are_granted_one_repository(run: Run, action: str, resource: str, pull: str, push: str) -> None:
    outputs = run(images)
    for policies, answer in (("pull_policies", pull), ("push_policies", push)):
        assert decide(json.loads(outputs[policies]["train"])["Statement"], action, resource) == answer


def test_no_policy_belongs_to_a_repository_that_no_other_account_pulls_from(recorder: Recorder, run: Run) -> None:
    run(lambda: images(pull_account_ids=[]))
    assert recorder.of("RepositoryPolicy") == []


@pytest.mark.parametrize(
    ("action", "caller", "answer"),
    [
        *((action, f"arn:aws:iam::{OTHER}:role/node", "Allow") for action in PULL),
        ("ecr:BatchGetImage", f"arn:aws:iam::{STRANGER}:role/node", "no"),
        ("ecr:PutImage", f"arn:aws:iam::{OTHER}:role/node", "no"),
        ("ecr:ListImages", f"arn:aws:iam::{OTHER}:role/node", "no"),
        ("ecr:DescribeImages", f"arn:aws:iam::{OTHER}:role/node", "no"),
        ("ecr:BatchDeleteImage", f"arn:aws:iam::{OTHER}:role/node", "no"),
    ],
)
def test_listed_accounts_pull_and_do_nothing_else(
    recorder: Recorder, run: Run, action: str, caller: str, answer: str
) -> None:
    run(lambda: images(pull_account_ids=[OTHER, "333333333333"]))
    assert recorder.inputs("RepositoryPolicy", "images-train", "policy") == {"repository": f"{HOME}/train"}
    for name in ("images-train", "images-serving/reference"):
        # ECR's policies have no resource: they belong to one repository.
        statements = [{"Resource": "*", **one} for one in recorder.statements("RepositoryPolicy", name)]
        assert len(statements) == 2
        assert decide(statements, action, caller=caller) == answer


def rules(recorder: Recorder) -> list[dict[str, Any]]:
    policy = recorder.inputs("LifecyclePolicy", "images-train")
    assert policy["repository"] == f"{HOME}/train"
    found = json.loads(policy["policy"])["rules"]
    assert {one["action"]["type"] for one in found} == {"expire"}
    return sorted(found, key=lambda one: one["rulePriority"])


def test_promoted_images_are_matched_before_any_rule_that_expires_tagged_ones(recorder: Recorder, run: Run) -> None:
    run(lambda: images(promoted_prefixes=["release-", "prod"], keep_tagged=9.0, untagged_days=3.0))
    # An image with several of the prefixes of one rule needs a tag for each: so it is one rule a prefix.
    first, second, *others = [one["selection"] for one in rules(recorder)]
    never = {"tagStatus": "tagged", "countType": "imageCountMoreThan", "countNumber": 1_000_000}
    assert first == {**never, "tagPrefixList": ["release-"]}
    assert second == {**never, "tagPrefixList": ["prod"]}
    assert others == [
        {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 3},
        {"tagStatus": "tagged", "tagPatternList": ["*"], "countType": "imageCountMoreThan", "countNumber": 9},
    ]


def test_releases_are_promoted_unless_something_else_is_said(recorder: Recorder, run: Run) -> None:
    run(images)
    selections = [one["selection"] for one in rules(recorder)]
    assert selections[0]["tagPrefixList"] == ["release-"]
    assert [one["countNumber"] for one in selections[1:]] == [14, 50]


def test_other_registries_are_cached_as_strictly_as_our_own(recorder: Recorder, run: Run) -> None:
    run(lambda: images(pull_through={"hub": HUB, "quay": QUAY}))
    assert recorder.kinds() - Counter({"Repository": 2, "LifecyclePolicy": 2}) == Counter(
        {"ContainerRegistry": 1, "Role": 1, "RolePolicy": 1, "RepositoryCreationTemplate": 2, "PullThroughCacheRule": 2}
    )
    template = recorder.inputs("RepositoryCreationTemplate", "images-hub")
    (rule,) = json.loads(template.pop("lifecyclePolicy"))["rules"]
    assert rule["selection"]["tagStatus"] == "untagged"
    assert template == {
        "prefix": "hub",
        "description": "Cached from registry-1.docker.io",
        "appliedFors": ["PULL_THROUGH_CACHE"],
        "customRoleArn": f"arn:aws:iam::{ACCOUNT}:role/images-cache-0000000",
        "encryptionConfigurations": KMS,
        "imageTagMutability": "IMMUTABLE",
        "resourceTags": {**ALL_TAGS, "component": "images"},
    }
    assert recorder.one("RepositoryCreationTemplate", "images-hub").depends >= {"RolePolicy images-cache"}
    assert recorder.inputs("PullThroughCacheRule", "images-hub") == {
        "ecrRepositoryPrefix": "hub",
        "upstreamRegistryUrl": "registry-1.docker.io",
        "credentialArn": "arn:secret",
    }
    assert "credentialArn" not in recorder.inputs("PullThroughCacheRule", "images-quay")
    assert recorder.one("PullThroughCacheRule", "images-quay").depends >= {"RepositoryCreationTemplate images-quay"}


CACHED = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository"


@pytest.mark.parametrize(
    ("action", "resource", "via", "answer"),
    [
        ("ecr:CreateRepository", f"{CACHED}/hub/library/python", "", "Allow"),
        ("ecr:TagResource", f"{CACHED}/quay/a", "", "Allow"),
        ("ecr:CreateRepository", f"{CACHED}/hub-secret/a", "", "no"),
        ("ecr:CreateRepository", f"{ARN}/train", "", "no"),
        ("ecr:DeleteRepository", f"{CACHED}/hub/a", "", "no"),
        ("kms:CreateGrant", "arn:key", f"ecr.{REGION}.amazonaws.com", "Allow"),
        ("kms:CreateGrant", "arn:key", f"rds.{REGION}.amazonaws.com", "no"),
        ("kms:CreateGrant", "arn:other", f"ecr.{REGION}.amazonaws.com", "no"),
        ("kms:Decrypt", "arn:key", f"ecr.{REGION}.amazonaws.com", "no"),
    ],
)
def test_the_cache_makes_repositories_below_its_prefixes_only(
    recorder: Recorder, run: Run, action: str, resource: str, via: str, answer: str
) -> None:
    run(lambda: images(pull_through={"hub": HUB, "quay": QUAY}))
    statements = recorder.statements("RolePolicy", "images-cache")
    assert decide(statements, action, resource, context={"kms:ViaService": via}) == answer


def test_only_ecr_makes_them_and_sends_no_source_account(recorder: Recorder, run: Run) -> None:
    # ECR User Guide, "Creating IAM permissions and roles for repository creation templates": a trust policy
    # without conditions.
    run(lambda: images(pull_through={"quay": QUAY}))
    trust = [{"Resource": "*", **one} for one in recorder.statements("Role", "images-cache", "assumeRolePolicy")]
    assert decide(trust, "sts:AssumeRole", caller="ecr.amazonaws.com", context={}) == "Allow"
    assert decide(trust, "sts:AssumeRole", caller="ec2.amazonaws.com", context={}) == "no"


@pytest.mark.parametrize(
    ("action", "resource", "answer"),
    [
        ("ecr:BatchGetImage", f"{CACHED}/quay/a/b", "Allow"),
        ("ecr:BatchImportUpstreamImage", f"{CACHED}/quay/a/b", "Allow"),
        ("ecr:CreateRepository", f"{CACHED}/quay/a/b", "Allow"),
        ("ecr:GetAuthorizationToken", "*", "Allow"),
        ("ecr:BatchImportUpstreamImage", f"{CACHED}/hub/a", "no"),
        ("ecr:PutImage", f"{CACHED}/quay/a/b", "no"),
    ],
)
def test_a_consumer_pulls_through_one_prefix(run: Run, action: str, resource: str, answer: str) -> None:
    outputs = run(lambda: images(pull_through={"hub": HUB, "quay": QUAY}))
    assert decide(json.loads(outputs["cache_policies"]["quay"])["Statement"], action, resource) == answer


@pytest.mark.parametrize("url", ["registry-1.docker.io", "ghcr.io", "registry.gitlab.com", "mine.azurecr.io"])
def test_a_registry_that_wants_a_login_is_not_cached_without_one(run: Run, url: str) -> None:
    with pytest.raises(ValueError, match=rf"'images'.*upstream_registry_url has '{url}'.*credential_secret_arn"):
        run(lambda: images(pull_through={"hub": {"upstream_registry_url": url}}))


@pytest.mark.parametrize(
    ("arg", "value", "told"),
    [
        ("repositories", ["Train"], "'Train'"),
        ("repositories", ["train", "/a"], "'/a'"),
        ("repositories", [""], "''"),
        ("repositories", ["a" * 240], "aaa"),
        ("pull_account_ids", ["12345678901"], "'12345678901'"),
        ("pull_account_ids", ["*"], r"'\*'"),
        ("promoted_prefixes", [""], "''"),
        ("promoted_prefixes", ["release-*"], r"'release-\*'"),
        ("keep_tagged", 0, "0"),
        ("untagged_days", 0, "0"),
        ("pull_through", {"q": QUAY}, "'q'"),
        ("pull_through", {"Quay": QUAY}, "'Quay'"),
        ("pull_through", {"q" * 31: QUAY}, "qqq"),
    ],
)
def test_what_ecr_would_refuse_late_is_refused_at_once(run: Run, arg: str, value: Any, told: str) -> None:
    with pytest.raises(ValueError, match=rf"ContainerRegistry 'images': {arg} has .*{told}.*allowed: "):
        run(lambda: images(**{arg: value}))
