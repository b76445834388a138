"""ECR."""

from sandbox.aws.kind import Call, Get, Kind, Listing, Tags

_REPOSITORY = {
    "repositoryName": "name",
    "repositoryArn": "arn",
    "repositoryUri": "repositoryUrl",
    "encryptionConfiguration": "encryptionConfigurations",
}
_NAME = {"repositoryName": "{id}"}


def _policy(token: str, name: str, put: str, text: str) -> Kind:
    """A document that belongs to a repository."""
    names = {"repositoryName": "repository", text: "policy"}
    call = Call(f"{put}_{name}", rename=names)
    return Kind(
        token=f"aws:ecr/{token}",
        client="ecr",
        id="{repository}",
        create=(call,),
        update=(Call(f"{put}_{name}", {"repositoryName": "{repository}"}, {text: "policy"}),),
        read=(Get(f"get_{name}", {"repositoryName": "{repository}"}, names),),
        delete=(Call(f"delete_{name}", {"repositoryName": "{repository}"}),),
    )


KINDS: tuple[Kind, ...] = (
    Kind(
        token="aws:ecr/repository:Repository",
        client="ecr",
        id="{name}",
        autoname="name",
        create=(Call("create_repository", rename=_REPOSITORY),),
        update=(
            Call("put_image_tag_mutability", _NAME, when={"imageTagMutability": True}),
            Call("put_image_scanning_configuration", _NAME, when={"imageScanningConfiguration": True}),
        ),
        read=(
            Get("describe_repositories", {"repositoryNames": "{id}"}, _REPOSITORY, at="repositories.0"),
            Get("list_tags_for_resource", {"resourceArn": "{arn}"}),
        ),
        delete=(Call("delete_repository", _NAME, {"force": "forceDelete"}),),
        tags=Tags("tag_resource", "untag_resource", {"resourceArn": "{arn}"}, "tags", "tagKeys"),
        computed=("arn", "repositoryUrl", "registryId"),
        defaults={"forceDelete": False},
        local=("forceDelete",),
        listing=Listing("describe_repositories", "repositories", "repositoryName"),
    ),
    _policy("lifecyclePolicy:LifecyclePolicy", "lifecycle_policy", "put", "lifecyclePolicyText"),
    _policy("repositoryPolicy:RepositoryPolicy", "repository_policy", "set", "policyText"),
    Kind(
        token="aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
        client="ecr",
        id="{ecrRepositoryPrefix}",
        create=(Call("create_pull_through_cache_rule"),),
        update=(Call("update_pull_through_cache_rule", {"ecrRepositoryPrefix": "{id}"}),),
        read=(),
        emulated=False,
    ),
    Kind(
        token="aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
        client="ecr",
        id="{prefix}",
        create=(
            Call(
                "create_repository_creation_template",
                rename={"appliedFor": "appliedFors", "encryptionConfiguration": "encryptionConfigurations"},
            ),
        ),
        update=(
            Call(
                "update_repository_creation_template",
                {"prefix": "{id}"},
                {"appliedFor": "appliedFors", "encryptionConfiguration": "encryptionConfigurations"},
            ),
        ),
        read=(),
        emulated=False,
    ),
)
