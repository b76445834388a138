"""CloudWatch and CloudTrail."""

from typing import Any

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

_FILTER = {
    "filterName": "name",
    "filterPattern": "pattern",
    "metricTransformations": "metricTransformation",
    "metricName": "name",
    "metricNamespace": "namespace",
    "metricValue": "value",
}
_TAGS = Tags("tag_resource", "untag_resource", {"resourceArn": "{arn}"}, "tags", "tagKeys")
_OF_FILTER = {"logGroupName": "{logGroupName}", "filterName": "{name}"}
_ALARM = {"AlarmName": "name", "AlarmArn": "arn"}


def _dimensions(values: dict[str, Any]) -> list[dict[str, str]]:
    return [{"Name": key, "Value": value} for key, value in values.get("dimensions", {}).items()]


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
        update=(
            Call("put_retention_policy", _GROUP, when={"retentionInDays": True}),
            Call("delete_retention_policy", _GROUP, when={"retentionInDays": False}),
            Call("associate_kms_key", _GROUP, when={"kmsKeyId": True}),
            Call("disassociate_kms_key", _GROUP, when={"kmsKeyId": False}),
        ),
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
        tags=_TAGS,
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
    Kind(
        token="aws:cloudwatch/logMetricFilter:LogMetricFilter",
        client="logs",
        id="{logGroupName}:{name}",
        autoname="name",
        create=(Call("put_metric_filter", rename=_FILTER),),
        update=(Call("put_metric_filter", _OF_FILTER, _FILTER),),
        read=(
            Get(
                "describe_metric_filters",
                {"logGroupName": "{logGroupName}", "filterNamePrefix": "{name}"},
                _FILTER,
                at="metricFilters",
                match={"filterName": "{name}"},
            ),
        ),
        delete=(Call("delete_metric_filter", _OF_FILTER),),
        listing=Listing("describe_metric_filters", "metricFilters", "filterName"),
    ),
    Kind(
        token="aws:cloudwatch/metricAlarm:MetricAlarm",
        client="cloudwatch",
        id="{name}",
        autoname="name",
        create=(Call("put_metric_alarm", {"Dimensions": _dimensions}, _ALARM, uses=("dimensions",)),),
        update=(
            Call("put_metric_alarm", {"AlarmName": "{name}", "Dimensions": _dimensions}, _ALARM, uses=("dimensions",)),
        ),
        read=(
            Get("describe_alarms", {"AlarmNames": "{name}"}, _ALARM, at="MetricAlarms.0"),
            Get("list_tags_for_resource", {"ResourceARN": "{arn}"}),
        ),
        delete=(Call("delete_alarms", {"AlarmNames": lambda values: [values["name"]]}),),
        tags=Tags("tag_resource", "untag_resource", {"ResourceARN": "{arn}"}),
        computed=("arn",),
        defaults={"actionsEnabled": True},
        recorded=("dimensions",),  # a list of pairs in the API
        listing=Listing("describe_alarms", "MetricAlarms", "AlarmName"),
    ),
    Kind(
        token="aws:cloudwatch/logDeliverySource:LogDeliverySource",
        client="logs",
        id="{name}",
        create=(Call("put_delivery_source"),),
        update=(Call("put_delivery_source"),),
        read=(
            Get("get_delivery_source", {"name": "{id}"}, {"resourceArns": "resourceArn"}, at="deliverySource"),
            Get("list_tags_for_resource", {"resourceArn": "{arn}"}),
        ),
        delete=(Call("delete_delivery_source", {"name": "{id}"}),),
        tags=_TAGS,
        computed=("arn", "service"),
        listing=Listing("describe_delivery_sources", "deliverySources", "name"),
    ),
    Kind(
        token="aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
        client="logs",
        id="{name}",
        create=(Call("put_delivery_destination"),),
        update=(Call("put_delivery_destination"),),
        read=(
            Get("get_delivery_destination", {"name": "{id}"}, at="deliveryDestination"),
            Get("list_tags_for_resource", {"resourceArn": "{arn}"}),
        ),
        delete=(Call("delete_delivery_destination", {"name": "{id}"}),),
        tags=_TAGS,
        computed=("arn",),
        listing=Listing("describe_delivery_destinations", "deliveryDestinations", "name"),
    ),
    Kind(
        token="aws:cloudwatch/logDelivery:LogDelivery",
        client="logs",
        id="{deliveryId}",
        create=(Call("create_delivery", rename={"id": "deliveryId"}, at="delivery"),),
        update=(),
        read=(
            Get("get_delivery", {"id": "{id}"}, at="delivery"),
            Get("list_tags_for_resource", {"resourceArn": "{arn}"}),
        ),
        delete=(Call("delete_delivery", {"id": "{id}"}),),
        tags=_TAGS,
        computed=("arn", "deliveryId"),
        listing=Listing("describe_deliveries", "deliveries", "id"),
    ),
)
