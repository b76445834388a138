"""How an environment is deployed: images by repository, and who may deploy into the cluster."""

import re
from typing import Any

import pytest

from stacks.images import full_name, images, repository
from stacks.settings import Settings
from tests.components.conftest import ARNS, Recorder
from tests.stacks.test_foundation import wired
from tests.stacks.test_settings import DELETE, changed, refusal, shipped

REAL = ["dev", "staging", "prod"]
ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


@pytest.fixture(scope="module", params=REAL)
def environment(request: pytest.FixtureRequest) -> tuple[Settings, Recorder]:
    values = shipped(request.param)
    return Settings.parse(values), wired(values)


def test_every_image_of_the_own_registry_lies_in_a_repository_that_is_made(
    environment: tuple[Settings, Recorder],
) -> None:
    settings, found = environment
    made = {one.inputs["name"].replace("-local-", f"-{settings.stack}-") for one in found.of("Repository")}
    given = [image for _, image in images(settings)]
    assert len(given) >= 5
    for image in given:
        assert repository(image), "the shipped settings name no other registry"
        host, _, name = full_name(settings, image).partition("@")[0].partition("/")
        assert host == f"{settings.account}.dkr.ecr.{settings.region}.amazonaws.com"
        assert name in made


def test_what_runs_in_the_cluster_has_the_full_name(environment: tuple[Settings, Recorder]) -> None:
    settings, found = environment
    told = str([one.inputs for one in found.found])
    for _, image in images(settings):
        assert not re.search(rf"['\"]{re.escape(image)}", told)


def test_a_public_registry_is_cached_where_the_settings_name_it() -> None:
    found = wired(changed(shipped("dev"), registry__pullThrough={"k8s-io": "registry.k8s.io"}))
    (rule,) = found.of("PullThroughCacheRule")
    assert rule.inputs["upstreamRegistryUrl"] == "registry.k8s.io"
    assert rule.inputs["ecrRepositoryPrefix"].endswith("k8s-io")


def test_the_deploy_role_is_an_administrator_of_the_cluster(environment: tuple[Settings, Recorder]) -> None:
    _, found = environment
    role = found.one("Role", "ci-deploy")
    entry = found.inputs("AccessEntry", "cluster-deployer")
    policy = found.inputs("AccessPolicyAssociation", "cluster-deployer")
    assert entry["principalArn"] == policy["principalArn"]
    assert entry["principalArn"] == ARNS["Role"].format("ci-deploy-0000000")
    assert (policy["policyArn"], policy["accessScope"]) == (ADMIN, {"type": "cluster"})
    assert role.title in found.one("AccessEntry", "cluster-deployer").depends


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"modelRegistry__image": f"registry/nothing@sha256:{'0' * 64}"},
            "modelRegistry.image = .*: allowed: a repository of registry.repositories",
        ),
        (
            {"drift__image": f"111111111111.dkr.ecr.eu-central-1.amazonaws.com/drift@sha256:{'1' * 64}"},
            f"drift.image = .*: allowed: without the host of the own registry, REPOSITORY@sha256:{'1' * 64}",
        ),
        (
            {"ci": DELETE, "cluster__access__operators__policy": "admin"},
            "cluster.access = .*: no principal could deploy",
        ),
        (
            {"cluster__access__deployer": {"principal": "arn:aws:iam::111111111111:role/x", "policy": "view"}},
            "cluster.access.deployer = .*: allowed: another name",
        ),
    ],
)
def test_what_could_not_be_deployed_is_refused(changes: dict[str, Any], told: str) -> None:
    assert re.search(f"ml-platform:{told}", "\n".join(refusal(changed(shipped("dev"), **changes))))
