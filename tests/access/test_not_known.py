"""What is known only after the update: no edge passes and none is blocked because of it."""

import pytest

from access import UNKNOWN, Outcome, Policies, Principal, Request, decide, read
from access.reach import Passage, Resource, edges, passage, reach
from access.reach.plan import NotKnownError
from tests.access.plans import plan_of

TARGETS = (
    ("aws:ec2/vpcEndpoint:VpcEndpoint", "policy"),
    ("aws:iam/policy:Policy", "policy"),
    ("aws:kms/key:Key", "policy"),
    ("aws:s3/bucketPolicy:BucketPolicy", "policy"),
    ("aws:ec2/routeTableAssociation:RouteTableAssociation", "subnetId"),
    ("aws:ec2/networkAcl:NetworkAcl", "subnetIds"),
    ("kubernetes:networking.k8s.io/v1:NetworkPolicy", "spec"),
)
"""Type and property that decide something of the edges of a bucket."""


def test_nothing_of_a_first_preview_passes_or_is_blocked() -> None:
    plan = plan_of("prod", preview=True)
    found = {edge.name: passage(reach(plan, edge)) for edge in edges(plan)}
    assert len(found) > 20
    assert set(found.values()) == {Passage.UNKNOWN}


def test_a_value_that_is_not_known_leaves_its_hop_open() -> None:
    plan = plan_of("prod")
    (edge,) = [one for one in edges(plan) if one.name == "vision/fraud -> s3/artifacts/models/fraud/*"]
    for token, name in TARGETS:
        hidden = plan
        for one in plan.of(token):
            hidden = hidden.replacing(one, {name: UNKNOWN})
        hops = reach(hidden, edge)
        assert passage(hops) is Passage.UNKNOWN, (token, hops)
        assert all(hop.passage is not Passage.BLOCKED for hop in hops)


def test_a_policy_that_the_plan_does_not_hold_is_not_known() -> None:
    plan = plan_of("prod")
    without = type(plan)(plan.resources, {})
    found = {one.resource: reach(without, one) for one in edges(without) if one.workload.name == "nodes/gpu-node"}
    unknown = [name for name, hops in found.items() if passage(hops) is Passage.UNKNOWN]
    assert "not known: what AWS managed policy AmazonEKSWorkerNodePolicy allows" in unknown
    assert Passage.BLOCKED not in set(map(passage, found.values()))


def test_a_policy_that_is_not_known_may_deny_what_others_allow() -> None:
    request = Request(Principal.aws("arn:aws:iam::111111111111:role/a"), "s3:GetObject", "arn:aws:s3:::b/c")
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    allowing = read("identity policy", {"Version": "2012-10-17", "Statement": [statement]})
    answer = decide(request, Policies([allowing], read("bucket policy", UNKNOWN)))
    assert (answer.outcome, answer.policy) == (Outcome.UNKNOWN, "bucket policy")


def test_a_property_below_an_unknown_one_is_unknown_too() -> None:
    resource = Resource("aws:eks/cluster:Cluster", "cluster", {"vpcConfig": UNKNOWN})
    with pytest.raises(NotKnownError, match=r"vpcConfig\.clusterSecurityGroupId of Cluster cluster"):
        resource.get("vpcConfig.clusterSecurityGroupId")
