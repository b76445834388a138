"""Log groups, what looks for events in them, and the alarms on what it finds."""

from collections.abc import Iterator
from typing import Any

from policies._view import Resource
from policies.live._answers import tags
from policies.live._camel import camel
from policies.live.reader import Reader, collects

_FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"


@collects("aws:cloudwatch/logGroup:LogGroup")
def groups(read: Reader) -> Iterator[Resource]:
    """Every log group."""

    def one(item: dict[str, Any]) -> Iterator[Resource]:
        # Tags are asked for without the `:*` that stands for the group's streams.
        arn = item["arn"].removesuffix(":*")
        properties = {
            "arn": arn,
            "name": item["logGroupName"],
            "retentionInDays": item.get("retentionInDays"),
            "kmsKeyId": item.get("kmsKeyId"),
            "tags": read.parts("logs", "list_tags_for_resource", "tags", resourceArn=arn),
        }
        yield Resource("aws:cloudwatch/logGroup:LogGroup", arn, properties, protect=None)

    yield from read.each(one, read.list("logs", "describe_log_groups", "logGroups"))


@collects(_FILTER)
def filters(read: Reader) -> Iterator[Resource]:
    """Every metric filter."""
    for item in read.list("logs", "describe_metric_filters", "metricFilters"):
        transformation = camel((item.get("metricTransformations") or [{}])[0])
        names = {"namespace": transformation.get("metricNamespace"), "name": transformation.get("metricName")}
        properties = {
            "name": item["filterName"],
            "logGroupName": item["logGroupName"],
            "pattern": item["filterPattern"],
            "metricTransformation": names,
        }
        urn = f"arn:aws:logs:{read.region}:{read.account}:metric-filter:{item['logGroupName']}:{item['filterName']}"
        yield Resource(_FILTER, urn, properties, protect=None)


@collects("aws:cloudwatch/metricAlarm:MetricAlarm")
def alarms(read: Reader) -> Iterator[Resource]:
    """Every alarm on a metric."""

    def one(item: dict[str, Any]) -> Iterator[Resource]:
        arn = item["AlarmArn"]
        properties = {
            "name": item["AlarmName"],
            "metricName": item.get("MetricName"),
            "namespace": item.get("Namespace"),
            "alarmActions": item.get("AlarmActions"),
            "actionsEnabled": item.get("ActionsEnabled"),
            "tags": tags(read.parts("cloudwatch", "list_tags_for_resource", "Tags", ResourceARN=arn)),
        }
        yield Resource("aws:cloudwatch/metricAlarm:MetricAlarm", arn, properties, protect=None)

    yield from read.each(one, read.list("cloudwatch", "describe_alarms", "MetricAlarms"))
