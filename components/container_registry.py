"""The registry of container images: what is pushed, what is promoted, and what is cached from elsewhere."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _documents as documents
from components import _images as images
from components._component import Component

NAME = r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*"
PRIVATE_UPSTREAMS = r"registry-1\.docker\.io|ghcr\.io|registry\.gitlab\.com|.+\.azurecr\.io"
"""Registries that ECR refuses to cache without a credential."""
ENCRYPTION = "KMS"


class PullThroughArgs(TypedDict):
    """A registry whose images are cached."""

    upstream_registry_url: str
    """Host of the registry, for example `quay.io` or `registry-1.docker.io`."""
    credential_secret_arn: NotRequired[pulumi.Input[str]]
    """Secret with `username` and `accessToken`, which Docker Hub, GitHub, GitLab and Azure need. AWS wants a name that
    begins with `ecr-pullthroughcache/`, and the key `aws/secretsmanager`: ECR's own role may use no other, so `Secrets`
    cannot make it. Default: none."""


class ContainerRegistryArgs(TypedDict):
    """Inputs of ContainerRegistry."""

    repositories: Sequence[str]
    """Names such as `serving/reference`; AWS sees them below `<project>-<stack>-<name>/`."""
    kms_key_arn: pulumi.Input[str]
    """Key that encrypts every image; ECR must be allowed to use it for the account's principals (`ecr`)."""
    tags: Mapping[str, str]
    """Mandatory tags; cached repositories get them too."""
    pull_account_ids: NotRequired[Sequence[str]]
    """Other accounts that may pull, such as the one that a digest is promoted to; twelve digits each. Default: none."""
    promoted_prefixes: NotRequired[Sequence[str]]
    """An image with a tag that begins with one of these never expires. Default `release-`."""
    keep_tagged: NotRequired[int]
    """How many of the newest tagged images stay besides promoted ones, from 1. Default 50."""
    untagged_days: NotRequired[int]
    """Days from its push until an image without tags expires, from 1. Default 14."""
    pull_through: NotRequired[Mapping[str, PullThroughArgs]]
    """Prefix of the cached repositories, 2 to 30 characters and unique in account and region, to what is cached."""
    force_delete: NotRequired[bool]
    """Delete the images with their repositories. Default false."""


