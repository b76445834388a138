"""ElastiCache."""

from typing import Any

from sandbox.aws.kind import AWS_OWNED, Call, Get, Kind, Listing, Tags

_GROUP = {
    "ReplicationGroupDescription": "description",
    "CacheNodeType": "nodeType",
    "CacheParameterGroupName": "parameterGroupName",
    "CacheSubnetGroupName": "subnetGroupName",
    "ARN": "arn",
    "TagList": "tags",
}
_SUBNETS = {
    "CacheSubnetGroupName": "name",
    "CacheSubnetGroupDescription": "description",
    "ARN": "arn",
    "TagList": "tags",
}
_DELETING = {"Status": "deleting"}
_OF_GROUP = {"ReplicationGroupId": "{id}"}
_TAGS = Tags("add_tags_to_resource", "remove_tags_from_resource", {"ResourceName": "{arn}"})
_GET_TAGS = Get("list_tags_for_resource", {"ResourceName": "{arn}"}, {"TagList": "tags"})


def _gone(found: list[dict[str, Any]]) -> str:
    """The emulation deletes for ever."""
    return AWS_OWNED if not found or found[0]["Status"] == "deleting" else ""


def _logs(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Where logs go, as the API has it."""
    return [
        {
            "LogType": one["logType"],
            "LogFormat": one["logFormat"],
            "DestinationType": one["destinationType"],
            "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": one["destination"]}},
        }
        for one in values.get("logDeliveryConfigurations", [])
    ]


KINDS: tuple[Kind, ...] = (
    Kind(
        token="aws:elasticache/replicationGroup:ReplicationGroup",
        client="elasticache",
        id="{replicationGroupId}",
        autoname="replicationGroupId",
        create=(
            Call(
                "create_replication_group",
                {"LogDeliveryConfigurations": _logs},
                _GROUP,
                uses=("logDeliveryConfigurations",),
                at="ReplicationGroup",
            ),
        ),
        update=(
            Call(
                "modify_replication_group",
                {**_OF_GROUP, "LogDeliveryConfigurations": _logs},
                _GROUP,
                # The official provider changes the number of replicas in place, by operations that the emulation lacks.
                uses=("logDeliveryConfigurations", "numCacheClusters"),
            ),
        ),
        read=(
            Get(
                "describe_replication_groups", _OF_GROUP, _GROUP, at="ReplicationGroups.0", gone={"Status": "deleting"}
            ),
            _GET_TAGS,
        ),
        delete=(Call("delete_replication_group", _OF_GROUP),),
        tags=_TAGS,
        outputs={
            "primaryEndpointAddress": "{replicationGroupId}.cache.amazonaws.com",
            "readerEndpointAddress": "{replicationGroupId}-ro.cache.amazonaws.com",
        },
        computed=("arn",),
        recorded=(
            "autoMinorVersionUpgrade",
            "automaticFailoverEnabled",
            "engineVersion",
            "logDeliveryConfigurations",
            "multiAzEnabled",
            "numCacheClusters",
            "parameterGroupName",
            "port",
            "securityGroupIds",
            "subnetGroupName",
        ),
        listing=Listing(
            "describe_replication_groups",
            "ReplicationGroups",
            "ReplicationGroupId",
            lambda client, name: _gone(
                client.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"]
            ),
        ),
    ),
    Kind(
        token="aws:elasticache/subnetGroup:SubnetGroup",
        client="elasticache",
        id="{name}",
        autoname="name",
        create=(Call("create_cache_subnet_group", rename=_SUBNETS),),
        update=(),
        read=(
            Get(
                "describe_cache_subnet_groups",
                {"CacheSubnetGroupName": "{id}"},
                _SUBNETS,
                at="CacheSubnetGroups.0",
            ),
        ),
        tags=_TAGS,
        defaults={"description": "Managed by Pulumi"},
        computed=("arn",),
        recorded=("subnetIds", "tags"),  # AWS returns subnets with their zones; moto deletes no group
    ),
    Kind(
        token="aws:elasticache/parameterGroup:ParameterGroup",
        client="elasticache",
        id="{name}",
        autoname="name",
        create=(
            Call(
                "create_cache_parameter_group",
                rename={"CacheParameterGroupName": "name", "CacheParameterGroupFamily": "family"},
            ),
            Call(
                "modify_cache_parameter_group",
                {"CacheParameterGroupName": "{id}"},
                {"ParameterNameValues": "parameters", "ParameterName": "name", "ParameterValue": "value"},
            ),
        ),
        read=(),
        tags=_TAGS,
        emulated=False,
        defaults={"description": "Managed by Pulumi"},
        outputs={"arn": "arn:aws:elasticache:{region}:{account}:parametergroup:{name}"},
    ),
    Kind(
        token="aws:elasticache/user:User",
        client="elasticache",
        id="{userId}",
        create=(Call("create_user", rename={"ARN": "arn"}),),
        update=(Call("modify_user", {"UserId": "{userId}"}),),
        read=(Get("describe_users", {"UserId": "{id}"}, {"ARN": "arn"}, at="Users.0", gone=_DELETING),),
        delete=(Call("delete_user", {"UserId": "{userId}"}),),
        tags=_TAGS,
        computed=("arn",),
        recorded=("authenticationMode", "tags"),
        listing=Listing(
            "describe_users",
            "Users",
            "UserId",
            lambda client, name: _gone([] if name == "default" else client.describe_users(UserId=name)["Users"]),
        ),
    ),
    Kind(
        token="aws:elasticache/userGroup:UserGroup",
        client="elasticache",
        id="{userGroupId}",
        create=(Call("create_user_group", rename={"ARN": "arn"}),),
        update=(Call("modify_user_group", rename={"UserIdsToAdd": "userIds"}),),
        read=(),
        tags=_TAGS,
        emulated=False,
        outputs={"arn": "arn:aws:elasticache:{region}:{account}:usergroup:{userGroupId}"},
    ),
)
