"""The plan of each environment with the settings that are shipped for it, with everything known."""

from functools import cache
from typing import Any

import pulumi

from access.reach import Plan
from mlp import access
from policies._decode import resources_of
from policies._view import Resource
from stacks.layers import build
from stacks.settings import Settings
from tests.components.conftest import ARNS
from tests.policies.examples import Emulation, listening

SHAPES = {
    "aws:backup/vault:Vault": "backup:{region}:{account}:backup-vault:{name}",
    "aws:cloudfront/distribution:Distribution": "cloudfront::{account}:distribution/{name}",
    "aws:cloudwatch/eventArchive:EventArchive": "events:{region}:{account}:archive/{name}",
    "aws:cloudwatch/eventRule:EventRule": "events:{region}:{account}:rule/{rule}",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "iam::{account}:oidc-provider/{issuer}",
    "aws:athena/workgroup:Workgroup": "athena:{region}:{account}:workgroup/{name}",
    "aws:dynamodb/table:Table": "dynamodb:{region}:{account}:table/{name}",
    "aws:ecr/repository:Repository": "ecr:{region}:{account}:repository/{name}",
    "aws:eks/cluster:Cluster": "eks:{region}:{account}:cluster/{name}",
    "aws:elasticache/replicationGroup:ReplicationGroup": "elasticache:{region}:{account}:replicationgroup:{name}",
    "aws:rds/instance:Instance": "rds:{region}:{account}:db:{name}",
    "aws:s3/bucket:Bucket": "s3:::{name}",
    "aws:secretsmanager/secret:Secret": "secretsmanager:{region}:{account}:secret:{name}-AbCdEf",
    "aws:ssm/parameter:Parameter": "ssm:{region}:{account}:parameter/{name}",
}
"""Type to the ARN of its resources, as the Service Authorization Reference has it."""


class Account(Emulation):
    """The account of the settings, whose resources have ARNs of their services."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(preview=False)
        self._here = {"account": settings.account, "region": settings.region}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        physical, made = super().new_resource(args)
        if args.typ in SHAPES:
            bus = args.inputs.get("eventBusName", "default")
            rule = physical if bus == "default" else f"{bus}/{physical}"
            issuer = str(args.inputs.get("url")).removeprefix("https://")
            shape = SHAPES[args.typ].format(**self._here, name=physical.lstrip("/"), rule=rule, issuer=issuer)
            made["arn"] = f"arn:aws:{shape}"
        elif args.typ.rpartition(":")[2] in ARNS:
            made["arn"] = made["arn"].replace("123456789012", self._here["account"])
        for secret in made["masterUserSecrets"]:
            secret["secretArn"] = secret["secretArn"].replace("123456789012", self._here["account"])
        if args.typ == "aws:s3/bucket:Bucket":
            made["bucketRegionalDomainName"] = f"{physical}.s3.{self._here['region']}.amazonaws.com"
        if args.typ in ("aws:iam/role:Role", "aws:iam/policy:Policy"):
            path = args.inputs.get("path", "/")
            made["arn"] = made["arn"].replace(f"/{physical}", f"{path}{physical}")
        return physical, made

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        answer, failures = super().call(args)
        return {**answer, "accountId": self._here["account"]}, failures


@cache
def heard(environment: str, preview: bool = False, without: tuple[str, ...] = ()) -> tuple[Resource, ...]:
    """The resources of an environment, as the engine hears of them: after an update, or at its first preview.

    Args:
        environment: Name of the environment.
        preview: Whether it is the first preview.
        without: Sections of the settings that are left out.
    """
    settings = Settings.from_file(environment)
    if without:
        settings = settings.model_copy(update=dict.fromkeys(without))
    account = Emulation(preview) if preview else Account(settings)
    return resources_of(listening(lambda: build(settings), environment, preview, account))


@cache
def plan_of(environment: str, preview: bool = False) -> Plan:
    """The plan of an environment."""
    return access.plan_of(heard(environment, preview), access.managed_policies())


def state_of(environment: str) -> dict[str, Any]:
    """What `pulumi stack export` gives of an environment that is up."""
    entries = [
        {
            "urn": one.urn,
            "type": one.type,
            "custom": True,
            "id": one.properties.get("id", ""),
            "outputs": dict(one.properties),
        }
        for one in heard(environment)
    ]
    return {"version": 3, "deployment": {"resources": entries}}
