"""An account after `mlp down`: what AWS services wrote afterwards, and a key that was not deleted."""

from tests.accounts.new import new
from tests.accounts.world import World

LOG_GROUP = "/aws/eks/ml-platform-dev-cluster/cluster"


def leftover(world: World) -> str:
    """Make it, and sign in as the operator; the ARN of the key that is left."""
    new(world)
    world.bootstrap()
    world.write_state()
    world.role("ml-scientist")
    operator = world.role("ml-operator")
    world.role("AWSServiceRoleForEC2Spot", "/aws-service-role/spot.amazonaws.com/")
    # EKS delivers logs for some minutes after the cluster is gone, and creates the group anew.
    world.client("logs").create_log_group(logGroupName=LOG_GROUP)
    world.client("logs").create_log_group(logGroupName=f"{LOG_GROUP}-of-another-team")
    tags = [{"TagKey": "environment", "TagValue": "dev"}, {"TagKey": "managed-by", "TagValue": "pulumi"}]
    key = world.client("kms").create_key(Tags=tags)["KeyMetadata"]["Arn"]
    world.assume(operator)
    return key
