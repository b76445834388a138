"""The ways to the private API server: the runner, private networks, or a public endpoint outside prod."""

from typing import Any

import pytest

from components._boundary import size
from stacks.settings import Settings
from stacks.stages import Stage
from tests.components.conftest import Recorder
from tests.components.iam import decide
from tests.stacks.test_boundary import planned
from tests.stacks.test_foundation import wired
from tests.stacks.test_settings import DELETE, changed, refusal, shipped

VPN = {"vpn": ["10.200.0.0/16", "10.201.0.0/24"]}
NONE = "cluster.publicAccess = []: nothing outside the VPC could reach the API server"


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_without_a_way_in_the_settings_are_refused(environment: str) -> None:
    (line,) = refusal(changed(shipped(environment), ci__runner=DELETE))
    assert NONE in line
    assert "add `ci.runner`, or the private networks" in line
    assert ("or name networks of yours here" in line) is (environment != "prod")


@pytest.mark.parametrize(
    ("environment", "change"),
    [
        ("dev", {}),
        ("dev", {"ci__runner": DELETE, "cluster__publicAccess": ["203.0.113.7/32"]}),
        ("prod", {"ci__runner": DELETE, "cluster__deployFrom": VPN}),
        ("prod", {"ci": DELETE, "cluster__deployFrom": VPN}),
    ],
)
def test_each_way_in_is_enough(environment: str, change: dict[str, Any]) -> None:
    values = changed(shipped(environment), **change)
    if "ci" in change:
        values["cluster"]["access"]["operators"]["policy"] = "cluster-admin"
    assert Settings.parse(values).cluster


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"cluster__deployFrom": {"vpn": ["0.0.0.0/0"]}}, 'cluster.deployFrom.vpn.0 = "0.0.0.0/0": allowed: private'),
        ({"cluster__deployFrom": {"vpn": []}}, "cluster.deployFrom.vpn = []: allowed: at least one network"),
        ({"cluster__deployFrom": {"vpn": ["office"]}}, 'cluster.deployFrom.vpn.0 = "office": allowed: an IPv4 network'),
        (
            {"cluster__deployFrom": {"vpn": [f"10.200.{number}.0/24" for number in range(15)]}},
            "cluster.deployFrom = 15: allowed: at most 14 networks in all",
        ),
        ({"network__nat": "none"}, 'network.nat = "none": `ci.runner` could not reach GitHub'),
        ({"ci__runner": {}}, "ci.runner.connectionArn: missing; add connection to GitHub"),
        ({"ci__runner__connectionArn": "github"}, 'ci.runner.connectionArn = "github": allowed: the ARN of a conn'),
        ({"ci__runner__workflows": []}, "ci.runner.workflows = []"),
    ],
)
def test_wrong_ways_in_are_refused(change: dict[str, Any], told: str) -> None:
    lines = refusal(changed(shipped("prod"), **change))
    assert any(told in line for line in lines), lines


def test_the_example_connection_is_refused_on_a_real_account() -> None:
    from stacks.examples import examples

    (found,) = [one for one in examples(Settings.from_file("dev")) if one.path == "ci.runner.connectionArn"]
    assert "docs/first-deploy.md creates one" in found.allowed


def test_the_runner_comes_with_the_cluster_before_anything_in_kubernetes() -> None:
    found = wired(shipped("dev"), until=Stage.CLUSTER)
    assert [one.name for one in found.of("DeployRunner")] == ["runner"]
    assert not [one for one in found.found if one.type.startswith("kubernetes:")]
    assert not wired(shipped("dev"), until=Stage.STORES).of("DeployRunner")


def test_the_runner_is_in_the_private_subnets_and_the_api_server_lets_it_in() -> None:
    found = wired(shipped("prod"))
    private = {f"{one.name}-0000000" for one in found.of("Subnet") if "-private-" in one.name}
    assert set(found.inputs("Project", "runner")["vpcConfig"]["subnets"]) == private
    assert len(private) == 3
    rule = found.inputs("SecurityGroupIngressRule", "runner")
    assert rule["securityGroupId"] == "sg-of-eks"


def test_private_networks_pass_the_network_acl_and_the_group_of_the_cluster() -> None:
    found = wired(changed(shipped("prod"), cluster__deployFrom=VPN))
    acl = found.inputs("NetworkAcl", "network-private")["ingress"]
    assert {one["cidrBlock"] for one in acl if one["fromPort"] == one["toPort"] == 443} == set(VPN["vpn"])
    rules = [one.inputs for one in found.of("SecurityGroupIngressRule") if one.inputs["securityGroupId"] == "sg-of-eks"]
    assert {one["cidrIpv4"] for one in rules if "cidrIpv4" in one} == set(VPN["vpn"])
    for kind in ("public", "isolated"):
        closed = found.inputs("NetworkAcl", f"network-{kind}")["ingress"]
        assert not {one["cidrBlock"] for one in closed} & set(VPN["vpn"])


@pytest.fixture(scope="module")
def plan() -> Recorder:
    return planned(Settings.from_file("prod"))


@pytest.mark.parametrize(
    ("action", "project", "answer"),
    [
        ("codebuild:CreateProject", "ml-platform-prod-runner", "Allow"),
        ("codebuild:UpdateProject", "ml-platform-prod-runner", "Allow"),
        ("codebuild:CreateWebhook", "ml-platform-prod-runner", "Allow"),
        ("codebuild:DeleteProject", "ml-platform-prod-runner", "Allow"),
        ("codebuild:UpdateProject", "website", "no"),
        ("codebuild:StartBuild", "website", "no"),
        ("codebuild:StartBuild", "ml-platform-prod-runner", "no"),
    ],
)
def test_the_deploy_role_changes_its_own_runner_and_no_project_of_others(
    plan: Recorder, action: str, project: str, answer: str
) -> None:
    arn = f"arn:aws:codebuild:eu-central-1:123456789012:project/{project}"
    assert decide(plan.statements("Policy", "boundary"), action, arn) == answer


def test_the_deploy_role_uses_the_one_connection(plan: Recorder) -> None:
    statements = plan.statements("Policy", "boundary")
    ci = Settings.from_file("prod").ci
    assert ci
    assert ci.runner
    own, other = ci.runner.connection_arn, ci.runner.connection_arn.replace("0-0", "1-1")
    actions = [f"codeconnections:{one}" for one in ("GetConnection", "GetConnectionToken", "UseConnection")]
    assert {decide(statements, action, own) for action in actions} == {"Allow"}
    assert {decide(statements, action, other) for action in actions} == {"no"}
    assert decide(statements, "codeconnections:CreateConnection", "*") == "no"
    assert size(statements) <= 6_144


def test_without_a_runner_the_deploy_role_has_no_rights_in_codebuild() -> None:
    settings = Settings.parse(changed(shipped("prod"), ci__runner=DELETE, cluster__deployFrom=VPN))
    statements = planned(settings).statements("Policy", "boundary")
    actions = {
        action for one in statements for action in [one["Action"]] * isinstance(one["Action"], str) or one["Action"]
    }
    assert not {one for one in actions if one.startswith(("codebuild", "codeconnections"))}
