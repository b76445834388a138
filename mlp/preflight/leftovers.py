"""What a destroyed environment has left in the account, and what a new one would stumble over."""

from collections.abc import Iterator

from mlp.leftovers import log_group, written_again
from mlp.preflight.account import Account, Finding
from stacks._fields import Layer
from stacks.stages import Stage, stages

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
NAMED = 5
"""How many leftovers a finding names."""


def log_groups(account: Account) -> Iterator[Finding]:
    """No log group has a name that `mlp up` creates one with: AWS services write a group again that is deleted."""
    for name in planned_log_groups(account):
        found = account.list("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=name)
        same = [one for one in found if one["logGroupName"] == name]
        if same and account.lacks(LOG_GROUP, name):
            again = written_again(same[0], account.settings)
            yield Finding(
                f"the log group {name} exists, and no stack of {account.settings.environment} made it",
                "EKS made it again after its cluster was deleted; `mlp up` deletes it"
                if again
                else "CloudWatch Logs refuses a second one (ResourceAlreadyExistsException)",
                f"aws logs delete-log-group --region {account.settings.region} --log-group-name {name}",
                blocks=not again,
            )


def planned_log_groups(account: Account) -> list[str]:
    """Names of the log groups that this stack creates and AWS services write to."""
    settings = account.settings
    foundation, platform, models = (settings.prefix(layer) for layer in Layer)
    own = stages(settings)
    names = (
        (Stage.FOUNDATION, settings.audit, f"/aws/cloudtrail/{foundation}-audit"),
        (Stage.FOUNDATION, settings.network, f"/aws/vpc/{foundation}-network"),
        (Stage.CLUSTER, settings.cluster, log_group(settings)),
        (Stage.CLUSTER, settings.runner, f"/aws/codebuild/{platform}-runner"),
        (Stage.STORES, settings.database, f"/aws/rds/instance/{platform}-database/postgresql"),
        (Stage.STORES, settings.database, f"/aws/rds/instance/{platform}-database/upgrade"),
        (Stage.STORES, settings.features, f"/aws/elasticache/{platform}-features-engine-log"),
        (Stage.STORES, settings.features, f"/aws/elasticache/{platform}-features-slow-log"),
        (Stage.MODELS, settings.capture, f"/aws/kinesisfirehose/{models}-capture"),
        (Stage.MODELS, settings.batch, f"/aws/batch/{models}-batch"),
    )
    return [name for stage, section, name in names if section and stage in own]


def leftovers(account: Account) -> Iterator[Finding]:
    """An environment that has no stack has no resources either."""
    if account.resources:
        return
    environment = account.settings.environment.value
    tags = [{"Key": "environment", "Values": [environment]}, {"Key": "managed-by", "Values": ["pulumi"]}]
    found = account.list("resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList", TagFilters=tags)
    if arns := sorted(one["ResourceARN"] for one in found):
        more = f" and {len(arns) - NAMED} more" if len(arns) > NAMED else ""
        yield Finding(
            f"no stack of {environment} exists, but resources with its tags do: {', '.join(arns[:NAMED])}{more}",
            "they are charged, and `mlp up` creates others beside them",
            f"aws resourcegroupstaggingapi get-resources --region {account.settings.region} --tag-filters "
            f"Key=environment,Values={environment} lists them; delete those that are not needed",
            blocks=False,
        )
