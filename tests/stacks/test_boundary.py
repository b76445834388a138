"""Every role of an environment with a pipeline is one that the pipeline may make."""

import json
from typing import Any

import pulumi
import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from components._boundary import GLOBAL_SERVICES, REGIONAL_SERVICES
from mlp.preflight.role import ACTIONS
from stacks.layers import build
from stacks.settings import Settings
from tests.components.conftest import Recorder, Registered
from tests.components.iam import decide

KINDS = {
    "EventBus": "event-bus/",
    "FirehoseDeliveryStream": "deliverystream/",
    "Policy": "policy/",
    "Secret": "secret:",
}
SERVICES = {"cloudwatch": "events", "kinesis": "firehose"}
OWN = ("ci-plan", "ci-deploy", "ci-promote")
"""The pipeline's own roles, which administrators make."""
MAKE = ("iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:TagRole", "iam:PassRole", "iam:DeleteRole")


class Account(Recorder):
    """Gives everything an ARN of its own service, as grants to workloads want to see."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        physical, made = super().new_resource(args)
        service, kind = args.typ.split(":")[1].split("/")[0], args.typ.rpartition(":")[2]
        if made["arn"].startswith(f"arn:{physical}"):
            where = ":123456789012" if service == "iam" else "eu-central-1:123456789012"
            made["arn"] = f"arn:aws:{SERVICES.get(service, service)}:{where}:{KINDS.get(kind, '')}{physical}"
        return physical, made


def planned(settings: Settings) -> Recorder:
    """Everything that an environment registers."""
    found = Account()
    found.start(settings.stack)

    @pulumi.runtime.test
    def body() -> None:
        build(settings)

    body()
    return found


@pytest.fixture(scope="module", params=["dev", "staging", "prod"])
def plan(request: pytest.FixtureRequest) -> Recorder:
    return planned(Settings.from_file(request.param))


def roles_of(plan: Recorder) -> list[Registered]:
    """Those of IAM; Kubernetes has a kind of that name too."""
    return [one for one in plan.of("Role") if one.type.startswith("aws:")]


def arn_of(one: Registered) -> str:
    return f"arn:aws:iam::123456789012:{one.kind.lower()}{one.inputs.get('path', '/')}{one.name}-0000000"


def test_the_deploy_role_may_make_every_role_but_its_own(plan: Recorder) -> None:
    deploy = plan.statements("Policy", "boundary")
    roles = {one.name: one for one in roles_of(plan)}
    assert len(roles) > 15
    assert set(OWN[:2]) <= set(roles)
    for name, role in roles.items():
        bound = role.inputs.get("permissionsBoundary")
        context = {"iam:PermissionsBoundary": bound} if bound else {}
        answers = {decide(deploy, action, arn_of(role), context=context) for action in MAKE}
        if name in OWN:
            assert "Allow" not in answers, name
        else:
            assert answers == {"Allow"}, name


def test_the_deploy_role_may_make_every_policy_but_the_boundary(plan: Recorder) -> None:
    deploy = plan.statements("Policy", "boundary")
    policies = {one.name: arn_of(one) for one in plan.of("Policy")}
    assert len(policies) > 3
    for name, arn in policies.items():
        answer = decide(deploy, "iam:CreatePolicy", arn)
        assert answer == ("no" if name == "boundary" else "Allow"), name


def test_every_role_waits_for_its_boundary(plan: Recorder) -> None:
    waiting = [one for one in roles_of(plan) if one.name != "ci-plan"]
    assert [one.name for one in waiting if "Policy boundary" not in one.depends] == []


def each(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_no_role_is_granted_what_its_boundary_takes_away(plan: Recorder) -> None:
    """A ceiling that is lower than a grant shows only when a workload is refused."""
    context = {"aws:RequestedRegion": "eu-central-1"}
    ceiling = plan.statements("Policy", "boundary")
    granted = {
        (one.name, action, resource)
        for one in [*plan.of("RolePolicy"), *plan.of("Policy")]
        if one.name != "boundary" and not one.name.startswith("ci-")
        for statement in json.loads(one.inputs["policy"])["Statement"]
        for action in each(statement["Action"])
        for resource in each(statement["Resource"])
    }
    assert granted
    here = "arn:aws:iam::123456789012:"
    own = [f"{here}{name}" for name in ("role/ml-platform/a", "instance-profile/a", "role/aws-service-role/b/c")]
    refused = {
        f"{name}: {action}"
        for name, action, resource in granted
        if not any(decide(ceiling, action, one, context=context) == "Allow" for one in ("*", resource, *own))
    }
    assert refused == set()


OF_MODULES = {
    "accessanalyzer": "access-analyzer",
    "cfg": "config",
    "costexplorer": "ce",
    "ebs": "ec2",
    "lb": "elasticloadbalancing",
    "vpc": "ec2",
}
"""Module of the AWS provider to the IAM prefix of its service, where they differ."""
BESIDE = {"backup-storage"}
"""What a service asks for in another's name: CreateBackupVault needs backup-storage:MountCapsule (AWS Backup Developer
Guide, "Backup vault creation and deletion")."""


def test_the_boundary_allows_no_service_that_nothing_uses() -> None:
    """Used are the services of resources, of what roles are granted, and of what the pipeline asks before a change."""
    plan = planned(Settings.from_file("prod"))
    modules = {one.type.split(":")[1].partition("/")[0] for one in plan.found if one.type.startswith("aws:")}
    managed = json.loads(aws_managed_policies_data)
    attached = {one.inputs["policyArn"].rpartition("/")[2] for one in plan.of("RolePolicyAttachment")}
    documents = [
        *(json.loads(one.inputs["policy"]) for one in plan.of("RolePolicy")),
        *(json.loads(one.inputs["policy"]) for one in plan.of("Policy") if one.name != "boundary"),
        *(managed[name]["Document"] for name in attached if name in managed),
    ]
    granted = {
        action.partition(":")[0]
        for document in documents
        for statement in document["Statement"]
        for action in [statement["Action"]] * isinstance(statement["Action"], str) or statement["Action"]
    }
    asked = {action.partition(":")[0] for action in ACTIONS.values()}
    used = {OF_MODULES.get(one, one) for one in modules} | granted | asked | BESIDE
    assert {one.partition(":")[0] for one in (*REGIONAL_SERVICES, *GLOBAL_SERVICES)} - used == set()
