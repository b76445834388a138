"""Starts the stopped databases and system nodes of an environment, before the engine changes or deletes it.

RDS refuses to modify a stopped database, and to lift its deletion protection is to modify it
(https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_StopInstance.html). Without system nodes, no controller
removes the finalizers of what is in the cluster, and no webhook answers.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3

from mlp.leftovers import cluster_exists
from mlp.places import SessionError
from stacks.settings import Settings

Say = Callable[[str], None]
SECONDS, TRIES = 15, 240
"""Pause between two looks at a database, and how often: an hour. "Starting a DB instance requires instance recovery and
can take from minutes to hours" (the guide above)."""
_ON_THE_WAY = ("starting", "stopped", "stopping")


def start(aws: boto3.Session, settings: Settings, say: Say, pause: Callable[[float], None] = time.sleep) -> None:
    """Start the databases and the system nodes of an environment that are stopped, and wait for them.

    Args:
        aws: A session of the environment's account.
        settings: Its settings.
        say: Called with a line for each thing that is started.
        pause: Waits for a number of seconds.

    Raises:
        SessionError: A database has not become available in time.
    """
    _databases(aws.client("rds"), settings, say, pause)
    if settings.cluster:
        _nodes(aws.client("eks"), settings, say)


def _is_ours(tags: Mapping[str, str], settings: Settings) -> bool:
    return tags.get("environment") == settings.environment and tags.get("managed-by") == "pulumi"


def _databases(rds: Any, settings: Settings, say: Say, pause: Callable[[float], None]) -> None:
    for page in rds.get_paginator("describe_db_instances").paginate():
        for one in page["DBInstances"]:
            tags = {tag["Key"]: tag["Value"] for tag in one.get("TagList", [])}
            if one["DBInstanceStatus"] in _ON_THE_WAY and _is_ours(tags, settings):
                _database(rds, one["DBInstanceIdentifier"], say, pause)


def _database(rds: Any, name: str, say: Say, pause: Callable[[float], None]) -> None:
    say(f"the database {name} is stopped: starting it; this takes minutes")
    for _ in range(TRIES):
        (found,) = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
        if found["DBInstanceStatus"] not in _ON_THE_WAY:
            return
        if found["DBInstanceStatus"] == "stopped":
            rds.start_db_instance(DBInstanceIdentifier=name)
        pause(SECONDS)
    raise SessionError(
        f"the database {name} has not become available within {SECONDS * TRIES // 60} minutes; look at its events "
        f"(`aws rds describe-events --source-type db-instance --source-identifier {name}`), then run this again"
    )


def _nodes(eks: Any, settings: Settings, say: Say) -> None:
    for group in _groups(eks, settings.cluster_name):
        if group["scalingConfig"]["desiredSize"] or not _is_ours(group.get("tags", {}), settings):
            continue
        assert settings.cluster
        nodes, which = settings.cluster.system_nodes, {"clusterName": group["clusterName"]}
        which["nodegroupName"] = group["nodegroupName"]
        say(f"the node group {group['nodegroupName']} has no nodes: starting {nodes.min}; this takes minutes")
        sizes = {"minSize": nodes.min, "maxSize": nodes.max, "desiredSize": nodes.min}
        eks.update_nodegroup_config(**which, scalingConfig=sizes)
        eks.get_waiter("nodegroup_active").wait(**which)


def _groups(eks: Any, cluster: str) -> Iterator[dict[str, Any]]:
    pages = eks.get_paginator("list_nodegroups").paginate(clusterName=cluster)
    for page in pages if cluster_exists(eks, cluster) else ():
        for name in page["nodegroups"]:
            yield eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
