import json
import re
from collections import Counter
from typing import Any

import pytest

from access import Policies, Principal, Request, decide, read
from components import DeployRunner
from components._documents import render
from components.deploy_runner import job_filters, runner_rights, runner_trust
from components.versions import RUNNER_IMAGE
from tests.components import iam
from tests.components.conftest import ACCOUNT, ALL_TAGS, REGION, TAGS, Recorder, Run
from tests.components.pipeline_samples import CONNECTION

CALLER = {"account": ACCOUNT, "region": REGION, "partition": "aws"}
PROJECT = f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/ml-platform-dev-runner"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/codebuild/ml-platform-dev-runner"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/a"
SUBNET = f"arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/subnet-a"
INTERFACE = f"arn:aws:ec2:{REGION}:{ACCOUNT}:network-interface/eni-1"
FOR_CODEBUILD = {"ec2:AuthorizedService": "codebuild.amazonaws.com", "ec2:Subnet": SUBNET}


def runner(**more: Any) -> DeployRunner:
    args: dict[str, Any] = {
        "repository": "org/ml",
        "connection_arn": CONNECTION,
        "workflows": ["Deploy"],
        "vpc_id": "vpc-1",
        "subnet_ids": ["subnet-a", "subnet-b"],
        "cluster_security_group_id": "sg-cluster",
        "kms_key_arn": KEY,
        "tags": TAGS,
        **more,
    }
    return DeployRunner("runner", args)  # pyright: ignore[reportArgumentType]


def test_it_makes_one_project_with_its_network_logs_and_role(recorder: Recorder, run: Run) -> None:
    outputs = run(runner)
    assert recorder.kinds() == Counter(
        [
            "DeployRunner",
            "LogGroup",
            "Project",
            "Role",
            "RolePolicy",
            "SecurityGroup",
            "SecurityGroupEgressRule",
            "SecurityGroupIngressRule",
            "Webhook",
        ]
    )
    assert outputs["project_name"] == "ml-platform-dev-runner"
    assert outputs["label"] == "codebuild-ml-platform-dev-runner"
    assert outputs["log_group_name"] == "/aws/codebuild/ml-platform-dev-runner"
    assert {"RolePolicy runner", "SecurityGroupEgressRule runner"} <= recorder.one("Project", "runner").depends


def test_a_job_runs_in_the_subnets_without_docker_and_writes_encrypted_logs(recorder: Recorder, run: Run) -> None:
    run(runner)
    made = recorder.inputs("Project", "runner")
    assert made["tags"] == {**ALL_TAGS, "component": "runner"}
    assert made["vpcConfig"] == {
        "vpcId": "vpc-1",
        "subnets": ["subnet-a", "subnet-b"],
        "securityGroupIds": ["runner-0000000"],
    }
    assert made["environment"]["privilegedMode"] is False
    assert made["environment"]["image"] == RUNNER_IMAGE
    assert made["environment"].get("environmentVariables") is None
    assert made["source"]["auth"] == {"type": "CODECONNECTIONS", "resource": CONNECTION}
    assert made["source"]["location"] == "https://github.com/org/ml.git"
    assert (made["artifacts"], made["cache"]) == ({"type": "NO_ARTIFACTS"}, {"type": "NO_CACHE"})
    assert (made["encryptionKey"], made["buildTimeout"], made["concurrentBuildLimit"]) == (KEY, 240, 2)
    assert made["logsConfig"]["cloudwatchLogs"]["groupName"] == "/aws/codebuild/ml-platform-dev-runner"
    logs = recorder.inputs("LogGroup", "runner")
    assert (logs["kmsKeyId"], logs["retentionInDays"]) == (KEY, 365)


def test_a_build_that_no_job_started_does_nothing(recorder: Recorder, run: Run) -> None:
    run(runner)
    buildspec = json.loads(recorder.inputs("Project", "runner")["source"]["buildspec"])
    assert buildspec["phases"].keys() == {"build"}
    assert buildspec["phases"]["build"]["commands"][-1] == "exit 1"


def test_jobs_that_build_images_are_asked_for(recorder: Recorder, run: Run) -> None:
    run(lambda: runner(privileged=True, timeout_minutes=60, concurrent_jobs=1, compute_type="BUILD_GENERAL1_LARGE"))
    made = recorder.inputs("Project", "runner")
    assert (made["environment"]["privilegedMode"], made["environment"]["computeType"]) == (True, "BUILD_GENERAL1_LARGE")
    assert (made["buildTimeout"], made["concurrentBuildLimit"]) == (60, 1)


