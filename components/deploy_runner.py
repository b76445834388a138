"""A way to a private API server: jobs of GitHub Actions that run in the VPC, on machines of AWS CodeBuild."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _documents as documents
from components._component import Component
from components.ci_identity import DEPLOY_HOURS
from components.versions import RUNNER_IMAGE

SERVICE = "codebuild.amazonaws.com"
HTTPS = 443
LOG_DAYS, MINUTES, AT_ONCE, COMPUTE_TYPE = 365, DEPLOY_HOURS * 60, 2, "BUILD_GENERAL1_MEDIUM"
BUILDSPEC = json.dumps(
    {
        "version": 0.2,
        "phases": {"build": {"commands": ["echo 'this project serves jobs of GitHub Actions only'", "exit 1"]}},
    }
)
"""What a build does that no job of GitHub Actions started; CodeBuild ignores it for a job.

CodeBuild User Guide, "Tutorial: Configure a CodeBuild-hosted GitHub Actions runner",
https://docs.aws.amazon.com/codebuild/latest/userguide/action-runner.html
"""


class DeployRunnerArgs(TypedDict):
    """Inputs of DeployRunner."""

    repository: str
    """GitHub repository, `organisation/name`."""
    connection_arn: pulumi.Input[str]
    """Connection of AWS CodeConnections to GitHub, with status AVAILABLE. A job can use it as the project does: have
    one for this repository alone."""
    workflows: Sequence[str]
    """Names of the workflows whose jobs it runs, one or more, as GitHub shows them."""
    vpc_id: pulumi.Input[str]
    """VPC of the subnets."""
    subnet_ids: pulumi.Input[Sequence[str]]
    """Private subnets with a route to a NAT gateway: GitHub has no VPC endpoint."""
    cluster_security_group_id: pulumi.Input[str]
    """Security group of the cluster's API server, which gets a rule that allows ingress from the runner."""
    kms_key_arn: pulumi.Input[str]
    """Key of the logs; needs the service `logs`."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    compute_type: NotRequired[str]
    """CodeBuild compute type of a job. Default `BUILD_GENERAL1_MEDIUM`: 4 vCPUs, 8 GiB."""
    privileged: NotRequired[bool]
    """Let jobs run Docker, to build images; a job is then root on its machine. Default false."""
    timeout_minutes: NotRequired[int]
    """Minutes after which a job is ended, 5 to 2160. Default 240, the longest session of a deploy role."""
    concurrent_jobs: NotRequired[int]
    """Jobs at the same time, 1 or more; CodeBuild does not start more, and GitHub waits for them in vain. Default 2."""
    log_days: NotRequired[int]
    """Days that CloudWatch Logs keeps the logs. Default 365."""


class DeployRunner(Component):
    """A CodeBuild project that runs jobs of one GitHub repository in private subnets, where they reach the API server.

    A job gets the project's role, which cannot deploy: it writes its logs, creates its network interface and uses the
    connection. A job that deploys assumes the deploy role of CiIdentity with its own token of GitHub, which only jobs
    of the right GitHub environment can.
    """

    project_name: pulumi.Output[str]
    """Name of the CodeBuild project."""
    project_arn: pulumi.Output[str]
    """ARN of the CodeBuild project."""
    label: pulumi.Output[str]
    """Beginning of the label in `runs-on` of a job; `-${{ github.run_id }}-${{ github.run_attempt }}` follows."""
    role_arn: pulumi.Output[str]
    """Role of the project."""
    security_group_id: pulumi.Output[str]
    """Security group of the jobs."""
    log_group_name: pulumi.Output[str]
    """Log group of the jobs."""

    def __init__(self, name: str, args: DeployRunnerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        self._validate(args)
        project_name = self._physical_name()
        logs = aws.cloudwatch.LogGroup(
            name,
            name=f"/aws/codebuild/{project_name}",
            kms_key_id=args["kms_key_arn"],
            retention_in_days=int(args.get("log_days", LOG_DAYS)),
            tags=self._tags,
            opts=self._child(),
        )
        group, way_out = self._group(args)
        role = self._role(name, self._caller().apply(lambda caller: runner_trust(caller, project_name)))
        rights = aws.iam.RolePolicy(
            name,
            role=role.name,
            policy=pulumi.Output.all(
                self._caller(), logs.arn, args["connection_arn"], pulumi.Output.from_input(args["subnet_ids"])
            ).apply(lambda values: documents.render(runner_rights(*values))),
            opts=self._child(),
        )
        project = aws.codebuild.Project(
            name,
            name=project_name,
            description=f"Jobs of GitHub Actions of {args['repository']}",
            service_role=role.arn,
            source={
                "type": "GITHUB",
                "location": f"https://github.com/{args['repository']}.git",
                "git_clone_depth": 1,
                "buildspec": BUILDSPEC,
                "auth": {"type": "CODECONNECTIONS", "resource": args["connection_arn"]},
            },
            environment={
                "type": "LINUX_CONTAINER",
                "compute_type": args.get("compute_type", COMPUTE_TYPE),
                "image": RUNNER_IMAGE,
                "image_pull_credentials_type": "CODEBUILD",
                "privileged_mode": args.get("privileged", False),
            },
            vpc_config={
                "vpc_id": args["vpc_id"],
                "subnets": args["subnet_ids"],
                "security_group_ids": [group.id],
            },
            artifacts={"type": "NO_ARTIFACTS"},
            cache={"type": "NO_CACHE"},
            # The project has no artifacts and no cache; CodeBuild would encrypt both with this key.
            encryption_key=args["kms_key_arn"],
            logs_config={"cloudwatch_logs": {"status": "ENABLED", "group_name": logs.name}},
            build_timeout=int(args.get("timeout_minutes", MINUTES)),
            concurrent_build_limit=int(args.get("concurrent_jobs", AT_ONCE)),
            tags=self._tags,
            # CodeBuild looks at the security groups as the role, when the project is created.
            opts=self._child([rights, way_out]),
        )
        aws.codebuild.Webhook(
            name,
            project_name=project.name,
            build_type="BUILD",
            filter_groups=[{"filters": job_filters(args["workflows"])}],
            opts=self._child(),
        )
        self._finish(
            project_name=project.name,
            project_arn=project.arn,
            label=pulumi.Output.concat("codebuild-", project.name),
            role_arn=role.arn,
            security_group_id=group.id,
            log_group_name=logs.name,
        )

    def _group(self, args: DeployRunnerArgs) -> "tuple[aws.ec2.SecurityGroup, pulumi.Resource]":
        """The jobs' security group and its rule for egress; the group of the API server allows ingress from it."""
        name = self._name
        group = aws.ec2.SecurityGroup(
            name,
            description="Jobs of GitHub Actions: HTTPS out, nothing in",
            vpc_id=args["vpc_id"],
            tags={**self._tags, "Name": name},
            opts=self._child(),
        )
        way_out = aws.vpc.SecurityGroupEgressRule(
            name,
            security_group_id=group.id,
            description="GitHub, AWS services, packages and the API server",
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            cidr_ipv4="0.0.0.0/0",
            tags=self._tags,
            opts=self._child(),
        )
        aws.vpc.SecurityGroupIngressRule(
            name,
            security_group_id=args["cluster_security_group_id"],
            referenced_security_group_id=group.id,
            description="API server, from jobs of GitHub Actions",
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            tags=self._tags,
            opts=self._child(),
        )
        return group, way_out

    def _validate(self, args: DeployRunnerArgs) -> None:
        label, repository = f"DeployRunner {self._name!r}", args["repository"]
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
            raise ValueError(f"{label}: repository = {repository!r}; allowed: `organisation/name`")
        if not args["workflows"]:
            raise ValueError(f"{label}: workflows = []; allowed: one name or more, or every job would run on it")
        arn = args["connection_arn"]
        if isinstance(arn, str) and not re.fullmatch(r"arn:aws[\w-]*:codeconnections:[^:*]+:\d+:connection/[^*]+", arn):
            raise ValueError(f"{label}: connection_arn = {arn!r}; allowed: the ARN of one codeconnections connection")
        for key, least, most in (("timeout_minutes", 5, 2160), ("concurrent_jobs", 1, None)):
            value = int(args.get(key, least))
            if value < least or (most and value > most):
                allowed = f"{least} to {most}" if most else f"{least} or more"
                raise ValueError(f"{label}: {key} = {value}; allowed: {allowed}")


