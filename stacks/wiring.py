"""What every wiring function is given: settings, the one provider, and what follows from them for each component."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s
from pydantic.alias_generators import to_camel

from stacks._fields import ROLE_PATH
from stacks.images import full_name
from stacks.models_settings import Trigger
from stacks.settings import Settings
from stacks.stages import Stage

PROTECTED = frozenset(
    {
        "aws:athena/workgroup:Workgroup",
        "aws:backup/vault:Vault",
        "aws:cloudfront/distribution:Distribution",
        "aws:cloudtrail/trail:Trail",
        "aws:cloudwatch/eventArchive:EventArchive",
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:dynamodb/table:Table",
        "aws:ec2/eip:Eip",
        "aws:ec2/vpc:Vpc",
        "aws:ecr/repository:Repository",
        "aws:eks/cluster:Cluster",
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "aws:glue/catalogDatabase:CatalogDatabase",
        "aws:guardduty/detector:Detector",
        "aws:kms/key:Key",
        "aws:rds/instance:Instance",
        "aws:s3/bucket:Bucket",
        "aws:secretsmanager/secret:Secret",
    }
)
"""Types that Pulumi refuses to delete or replace where the settings protect an environment.

They hold data, or they cannot be made again as they were: a VPC and a cluster have everything else in them, others know
the host name of a distribution and the address of an Elastic IP, and a detector's findings go with it.
"""


def protected(asked: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """Protect a resource of one of the types PROTECTED; everything else can change with its settings."""
    if asked.type_ not in PROTECTED:
        return None
    opts = pulumi.ResourceOptions.merge(asked.opts, pulumi.ResourceOptions(protect=True))
    return pulumi.ResourceTransformationResult(asked.props, opts)


class Wiring:
    """The settings of a stack, and the options of its components.

    Attributes:
        settings: The settings.
        admission: Manifests of the policies that the cluster's API server enforces.
        until: The last stage that is made.
        opts: Options of what a pipeline may make.
        administrators: Options of the pipeline's own roles and boundary, which it may not change.
    """

    def __init__(
        self, settings: Settings, admission: Sequence[Mapping[str, Any]] = (), until: Stage = Stage.MODELS
    ) -> None:
        """Make the provider, which refuses any other account."""
        self.settings, self.admission, self.until = settings, admission, until
        self._cluster: k8s.Provider | None = None
        provider = aws.Provider("aws", region=settings.region, allowed_account_ids=[settings.account])
        protection = [protected] if settings.protected else []
        self.opts = self.administrators = pulumi.ResourceOptions(providers=[provider], transformations=protection)
        self.force_destroy = not settings.protected

    def bind(self, boundary: pulumi.Input[str]) -> None:
        """Have the roles and policies of all components from now on lie where a pipeline may make them.

        The deploy role of CiIdentity can make a role only with its boundary, and roles and policies only below its
        path. Components know nothing of that: it is true of the environment, so it is added to what they ask for.
        """

        def bound(asked: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
            if asked.type_ not in ("aws:iam/role:Role", "aws:iam/policy:Policy"):
                return None
            more = {"path": ROLE_PATH, **({"permissions_boundary": boundary} if asked.type_.endswith("Role") else {})}
            return pulumi.ResourceTransformationResult({**asked.props, **more}, asked.opts)

        self.opts = pulumi.ResourceOptions.merge(self.opts, pulumi.ResourceOptions(transformations=[bound]))

    def in_cluster(self, kubeconfig: pulumi.Input[str]) -> pulumi.ResourceOptions:
        """Options of components that also make something in the cluster; a stack has one provider for it."""
        self._cluster = self._cluster or k8s.Provider(
            # A ConfigMap that changes would be replaced, and with it every release that depends on it.
            "kubernetes",
            kubeconfig=kubeconfig,
            enable_config_map_mutable=True,
        )
        return pulumi.ResourceOptions.merge(self.opts, pulumi.ResourceOptions(providers=[self._cluster]))

    def image(self, given: str) -> str:
        """An image as a setting gives it, with the host of its registry."""
        return full_name(self.settings, given)

    @property
    def triggers(self) -> list[Trigger]:
        """What starts a retraining."""
        return list(self.settings.retraining.triggers.values()) if self.settings.retraining else []

    def zoned(self, subnets: pulumi.Output[Sequence[str]]) -> list[pulumi.Output[str]]:
        """Subnets one by one, as many as there are zones, where their number must be known."""
        zones = self.settings.network.zones if self.settings.network else ()
        return [subnets[number] for number in range(len(zones))]

    def tags(self, data_class: str) -> dict[str, str]:
        """The mandatory tags of what holds data of `data_class`."""
        return {
            "environment": self.settings.environment.value,
            "owner": self.settings.owner,
            "cost-centre": self.settings.cost_centre,
            "data-class": data_class,
        }


@dataclass(frozen=True, kw_only=True)
class Exports:
    """What one layer gives to those that build on it; each field is an output of the stack, in camelCase."""

    @classmethod
    def read(cls, stack: str) -> Self:
        """The layer as another stack has exported it.

        Args:
            stack: Full name of the stack, `organization/ml-platform/<stack>` where the backend has no organizations.

        A part that the environment does not have is an output of None.
        """
        reference = pulumi.StackReference(stack)
        return cls(**{one.name: reference.get_output(to_camel(one.name)) for one in fields(cls)})

    def publish(self) -> None:
        """Export every part that is there."""
        for one in fields(self):
            if (value := getattr(self, one.name)) is not None:
                pulumi.export(to_camel(one.name), value)
