from typing import Any

import pytest

from policies._grants import ROLE
from policies._verdict import Outcome
from policies._view import UNKNOWN
from policies.identity import grant_of_everything, grant_of_whole_services, liftable_boundary
from tests.policies.world import judged, made

POLICY = "aws:iam/policy:Policy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
CEILING = {"policy": {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}, "arn": "arn:ceiling"}


def outcomes(**statement: Any) -> list[str]:
    """What the rules on everything and on whole services say of a statement."""
    policy = made(POLICY, properties={"policy": {"Statement": {"Effect": "Allow", **statement}}})
    return [judged(rule, policy)[0] for rule in (grant_of_everything.RULE, grant_of_whole_services.RULE)]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"Action": "*", "Resource": "*"}, ["FAIL", "PASS"]),
        ({"Action": "*:*", "Resource": "*"}, ["FAIL", "FAIL"]),
        ({"NotAction": "iam:*", "Resource": "*"}, ["FAIL", "PASS"]),
        ({"Action": "*", "NotResource": "arn:aws:s3:::logs"}, ["FAIL", "PASS"]),
        ({"Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:x": "true"}}}, ["FAIL", "PASS"]),
        ({"Action": "*", "Resource": "*", "Effect": "Deny"}, ["PASS", "PASS"]),
        ({"Action": ["ec2:Describe*", "KMS:*"], "Resource": ["*"]}, ["PASS", "FAIL"]),
        ({"Action": "s3:*", "Resource": "arn:aws:s3:::models/*"}, ["PASS", "PASS"]),
        ({"Action": "ec2:Describe*", "Resource": "*"}, ["PASS", "PASS"]),
    ],
)
def test_statements(statement: dict[str, Any], expected: list[str]) -> None:
    assert outcomes(**statement) == expected


def test_a_role_answers_for_what_it_holds_itself() -> None:
    everything = {"policy": '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'}
    administrator = ["arn:aws:iam::aws:policy/AdministratorAccess"]
    rule = grant_of_everything.RULE
    assert judged(rule, made(ROLE, properties={"inlinePolicies": [everything]}))[0] is Outcome.FAIL
    assert judged(rule, made(ROLE, properties={"managedPolicyArns": administrator}))[0] is Outcome.FAIL
    assert judged(rule, made(ROLE, properties={"inlinePolicies": [{}]}))[0] is Outcome.NOT_APPLICABLE


def test_a_policy_of_the_stack_is_judged_itself_and_one_of_the_accounts_own_name_is_not_aws() -> None:
    policy = made(POLICY, "grants", CEILING)
    attachment = made(ATTACHMENT, "a", {"policyArn": UNKNOWN}, sources={"policyArn": [policy.urn]})
    assert judged(grant_of_everything.RULE, attachment, policy)[0] is Outcome.PASS
    assert judged(grant_of_everything.RULE, made(ATTACHMENT, properties={"policyArn": UNKNOWN}))[0] is Outcome.UNKNOWN
    own = {"policyArn": "arn:aws:iam::111122223333:policy/AdministratorAccess"}
    assert judged(grant_of_everything.RULE, made(ATTACHMENT, properties=own))[0] is Outcome.PASS


def test_a_boundary_is_a_ceiling_by_origin_or_by_name_and_only_where_a_role_has_it() -> None:
    policy, rule = made(POLICY, "ceiling", CEILING), grant_of_whole_services.RULE
    by_origin = made(ROLE, "r", {"permissionsBoundary": UNKNOWN}, sources={"permissionsBoundary": [policy.urn]})
    by_name = made(ROLE, "r", {"permissionsBoundary": "arn:ceiling"})
    assert judged(rule, policy, by_origin)[0] is Outcome.NOT_APPLICABLE
    assert judged(rule, policy, by_name)[0] is Outcome.NOT_APPLICABLE
    assert judged(rule, policy, made(ROLE, "r"))[0] is Outcome.FAIL


@pytest.mark.parametrize(
    ("allowed", "denied", "missing"),
    [
        ("ssm:*", [], "running commands as the roles of machines"),
        ("ssm:Send*", [], "running commands as the roles of machines"),
        ("ssm:*", ["ssm:SendCommand"], ""),
        ("ssm:GetParameter", [], ""),
        ("eks:*", [], "entering the clusters of others"),
        ("eks:*", ["eks:CreateAccessEntry"], ""),
        ("eks:Describe*", [], ""),
    ],
)
def test_a_boundary_that_allows_a_service_denies_what_gets_around_it(
    allowed: str, denied: list[str], missing: str
) -> None:
    statements = [
        {"Effect": "Allow", "Action": allowed, "Resource": "*"},
        {"Effect": "Deny", "Action": [*liftable_boundary.DENIED, *denied], "Resource": "*"},
    ]
    policy = made(POLICY, "ceiling", {**CEILING, "policy": {"Statement": statements}})
    role = made(ROLE, "r", {"permissionsBoundary": "arn:ceiling"})
    outcome, message = judged(liftable_boundary.RULE, policy, role)
    assert (outcome is Outcome.FAIL) is bool(missing)
    assert missing in message