def project_arn(caller: Mapping[str, str], project: str) -> str:
    """ARN of a CodeBuild project by its name."""
    return f"arn:{caller['partition']}:codebuild:{caller['region']}:{caller['account']}:project/{project}"


def runner_trust(caller: Mapping[str, str], project: str) -> documents.Statement:
    """Let CodeBuild assume the role for one project.

    CodeBuild User Guide, "Allow CodeBuild to interact with other AWS services",
    https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html
    """
    statement = documents.trust(SERVICE, caller["account"])
    statement["Condition"]["StringEquals"] |= {"aws:SourceArn": project_arn(caller, project)}
    return statement


def runner_rights(
    caller: Mapping[str, str], log_group_arn: str, connection_arn: str, subnet_ids: Sequence[str]
) -> list[documents.Statement]:
    """What CodeBuild needs to run jobs in a VPC, and nothing else.

    CodeBuild User Guide, "Allow CodeBuild access to AWS services required to create a VPC network interface" and
    "GitHub App connections for GitHub and GitHub Enterprise Server",
    https://docs.aws.amazon.com/codebuild/latest/userguide/auth-and-access-control-iam-identity-based-access-control.html
    and https://docs.aws.amazon.com/codebuild/latest/userguide/connections-github-app.html.
    """
    ec2 = f"arn:{caller['partition']}:ec2:{caller['region']}:{caller['account']}"
    subnets = [f"{ec2}:subnet/{subnet}" for subnet in subnet_ids]
    return [
        documents.allow(["logs:CreateLogStream", "logs:PutLogEvents"], f"{log_group_arn}:*"),
        documents.allow(["codeconnections:GetConnection", "codeconnections:GetConnectionToken"], connection_arn),
        # CodeBuild makes the interface from an account of its own, so neither ARNs nor conditions limit these:
        # aws/aws-cdk, pull request 34572.
        documents.allow(
            [
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
            "*",
        ),
        documents.allow(
            ["ec2:CreateNetworkInterfacePermission"],
            f"{ec2}:network-interface/*",
            StringEquals={"ec2:AuthorizedService": SERVICE, "ec2:Subnet": subnets},
        ),
    ]


def job_filters(workflows: Sequence[str]) -> list[Any]:
    """Which events of the repository start a build: queued jobs of these workflows.

    CodeBuild matches nothing else of such an event, neither a branch nor a GitHub environment: CodeBuild API Reference,
    WebhookFilter, https://docs.aws.amazon.com/codebuild/latest/APIReference/API_WebhookFilter.html.
    """
    names = "|".join(re.escape(name) for name in workflows)
    return [
        {"type": "EVENT", "pattern": "WORKFLOW_JOB_QUEUED"},
        {"type": "WORKFLOW_NAME", "pattern": f"^({names})$"},
    ]
