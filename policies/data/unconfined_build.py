"""BLD-01: a build runs in the network, without root on its machine, leaves logs and carries no secrets."""

from collections.abc import Mapping

from policies._controls import nist
from policies._rule import Point, Rule
from policies._verdict import PASS, Verdict, at, fail, require, require_if_set, unknown, worst
from policies._view import ABSENT, Resource, Stack
from policies.profiles import Severity
from policies.secrets._names import holds_text, names_a_secret

_VARIABLES = "environment.environmentVariables"


def _check(project: Resource, stack: Stack) -> Verdict:
    return worst(
        [
            require(project, "vpcConfig.subnets", lambda subnets: len(subnets) > 0, "at least one subnet"),
            require_if_set(project, "environment.privilegedMode", lambda root: root is False, "false"),
            require(project, "logsConfig.cloudwatchLogs.groupName", lambda name: bool(name), "the name of a log group"),
            _variables(project),
        ]
    )


def _variables(project: Resource) -> Verdict:
    found = project.get(_VARIABLES)
    if found is ABSENT:
        return PASS
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        return unknown(at(project, _VARIABLES))
    plain = [one for one in found if one.get("type", "PLAINTEXT") == "PLAINTEXT"]
    looking = sum(names_a_secret(str(one.get("name"))) and holds_text(one.get("value")) for one in plain)
    return fail(f"{at(project, _VARIABLES)} has {looking} that look like secrets", _VARIABLES) if looking else PASS


RULE = Rule(
    id="BLD-01",
    name="unconfined-build",
    title="A build of CodeBuild runs in subnets of the VPC, without root on its machine, logs, and has no secrets in "
    "variables.",
    why="A build runs what a commit says. In privileged mode that is root on the machine, outside the VPC it leaves "
    "past every endpoint policy, and variables are readable to everyone who may describe the project.",
    instead="Set `vpcConfig` and the log group, leave `privilegedMode` out, and name secrets by `SECRETS_MANAGER`. A "
    "project that builds images with Docker needs privileged mode: exempt it, and give its role nothing else.",
    severity=Severity.MEDIUM,
    types=("aws:codebuild/project:Project",),
    controls=nist("SC-7", "IA-5(7)"),
    check=_check,
    good="""
group = aws.cloudwatch.LogGroup(
    "runner", kms_key_id="arn:aws:kms:eu-central-1:111122223333:key/logs", retention_in_days=365
)
aws.codebuild.Project(
    "runner",
    service_role="arn:aws:iam::111122223333:role/runner",
    source={"type": "GITHUB", "location": "https://github.com/org/ml.git"},
    artifacts={"type": "NO_ARTIFACTS"},
    environment={
        "type": "LINUX_CONTAINER",
        "compute_type": "BUILD_GENERAL1_SMALL",
        "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
        "environment_variables": [{"name": "API_TOKEN", "type": "SECRETS_MANAGER", "value": "ci/token"}],
    },
    vpc_config={"vpc_id": "vpc-1", "subnets": ["subnet-1"], "security_group_ids": ["sg-1"]},
    logs_config={"cloudwatch_logs": {"group_name": group.name}},
    encryption_key="arn:aws:kms:eu-central-1:111122223333:key/logs",
)
""",
    bad="""
aws.codebuild.Project(
    "runner",
    service_role="arn:aws:iam::111122223333:role/runner",
    source={"type": "GITHUB", "location": "https://github.com/org/ml.git"},
    artifacts={"type": "NO_ARTIFACTS"},
    environment={
        "type": "LINUX_CONTAINER",
        "compute_type": "BUILD_GENERAL1_SMALL",
        "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
        "privileged_mode": True,
    },
)
""",
    absent={Point.LIVE: "the audit of accounts does not read CodeBuild"},
)
