"""What the pipelines of a GitHub repository may do in an account, without any stored credential."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _documents as documents
from components import _grants as grants
from components._component import Component
from components._images import PULL

ISSUER = "token.actions.githubusercontent.com"
DEPLOY_HOURS = 4
"""Longest session of a deployment: a first one waits for a cluster, a database and a cache, and takes over an hour."""
READ_ONLY = ("SecurityAudit", "job-function/ViewOnlyAccess")
"""AWS's own policies that read settings; unlike `ReadOnlyAccess` they read no data."""
_NAMES = {
    "repository": (r"[\w.-]+/[\w.-]+", "`organisation/name`"),
    "branch": (r"[\w.-]+(/[\w.-]+)*", "the name of one branch"),
    "environment": (r"[\w.-]+", "the name of one GitHub environment"),
}


class PipelineStateArgs(TypedDict):
    """Where the pipelines' Pulumi state lies."""

    bucket_arn: pulumi.Input[str]
    """Bucket of the state, in one of `regions`."""
    kms_key_arn: pulumi.Input[str]
    """Key that encrypts the bucket."""
    secrets_key_arn: pulumi.Input[str]
    """Key that encrypts the secrets in the state."""
    prefix: NotRequired[str]
    """Prefix of the state in the bucket. Default `.pulumi`."""


class PromotionArgs(TypedDict):
    """What is copied into this account from the one before it."""

    source_repository_arns: Sequence[pulumi.Input[str]]
    """ECR repositories that images are pulled from; their policies must let the promote role in."""
    repository_arns: Sequence[pulumi.Input[str]]
    """ECR repositories of this account that images are pushed to."""
    source_bucket_arn: pulumi.Input[str]
    """Bucket that models are read from; its policy must let the promote role in."""
    source_kms_key_arn: pulumi.Input[str]
    """Key of that bucket; its policy must let the promote role decrypt."""
    bucket_arn: pulumi.Input[str]
    """Bucket of this account that models are written to."""
    kms_key_arn: pulumi.Input[str]
    """Key of this account's bucket."""
    prefix: str
    """Prefix of the models in both buckets, for example `models`."""


