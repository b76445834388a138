"""A deployment does not act as the roles of others in its account, which may lie above its boundary.

Each way runs code as a role that exists, without `iam:PassRole`: Rhino Security Labs, "AWS IAM Privilege Escalation",
https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/; Systems Manager User Guide, "Run
Command", https://docs.aws.amazon.com/systems-manager/latest/userguide/run-command.html.
"""

import pytest

from components._boundary import REGIONAL_SERVICES, boundary
from tests.components.conftest import ACCOUNT, REGION
from tests.components.iam import decide

CALLER = {"account": ACCOUNT, "region": REGION, "partition": "aws"}
POLICY = f"arn:aws:iam::{ACCOUNT}:policy/ml-platform/boundary"
HERE = f"{REGION}:{ACCOUNT}"


def answer(action: str, resource: str, teardown: bool = False) -> str:
    statements = boundary(CALLER, POLICY, "/ml-platform/", [REGION], REGIONAL_SERVICES, teardown, "ml-platform-*")
    return decide(statements, action, resource, context={"aws:RequestedRegion": REGION})


@pytest.mark.parametrize("teardown", [False, True])
@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("ec2:ModifyInstanceAttribute", f"arn:aws:ec2:{HERE}:instance/i-1"),
        ("ecs:ExecuteCommand", f"arn:aws:ecs:{HERE}:task/website/1"),
        ("eks:CreateAccessEntry", f"arn:aws:eks:{HERE}:cluster/website"),
        ("glue:CreateDevEndpoint", "*"),
        ("glue:StartJobRun", f"arn:aws:glue:{HERE}:job/nightly"),
        ("glue:UpdateDevEndpoint", f"arn:aws:glue:{HERE}:devEndpoint/one"),
        ("ssm:CreateAssociation", f"arn:aws:ec2:{HERE}:instance/i-1"),
        ("ssm:SendCommand", f"arn:aws:ec2:{HERE}:instance/i-1"),
        ("ssm:StartAutomationExecution", "*"),
        ("ssm:StartSession", f"arn:aws:ec2:{HERE}:instance/i-1"),
        ("ssm:UpdateAssociation", f"arn:aws:ec2:{HERE}:instance/i-1"),
    ],
)
def test_it_runs_nothing_on_machines_of_others(action: str, resource: str, teardown: bool) -> None:
    assert answer(action, resource, teardown) == "Deny"


@pytest.mark.parametrize(
    ("action", "resource"), [("lambda:UpdateFunctionCode", "*"), ("codebuild:StartBuild", "*"), ("sts:AssumeRole", "*")]
)
def test_it_has_no_rights_to_services_that_the_platform_does_not_use(action: str, resource: str) -> None:
    assert answer(action, resource) != "Allow"


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("eks:CreateAccessEntry", f"arn:aws:eks:{HERE}:cluster/ml-platform-prod-cluster"),
        ("ssm:UpdateInstanceInformation", f"arn:aws:ec2:{HERE}:instance/i-1"),
        ("ssm:UpdateAssociationStatus", f"arn:aws:ec2:{HERE}:instance/i-1"),  # the agent on nodes reports them
        ("ssm:UpdateInstanceAssociationStatus", f"arn:aws:ec2:{HERE}:instance/i-1"),
        ("ssm:GetParameter", f"arn:aws:ssm:{HERE}:parameter/sampling"),
        ("ec2:RunInstances", f"arn:aws:ec2:{HERE}:instance/i-1"),
    ],
)
def test_what_the_platform_needs_is_left(action: str, resource: str) -> None:
    assert answer(action, resource) == "Allow"
