"""Firehose, DynamoDB, Lambda, EventBridge Scheduler, Parameter Store."""

from typing import Any

from sandbox.aws.kind import Call, Get, Kind, Listing, Tags

_SCHEDULE = {"Name": "{name}", "GroupName": "{groupName}"}
_TABLE = {
    "TableName": "name",
    "TableArn": "arn",
    "AttributeDefinitions": "attributes",
    "AttributeName": "name",
    "AttributeType": "type",
    "SSESpecification": "serverSideEncryption",
    "KMSMasterKeyId": "kmsKeyArn",
}
_TABLE_NAME = {"TableName": "{name}"}
_TABLE_PARTS = (
    Call("update_time_to_live", _TABLE_NAME, {"TimeToLiveSpecification": "ttl"}, when={"ttl": True}),
    Call(
        "update_continuous_backups",
        _TABLE_NAME,
        {"PointInTimeRecoverySpecification": "pointInTimeRecovery", "PointInTimeRecoveryEnabled": "enabled"},
        when={"pointInTimeRecovery": True},
    ),
)
_STREAM = {
    "DeliveryStreamName": "name",
    "DeliveryStreamARN": "arn",
    "DeliveryStreamEncryptionConfigurationInput": "serverSideEncryption",
    "KeyARN": "keyArn",
}
_STREAM_NAME = {"DeliveryStreamName": "{name}"}
_PARAMETER = {"Name": "{id}"}
_TAGGED_PARAMETER = {"ResourceType": "Parameter", "ResourceId": "{id}"}
_LOG_STREAM = {"logGroupName": "{logGroupName}", "logStreamName": "{name}"}


def _destination(values: dict[str, Any]) -> dict[str, Any]:
    """The destination as the API nests it; botocore refuses what is left over and unknown to it."""
    given = dict(values["extendedS3Configuration"])
    hints = {"IntervalInSeconds": given.pop("bufferingInterval", 300), "SizeInMBs": given.pop("bufferingSize", 5)}
    found: dict[str, Any] = {"BufferingHints": hints}
    if key := given.pop("kmsKeyArn", None):
        found["EncryptionConfiguration"] = {"KMSEncryptionConfig": {"AWSKMSKeyARN": key}}
    if partitioning := given.pop("dynamicPartitioningConfiguration", None):
        retry = {"DurationInSeconds": partitioning.get("retryDuration", 300)}
        found["DynamicPartitioningConfiguration"] = {"Enabled": partitioning["enabled"], "RetryOptions": retry}
    return {**found, **_pascal(given)}


def _pascal(value: Any) -> Any:
    """API members of properties that are named and nested like them."""
    special = {"bucketArn": "BucketARN", "roleArn": "RoleARN", "cloudwatchLoggingOptions": "CloudWatchLoggingOptions"}
    if isinstance(value, list):
        return [_pascal(item) for item in value]
    if isinstance(value, dict):
        return {special.get(key, key[:1].upper() + key[1:]): _pascal(item) for key, item in value.items()}
    return value


def _encryption(values: dict[str, Any]) -> dict[str, Any] | None:
    """The encryption that the API takes at the stream's creation; there it is on if it is given."""
    given = values.get("serverSideEncryption") or {}
    key = {"KeyARN": given["keyArn"]} if given.get("keyArn") else {}
    return {"KeyType": given.get("keyType", "AWS_OWNED_CMK"), **key} if given.get("enabled") else None