def test_jobs_send_https_only_and_the_api_server_lets_them_in(recorder: Recorder, run: Run) -> None:
    run(runner)
    out, into = (recorder.inputs(f"SecurityGroup{way}Rule", "runner") for way in ("Egress", "Ingress"))
    ports = ("ipProtocol", "fromPort", "toPort")
    assert [out[key] for key in ports] == [into[key] for key in ports] == ["tcp", 443, 443]
    assert into["securityGroupId"] == "sg-cluster"
    assert into["referencedSecurityGroupId"] == out["securityGroupId"]
    assert "cidrIpv4" not in into


@pytest.mark.parametrize(
    ("action", "resource", "context", "answer"),
    [
        ("logs:PutLogEvents", f"{GROUP}:log-stream:one", {}, "Allow"),
        ("logs:PutLogEvents", f"{GROUP}-2:log-stream:one", {}, "no"),
        ("logs:CreateLogGroup", GROUP, {}, "no"),
        ("codeconnections:GetConnectionToken", CONNECTION, {}, "Allow"),
        ("codeconnections:GetConnectionToken", CONNECTION.replace("1", "2"), {}, "no"),
        ("ec2:CreateNetworkInterface", SUBNET, {}, "Allow"),
        ("ec2:CreateNetworkInterfacePermission", INTERFACE, FOR_CODEBUILD, "Allow"),
        (
            "ec2:CreateNetworkInterfacePermission",
            INTERFACE,
            {**FOR_CODEBUILD, "ec2:AuthorizedService": "lambda.amazonaws.com"},
            "no",
        ),
        ("ec2:CreateNetworkInterfacePermission", INTERFACE, {**FOR_CODEBUILD, "ec2:Subnet": f"{SUBNET}c"}, "no"),
        ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/ci-deploy", {}, "no"),
        ("eks:DescribeCluster", f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/c", {}, "no"),
        ("kms:Decrypt", KEY, {}, "no"),
        ("s3:GetObject", "arn:aws:s3:::state/one", {}, "no"),
    ],
)
def test_a_job_gets_no_rights_to_deploy(action: str, resource: str, context: dict[str, Any], answer: str) -> None:
    rights = runner_rights(CALLER, GROUP, CONNECTION, ["subnet-a", "subnet-b"])
    assert iam.decide(rights, action, resource, context=context) == answer


@pytest.mark.parametrize(
    ("service", "source", "account", "allowed"),
    [
        ("codebuild.amazonaws.com", PROJECT, ACCOUNT, True),
        ("codebuild.amazonaws.com", f"{PROJECT}-2", ACCOUNT, False),
        ("codebuild.amazonaws.com", PROJECT, "999999999999", False),
        ("ec2.amazonaws.com", PROJECT, ACCOUNT, False),
    ],
)
def test_codebuild_assumes_the_role_for_this_project_only(
    service: str, source: str, account: str, allowed: bool
) -> None:
    policy = read("trust", render([runner_trust(CALLER, "ml-platform-dev-runner")]))
    context = {"aws:SourceArn": source, "aws:SourceAccount": account}
    request = Request(Principal.service(service), "sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/runner", context)
    assert decide(request, Policies(resource=policy)).allowed is allowed


@pytest.mark.parametrize(
    ("workflow", "runs"), [("Deploy", True), ("Plan (prod)", True), ("Deploy it", False), ("CI", False)]
)
def test_jobs_of_the_named_workflows_run(workflow: str, runs: bool) -> None:
    found = {one["type"]: one["pattern"] for one in job_filters(["Deploy", "Plan (prod)"])}
    assert found["EVENT"] == "WORKFLOW_JOB_QUEUED"
    assert bool(re.search(found["WORKFLOW_NAME"], workflow)) is runs


def test_the_webhook_is_of_the_one_repository(recorder: Recorder, run: Run) -> None:
    run(runner)
    made = recorder.inputs("Webhook", "runner")
    assert made["projectName"] == "ml-platform-dev-runner"
    assert made["filterGroups"] == [{"filters": job_filters(["Deploy"])}]
    assert "scopeConfiguration" not in made  # which would be an organisation's, or everybody's


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ({"repository": "ml"}, r"repository = 'ml'; allowed: `organisation/name`"),
        ({"workflows": []}, r"workflows = \[\]; allowed: one name or more"),
        ({"connection_arn": f"{CONNECTION[:-1]}*"}, r"connection_arn = .*; allowed: the ARN of one codeconnections"),
        ({"timeout_minutes": 4}, r"timeout_minutes = 4; allowed: 5 to 2160"),
        ({"concurrent_jobs": 0}, r"concurrent_jobs = 0; allowed: 1 or more"),
    ],
)
def test_wrong_arguments_are_refused(run: Run, args: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=rf"DeployRunner 'runner': {told}"):
        run(lambda: runner(**args))