class ContainerRegistry(Component):
    """Repositories with immutable tags and a scan on push, and caches of other registries.

    Promotion is by digest: another account pulls the very image that was tested, after the pipeline gave it a further,
    equally immutable tag such as `release-1.2.0` that keeps it from expiring.
    """

    repository_urls: pulumi.Output[dict[str, str]]
    """Repository to the URL that images are pushed to and pulled from."""
    repository_arns: pulumi.Output[dict[str, str]]
    """Repository to its ARN."""
    pull_policies: pulumi.Output[dict[str, str]]
    """Repository to the IAM policy document (JSON) that pulls from it."""
    push_policies: pulumi.Output[dict[str, str]]
    """Repository to the IAM policy document (JSON) that pushes to it and reads the result of the scan."""
    cache_policies: pulumi.Output[dict[str, str]]
    """Prefix of a cached registry to the IAM policy document (JSON) that pulls through it."""

    def __init__(self, name: str, args: ContainerRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        home = self._physical_name()
        accounts, caches = list(args.get("pull_account_ids", [])), dict(args.get("pull_through", {}))
        promoted = list(args.get("promoted_prefixes", ["release-"]))
        keep, days = int(args.get("keep_tagged", 50)), int(args.get("untagged_days", 14))
        self._refuse(
            "repositories", [one for one in args["repositories"] if not _is_name(f"{home}/{one}")], "a-z0-9._-/"
        )
        self._refuse("pull_account_ids", [one for one in accounts if not re.fullmatch(r"\d{12}", one)], "12 digits")
        self._refuse(
            "promoted_prefixes", [one for one in promoted if not re.fullmatch(r"[\w.-]+", one)], "tag prefixes"
        )
        self._refuse("keep_tagged", [keep] if keep < 1 else [], "1 or more")
        self._refuse("untagged_days", [days] if days < 1 else [], "1 or more")
        self._refuse(
            "pull_through", [one for one in caches if not (_is_name(one) and 2 <= len(one) <= 30)], "a-z0-9._-/"
        )
        bare = [
            one["upstream_registry_url"]
            for one in caches.values()
            if re.fullmatch(PRIVATE_UPSTREAMS, one["upstream_registry_url"]) and "credential_secret_arn" not in one
        ]
        self._refuse("pull_through.upstream_registry_url", bare, "with `credential_secret_arn` only")

        caller = self._caller()
        urls: dict[str, pulumi.Output[str]] = {}
        arns: dict[str, pulumi.Output[str]] = {}
        for wanted in args["repositories"]:
            repository = aws.ecr.Repository(
                f"{name}-{wanted}",
                name=f"{home}/{wanted}",
                image_tag_mutability="IMMUTABLE",
                image_scanning_configuration={"scan_on_push": True},
                encryption_configurations=[{"encryption_type": ENCRYPTION, "kms_key": args["kms_key_arn"]}],
                force_delete=args.get("force_delete", False),
                tags=self._tags,
                opts=self._child(),
            )
            aws.ecr.LifecyclePolicy(
                f"{name}-{wanted}",
                repository=repository.name,
                policy=json.dumps({"rules": images.expire(promoted, days, keep)}),
                opts=self._child(),
            )
            if accounts:
                aws.ecr.RepositoryPolicy(
                    f"{name}-{wanted}",
                    repository=repository.name,
                    policy=caller["partition"].apply(
                        lambda partition: documents.render(
                            [images.allow_pull(partition, account) for account in accounts]
                        )
                    ),
                    opts=self._child(),
                )
            urls[wanted] = repository.repository_url
            # Known at preview, unlike `repository.arn`.
            arns[wanted] = _repository_arn(caller, repository.name)
        if caches:
            self._cache(name, caches, args["kms_key_arn"], caller, days)
        cached = {prefix: _repository_arn(caller, f"{prefix}/*") for prefix in caches}
        self._finish(
            # `Output.all` of nothing would be a list.
            repository_urls=pulumi.Output.from_input(urls),
            repository_arns=pulumi.Output.from_input(arns),
            pull_policies=pulumi.Output.from_input(_policies(arns, images.PULL)),
            push_policies=pulumi.Output.from_input(_policies(arns, images.PUSH)),
            cache_policies=pulumi.Output.from_input(_policies(cached, images.CACHE)),
        )

    def _refuse(self, arg: str, wrong: Sequence[object], allowed: str) -> None:
        if wrong:
            raise ValueError(
                f"ContainerRegistry {self._name!r}: {arg} has {', '.join(map(repr, wrong))}; allowed: {allowed}"
            )

    def _cache(
        self,
        name: str,
        caches: Mapping[str, PullThroughArgs],
        key_arn: pulumi.Input[str],
        caller: pulumi.Output[dict[str, str]],
        days: int,
    ) -> None:
        """Cache other registries, in repositories that a template makes as strict as our own."""
        role = self._service_role(f"{name}-cache", "ecr.amazonaws.com")
        repositories = [_repository_arn(caller, f"{prefix}/*") for prefix in caches]
        grant = aws.iam.RolePolicy(
            f"{name}-cache",
            role=role.name,
            policy=pulumi.Output.all(repositories=repositories, key=key_arn, region=caller["region"]).apply(
                lambda values: documents.render(
                    images.make_cached(values["repositories"], values["key"], values["region"])
                )
            ),
            opts=self._child(),
        )
        for prefix, upstream in caches.items():
            template = aws.ecr.RepositoryCreationTemplate(
                f"{name}-{prefix}",
                prefix=prefix,
                description=f"Cached from {upstream['upstream_registry_url']}",
                applied_fors=["PULL_THROUGH_CACHE"],
                custom_role_arn=role.arn,
                encryption_configurations=[{"encryption_type": ENCRYPTION, "kms_key": key_arn}],
                image_tag_mutability="IMMUTABLE",
                lifecycle_policy=json.dumps({"rules": [images.expire_untagged(1, days)]}),
                resource_tags=self._tags,
                opts=self._child([grant]),
            )
            aws.ecr.PullThroughCacheRule(
                f"{name}-{prefix}",
                ecr_repository_prefix=prefix,
                upstream_registry_url=upstream["upstream_registry_url"],
                credential_arn=upstream.get("credential_secret_arn"),
                # A pull that comes before the template would make a repository without it.
                opts=self._child([template]),
            )


def _is_name(name: str) -> bool:
    return bool(re.fullmatch(NAME, name)) and len(name) <= 256


def _repository_arn(caller: pulumi.Output[dict[str, str]], name: pulumi.Input[str]) -> pulumi.Output[str]:
    return pulumi.Output.concat(
        "arn:", caller["partition"], ":ecr:", caller["region"], ":", caller["account"], ":repository/", name
    )


def _policies(arns: Mapping[str, pulumi.Output[str]], actions: list[str]) -> dict[str, pulumi.Output[str]]:
    return {
        key: arn.apply(lambda resource: documents.render(images.use_repository(resource, actions)))
        for key, arn in arns.items()
    }
