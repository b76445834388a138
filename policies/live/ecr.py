"""Image repositories, and beside each its policies; repositories made from a template are like any others."""

from collections.abc import Iterator
from typing import Any

from policies._view import ABSENT, UNKNOWN, Resource
from policies.live._answers import keys, pick, tags
from policies.live._camel import camel
from policies.live.reader import Reader, collects

_REPOSITORY = "aws:ecr/repository:Repository"
_POLICY = "aws:ecr/repositoryPolicy:RepositoryPolicy"
_LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
_SCANNING = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"


@collects(_REPOSITORY, _POLICY, _LIFECYCLE)
def repositories(read: Reader) -> Iterator[Resource]:
    """Every repository of the private registry."""
    key = keys(read)

    def one(item: dict[str, Any]) -> Iterator[Resource]:
        name, arn, registry = item["repositoryName"], item["repositoryArn"], item["registryId"]
        encryption = item.get("encryptionConfiguration") or {}
        settings = {"encryptionType": encryption.get("encryptionType"), "kmsKey": key(encryption.get("kmsKey"))}
        properties = {
            "name": name,
            "registryId": registry,
            "imageTagMutability": item.get("imageTagMutability"),
            "imageScanningConfiguration": item.get("imageScanningConfiguration"),
            "encryptionConfigurations": [settings],
            "tags": tags(read.parts("ecr", "list_tags_for_resource", "tags", resourceArn=arn)),
        }
        yield Resource(_REPOSITORY, arn, properties, protect=None)
        beside = {"repository": name, "registryId": registry}
        access = read.get(
            "ecr", "get_repository_policy", absent=["RepositoryPolicyNotFoundException"], repositoryName=name
        )
        if access is not ABSENT:
            yield Resource(_POLICY, arn, {**beside, "policy": pick(access, "policyText")}, protect=None)
        expiry = read.get(
            "ecr", "get_lifecycle_policy", absent=["LifecyclePolicyNotFoundException"], repositoryName=name
        )
        if expiry is not ABSENT:
            yield Resource(_LIFECYCLE, arn, {**beside, "policy": pick(expiry, "lifecyclePolicyText")}, protect=None)

    yield from read.each(one, read.list("ecr", "describe_repositories", "repositories"))


@collects(_SCANNING)
def scanning(read: Reader) -> Iterator[Resource]:
    """What the registry itself scans."""
    found = pick(read.get("ecr", "get_registry_scanning_configuration"), "scanningConfiguration")
    urn = f"arn:aws:ecr:{read.region}:{read.account}:registry"
    yield Resource(_SCANNING, urn, {"rules": UNKNOWN} if found is UNKNOWN else camel(found or {}), protect=None)
