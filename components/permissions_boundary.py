"""The ceiling over what a pipeline deploys with, and over every role that it makes.

It belongs to the first layer, since AWS refuses a role whose boundary does not exist yet; and as nobody below it may
change it, administrators make it, with the pipeline's own roles, in the first deployment of an environment.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _boundary as ceiling
from components import _documents as documents
from components._component import PACKAGE, Component


class PermissionsBoundaryArgs(TypedDict):
    """Inputs of PermissionsBoundary."""

    regions: Sequence[str]
    """Regions that deployments may touch; global services such as CloudFront are excepted."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    services: NotRequired[Sequence[str]]
    """IAM prefixes of the services that deployments, and roles they make, may use. Default: the platform's."""
    role_path: NotRequired[str]
    """Path of the roles and policies that deployments may make, change and pass. Default `/ml-platform/`."""
    connection_arn: NotRequired[pulumi.Input[str]]
    """Connection to GitHub of a DeployRunner, which deployments may then make and change, in this Pulumi project alone.
    Default: there is no runner."""
    allow_teardown: NotRequired[bool]
    """Let deployments delete keys, trails and detectors, for environments that come and go. Default false."""


class PermissionsBoundary(Component):
    """A managed policy that no role below it exceeds; who has it as boundary can neither change it nor leave it."""

    arn: pulumi.Output[str]
    """ARN of the policy, the `permissions_boundary` of every role that a pipeline makes."""
    role_path: pulumi.Output[str]
    """Path that every role and policy that a pipeline makes must have."""

    def __init__(self, name: str, args: PermissionsBoundaryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        path, services = args.get("role_path", f"/{PACKAGE}/"), list(args.get("services", ceiling.REGIONAL_SERVICES))
        self._validate({**args, "role_path": path})
        projects = f"{pulumi.get_project()}-*"
        policy_name, regions, teardown = self._physical_name(), list(args["regions"]), args.get("allow_teardown", False)

        def document(caller: Mapping[str, str], connection: str | None) -> str:
            arn = f"arn:{caller['partition']}:iam::{caller['account']}:policy/{policy_name}"
            statements = ceiling.boundary(caller, arn, path, regions, services, teardown, projects, connection)
            if (size := ceiling.size(statements)) > ceiling.POLICY_LIMIT:
                limit = ceiling.POLICY_LIMIT
                raise ValueError(f"{self._label}: services need {size} characters of policy; allowed: {limit}")
            return documents.render(statements)

        policy = aws.iam.Policy(
            name,
            name=policy_name,
            description="Ceiling over the deploy role and the roles that it makes",
            policy=pulumi.Output.all(self._caller(), args.get("connection_arn")).apply(lambda given: document(*given)),
            tags=self._tags,
            opts=self._child(),
        )
        self._finish(arn=policy.arn, role_path=pulumi.Output.from_input(path))

    @property
    def _label(self) -> str:
        return f"PermissionsBoundary {self._name!r}"

    def _validate(self, args: Mapping[str, Any]) -> None:
        if not re.fullmatch(r"/([\w.-]+/)+", str(args["role_path"])):
            raise ValueError(
                f"{self._label}: role_path = {args['role_path']!r}; allowed: a path such as `/ml-platform/`"
            )
        for key, pattern in (("regions", r"[a-z]{2}(-[a-z]+)+-\d"), ("services", r"[a-z0-9-]+")):
            given = args.get(key)
            wrong = [one for one in given or [] if not re.fullmatch(pattern, one) or one in ceiling.FORBIDDEN_SERVICES]
            if wrong or given == []:
                raise ValueError(
                    f"{self._label}: {key} = {wrong}; allowed: at least one of AWS's {key} by name, "
                    f"without wildcards, none of {', '.join(ceiling.FORBIDDEN_SERVICES[1:])}"
                )
