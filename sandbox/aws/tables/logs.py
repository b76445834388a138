"""CloudWatch and CloudTrail."""

from sandbox.aws.kind import Call, Get, Kind, Listing, Tags

_GROUP = {"logGroupName": "{id}"}
_TRAIL = {
    "CloudWatchLogsLogGroupArn": "cloudWatchLogsGroupArn",
    "LogFileValidationEnabled": "enableLogFileValidation",
    "IsLogging": "enableLogging",
    "TagsList": "tags",
    "TrailARN": "arn",
    "StartsWith": "startsWiths",
    "EndsWith": "endsWiths",
}

KINDS = (
    Kind(
        token="aws:cloudwatch/logGroup:LogGroup",
        client="logs",
        id="{name}",
        autoname="name",
        create=(
            Call("create_log_group", rename={"logGroupName": "name"}),
            Call("put_retention_policy", _GROUP),
        ),
        update=(Call("put_retention_policy", _GROUP), Call("associate_kms_key", _GROUP)),
        read=(
            Get(
                "describe_log_groups",
                {"logGroupNamePrefix": "{id}"},
                at="logGroups",
                match=_GROUP,
                rename={"logGroupName": "name", "arn": "streams", "logGroupArn": "arn"},
            ),
            Get("list_tags_log_group", _GROUP),
        ),
        delete=(Call("delete_log_group", _GROUP),),
        tags=Tags("tag_resource", "untag_resource", {"resourceArn": "{arn}"}, "tags", "tagKeys"),
        computed=("arn",),
        defaults={"skipDestroy": False},
        local=("skipDestroy",),
        listing=Listing("describe_log_groups", "logGroups", "logGroupName"),
    ),
    Kind(
        token="aws:cloudtrail/trail:Trail",
        client="cloudtrail",
        id="{arn}",
        autoname="name",
        create=(
            Call("create_trail", rename=_TRAIL),
            Call("put_event_selectors", {"TrailName": "{name}"}, _TRAIL),
            Call("start_logging", {"Name": "{name}"}, when={"enableLogging": True}),
        ),
        update=(
            Call("update_trail", {"Name": "{name}"}, _TRAIL),
            Call("put_event_selectors", {"TrailName": "{name}"}, _TRAIL),
            Call("start_logging", {"Name": "{name}"}, when={"enableLogging": True}),
            Call("stop_logging", {"Name": "{name}"}, when={"enableLogging": False}),
        ),
        read=(
            Get("describe_trails", {"trailNameList": "{id}"}, _TRAIL, at="trailList.0"),
            Get("get_event_selectors", {"TrailName": "{id}"}, _TRAIL),
            Get("get_trail_status", {"Name": "{id}"}, _TRAIL),
            Get("list_tags", {"ResourceIdList": "{id}"}, _TRAIL, at="ResourceTagList.0", optional=True),
        ),
        delete=(Call("delete_trail", {"Name": "{name}"}),),
        tags=Tags("add_tags", "remove_tags", {"ResourceId": "{arn}"}, "TagsList", "TagsList"),
        computed=("arn", "homeRegion"),
        defaults={"enableLogging": True, "includeGlobalServiceEvents": True, "enableLogFileValidation": False},
        listing=Listing("describe_trails", "trailList", "Name"),
    ),
)