class CiIdentityArgs(TypedDict):
    """Inputs of CiIdentity."""

    repository: str
    """GitHub repository, `organisation/name`."""
    environment: str
    """GitHub environment whose jobs deploy and promote; its protection rules decide from which branch and by whom."""
    regions: Sequence[str]
    """Regions whose registries promote logs in to."""
    permissions_boundary_arn: pulumi.Input[str]
    """PermissionsBoundary, which is all that deploy may do, and over plan and promote."""
    state: PipelineStateArgs
    """State that a plan reads."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    branch: NotRequired[str]
    """Branch whose jobs may plan. Default `main`."""
    plan_on_pull_requests: NotRequired[bool]
    """Let jobs of pull requests within the repository plan; they can read what a plan reads. Default true."""
    provider_arn: NotRequired[pulumi.Input[str]]
    """OIDC provider of GitHub that the account has already; it can have only one. Default: it is made."""
    promotion: NotRequired[PromotionArgs]
    """Copy images and models into this account. Default: no promote role."""


class CiIdentity(Component):
    """Roles for the jobs of one GitHub repository: plan reads, deploy changes below a boundary, promote copies."""

    provider_arn: pulumi.Output[str]
    """ARN of the OIDC provider of GitHub."""
    plan_role_arn: pulumi.Output[str]
    """Role of the jobs that preview."""
    deploy_role_arn: pulumi.Output[str]
    """Role of the jobs that update."""
    promote_role_arn: pulumi.Output[str | None]
    """Role of the jobs that copy images and models; none without `promotion`."""

    def __init__(self, name: str, args: CiIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        branch, repository = args.get("branch", "main"), f"repo:{args['repository']}"
        self._validate({**args, "branch": branch})
        gated = [f"{repository}:environment:{args['environment']}"]
        reviewed = [f"{repository}:ref:refs/heads/{branch}"]
        if args.get("plan_on_pull_requests", True):
            reviewed.append(f"{repository}:pull_request")
        provider = args.get("provider_arn") or self._make_provider(name)

        boundary = args["permissions_boundary_arn"]
        plan = self._job_role("plan", provider, reviewed, boundary)
        for policy in READ_ONLY:
            self._attach(f"{name}-plan-{policy.rpartition('/')[2]}", plan, policy)
        state = args["state"]
        aws.iam.RolePolicy(
            f"{name}-plan-state",
            role=plan.name,
            policy=pulumi.Output.all(
                bucket_arn=state["bucket_arn"],
                kms_key_arn=state["kms_key_arn"],
                secrets_key_arn=state["secrets_key_arn"],
                prefix=state.get("prefix", ".pulumi"),
            ).apply(lambda values: documents.render(read_state(**values))),
            opts=self._child(),
        )
        deploy = self._job_role("deploy", provider, gated, boundary, DEPLOY_HOURS)
        # What deploy may do is the ceiling itself: an infrastructure's pipeline uses whole services.
        aws.iam.RolePolicyAttachment(f"{name}-deploy", role=deploy.name, policy_arn=boundary, opts=self._child())
        promote = None
        if "promotion" in args:
            promote = self._job_role("promote", provider, gated, boundary)
            aws.iam.RolePolicy(
                f"{name}-promote",
                role=promote.name,
                policy=pulumi.Output.all(promotion=dict(args["promotion"]), regions=list(args["regions"])).apply(
                    lambda values: documents.render(copy(values["regions"], **values["promotion"]))
                ),
                opts=self._child(),
            )
        self._finish(
            provider_arn=pulumi.Output.from_input(provider),
            plan_role_arn=plan.arn,
            deploy_role_arn=deploy.arn,
            promote_role_arn=promote.arn if promote else pulumi.Output.from_input(None),
        )

    def _make_provider(self, name: str) -> pulumi.Output[str]:
        return aws.iam.OpenIdConnectProvider(
            name,
            url=f"https://{ISSUER}",
            client_id_lists=["sts.amazonaws.com"],
            tags=self._tags,
            opts=self._child(),
        ).arn

    def _job_role(
        self,
        purpose: str,
        provider: pulumi.Input[str],
        subjects: list[str],
        boundary: pulumi.Input[str],
        hours: int = 1,
    ) -> "aws.iam.Role":
        trust = pulumi.Output.from_input(provider).apply(lambda arn: documents.federated_trust(arn, ISSUER, subjects))
        return self._role(
            f"{self._name}-{purpose}", trust, max_session_duration=hours * 3600, permissions_boundary=boundary
        )

    def _validate(self, args: Mapping[str, Any]) -> None:
        for key, (pattern, words) in _NAMES.items():
            if not re.fullmatch(pattern, str(args[key])):
                raise ValueError(f"CiIdentity {self._name!r}: {key} = {args[key]!r}; allowed: {words}")


def read_state(bucket_arn: str, kms_key_arn: str, secrets_key_arn: str, prefix: str) -> list[documents.Statement]:
    """Read the state and the secrets in it."""
    return [
        *documents.read_prefix(bucket_arn, kms_key_arn, prefix),
        {"Sid": "DecryptSecrets", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": secrets_key_arn},
    ]


def copy(
    regions: Sequence[str],
    source_repository_arns: Sequence[str],
    repository_arns: Sequence[str],
    source_bucket_arn: str,
    source_kms_key_arn: str,
    bucket_arn: str,
    kms_key_arn: str,
    prefix: str,
) -> list[documents.Statement]:
    """Pull and push images of these repositories, read one prefix and write the other."""
    inspect = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:DescribeImages"]
    push = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]
    images = [
        grants.login(*regions),
        documents.allow(PULL, source_repository_arns),
        documents.allow([*inspect, *push], repository_arns),
    ]
    models = [
        documents.read_prefix(source_bucket_arn, source_kms_key_arn, prefix),
        documents.write_prefix(bucket_arn, kms_key_arn, prefix),
    ]
    return documents.joined([images, *models])