KINDS = (
    Kind(
        token="aws:scheduler/schedule:Schedule",
        client="scheduler",
        id="{groupName}/{name}",
        autoname="name",
        create=(Call("create_schedule", rename={"ScheduleArn": "arn"}),),
        update=(Call("update_schedule", _SCHEDULE),),
        read=(Get("get_schedule", _SCHEDULE),),
        delete=(Call("delete_schedule", _SCHEDULE),),
        computed=("arn",),
        defaults={"groupName": "default", "state": "ENABLED", "scheduleExpressionTimezone": "UTC"},
        listing=Listing("list_schedules", "Schedules", "Name"),
    ),
    Kind(
        token="aws:dynamodb/table:Table",
        client="dynamodb",
        id="{name}",
        autoname="name",
        create=(
            Call(
                "create_table",
                {"KeySchema": lambda values: [{"AttributeName": values["hashKey"], "KeyType": "HASH"}]},
                _TABLE,
                uses=("hashKey",),
                at="TableDescription",
            ),
            *_TABLE_PARTS,
        ),
        update=(Call("update_table", _TABLE_NAME, _TABLE), *_TABLE_PARTS),
        read=(
            Get("describe_table", _TABLE_NAME, _TABLE, at="Table"),
            Get("describe_table", _TABLE_NAME, {"AttributeName": "hashKey"}, at="Table.KeySchema.0"),
            Get("describe_table", _TABLE_NAME, at="Table.BillingModeSummary"),
        ),
        delete=(Call("delete_table", _TABLE_NAME),),
        tags=Tags("tag_resource", "untag_resource", {"ResourceArn": "{arn}"}),
        computed=("arn",),
        local=("serverSideEncryption", "ttl", "pointInTimeRecovery"),  # read back as texts such as ENABLED
        recorded=("tags",),  # moto keeps the old value of a changed one
        listing=Listing("list_tables", "TableNames", ""),
    ),
    Kind(
        token="aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        client="firehose",
        id="{arn}",
        autoname="name",
        create=(
            Call(
                "create_delivery_stream",
                {
                    "ExtendedS3DestinationConfiguration": _destination,
                    "DeliveryStreamEncryptionConfigurationInput": _encryption,
                },
                _STREAM,
                uses=("extendedS3Configuration", "serverSideEncryption"),
            ),
        ),
        update=(
            Call(
                "update_destination",
                {
                    **_STREAM_NAME,
                    "CurrentDeliveryStreamVersionId": "{versionId}",
                    "DestinationId": "{destinationId}",
                    "ExtendedS3DestinationUpdate": _destination,
                },
                uses=("extendedS3Configuration",),
            ),
            Call(
                "start_delivery_stream_encryption",
                {**_STREAM_NAME, "DeliveryStreamEncryptionConfigurationInput": _encryption},
                uses=("serverSideEncryption",),
            ),
        ),
        read=(
            Get("describe_delivery_stream", _STREAM_NAME, _STREAM, at="DeliveryStreamDescription"),
            Get("describe_delivery_stream", _STREAM_NAME, at="DeliveryStreamDescription.Destinations.0"),
            Get("list_tags_for_delivery_stream", _STREAM_NAME),
        ),
        delete=(Call("delete_delivery_stream", _STREAM_NAME),),
        tags=Tags("tag_delivery_stream", "untag_delivery_stream", _STREAM_NAME),
        computed=("arn", "versionId", "destinationId"),
        local=("destination", "extendedS3Configuration", "serverSideEncryption"),  # the API nests them otherwise
        listing=Listing("list_delivery_streams", "DeliveryStreamNames", ""),
    ),
    Kind(
        token="aws:ssm/parameter:Parameter",
        client="ssm",
        id="{name}",
        autoname="name",
        create=(Call("put_parameter"),),
        update=(
            # The API takes no tags with an overwrite.
            Call("put_parameter", {**_PARAMETER, "Tags": lambda values: None}, fixed={"Overwrite": True}),
        ),
        read=(
            Get("get_parameter", _PARAMETER, at="Parameter"),
            Get("list_tags_for_resource", _TAGGED_PARAMETER, {"TagList": "tags"}),
        ),
        delete=(Call("delete_parameter", _PARAMETER),),
        tags=Tags("add_tags_to_resource", "remove_tags_from_resource", _TAGGED_PARAMETER),
        computed=("arn",),
        listing=Listing("describe_parameters", "Parameters", "Name"),
    ),
    Kind(
        token="aws:cloudwatch/logStream:LogStream",
        client="logs",
        id="{logGroupName}:{name}",
        autoname="name",
        create=(Call("create_log_stream", rename={"logStreamName": "name"}),),
        update=(),
        read=(
            Get(
                "describe_log_streams",
                {"logGroupName": "{logGroupName}", "logStreamNamePrefix": "{name}"},
                {"logStreamName": "name"},
                at="logStreams",
                match={"logStreamName": "{name}"},
            ),
        ),
        delete=(Call("delete_log_stream", _LOG_STREAM),),
        computed=("arn",),
        local=("logGroupName",),
    ),
)
