"""A job that deploys reaches the API server of a private cluster."""

import pytest

from access.reach import Edge, Passage, Plan, blocker, edges, reach
from access.reach.jobs import CLUSTER, deploy_role
from tests.access.plans import plan_of

ENVIRONMENTS = ("dev", "staging", "prod")


def to_api_server(plan: Plan) -> Edge:
    (edge,) = [one for one in edges(plan) if one.name == "runner/runner -> kubernetes/cluster"]
    return edge


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_deploy_role_is_found_by_its_trust_and_its_access_entry(environment: str) -> None:
    role = deploy_role(plan_of(environment))
    assert role
    assert role.name == "ci-deploy"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_request_stays_in_the_vpc(environment: str) -> None:
    plan = plan_of(environment)
    hops = {hop.name: hop for hop in reach(plan, to_api_server(plan))}
    assert {hop.passage for hop in hops.values()} == {Passage.PASS}
    assert hops["route"].by == "local route"
    assert list(hops) == ["access entry", "route", "network ACL", "security group"]


def test_without_a_private_endpoint_the_request_leaves_the_vpc() -> None:
    plan = plan_of("prod")
    (cluster,) = plan.of(CLUSTER)
    public = plan.replacing(cluster, {"vpcConfig": {**cluster.get("vpcConfig"), "endpointPrivateAccess": False}})
    hops = {hop.name: hop for hop in reach(public, to_api_server(plan))}
    assert hops["route"].by != "local route"


def test_the_group_of_the_cluster_lets_in_whom_a_rule_names() -> None:
    plan = plan_of("prod")
    rules = list(plan.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"))
    (rule,) = [one for one in rules if one.name == "runner"]
    first = blocker(reach(plan.without([rule]), to_api_server(plan)))
    assert first
    assert (first.name, first.by) == ("security group", f"cluster security group {rule.get('securityGroupId')}")
    assert "from runner/runner" in first.why


def test_a_policy_for_a_namespace_is_no_right_to_deploy() -> None:
    plan = plan_of("prod")
    role = deploy_role(plan)
    assert role
    (policy,) = plan.where("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "principalArn", role.get("arn"))
    narrow = plan.replacing(policy, {"accessScope": {"type": "namespace", "namespaces": ["vision"]}})
    first = blocker(reach(narrow, to_api_server(plan)))
    assert first
    assert first.name == "access entry"
