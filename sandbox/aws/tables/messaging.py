"""SQS, SNS and EventBridge."""

from sandbox.aws.kind import AWS_OWNED, Call, Get, Kind, Listing, Tags

_QUEUE = {
    "ContentBasedDeduplication": "contentBasedDeduplication",
    "DeduplicationScope": "deduplicationScope",
    "DelaySeconds": "delaySeconds",
    "FifoQueue": "fifoQueue",
    "FifoThroughputLimit": "fifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds": "kmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId": "kmsMasterKeyId",
    "MaximumMessageSize": "maxMessageSize",
    "MessageRetentionPeriod": "messageRetentionSeconds",
    "ReceiveMessageWaitTimeSeconds": "receiveWaitTimeSeconds",
    "RedrivePolicy": "redrivePolicy",
    "SqsManagedSseEnabled": "sqsManagedSseEnabled",
    "VisibilityTimeout": "visibilityTimeoutSeconds",
}
_ALL = {"AttributeNames": "All"}
_QUEUE_URL = {"QueueUrl": "{id}"}
_TOPIC = {
    "DisplayName": "displayName",
    "FifoTopic": "fifoTopic",
    "KmsMasterKeyId": "kmsMasterKeyId",
    "SignatureVersion": "signatureVersion",
}
_TOPIC_ARN = {"TopicArn": "{id}"}
_SUBSCRIPTION = {"TopicArn": "topic", "SubscriptionArn": "arn", "TopicArns": "topics"}
_RULE = {"RuleArn": "arn", "Arn": "arn"}
_OF_RULE = {"Name": "{name}", "EventBusName": "{eventBusName}"}
_OF_TARGET = {"Rule": "{rule}", "EventBusName": "{eventBusName}"}
_TARGET = {
    "Id": "targetId",
    "SqsParameters": "sqsTarget",
    "InputPathsMap": "inputPaths",
    "InputTemplate": "inputTemplate",
}


def _set_topic(name: str, key: str) -> Call:
    return Call("set_topic_attributes", _TOPIC_ARN, {"AttributeValue": key}, fixed={"AttributeName": name})


KINDS = (
    Kind(
        token="aws:sqs/queue:Queue",
        client="sqs",
        id="{url}",
        autoname="name",
        create=(Call("create_queue", rename={"QueueName": "name", "QueueUrl": "url"}, attributes=_QUEUE),),
        update=(Call("set_queue_attributes", _QUEUE_URL, attributes=_QUEUE),),
        read=(
            Get("get_queue_attributes", _QUEUE_URL | _ALL, attributes={**_QUEUE, "QueueArn": "arn"}),
            Get("list_queue_tags", _QUEUE_URL, optional=True),
        ),
        delete=(Call("delete_queue", _QUEUE_URL),),
        tags=Tags("tag_queue", "untag_queue", _QUEUE_URL),
        computed=("arn", "url"),
        local=("name",),
        listing=Listing("list_queues", "QueueUrls", ""),
    ),
    Kind(
        token="aws:sqs/queuePolicy:QueuePolicy",
        client="sqs",
        id="{queueUrl}",
        create=(Call("set_queue_attributes", {"QueueUrl": "{queueUrl}"}, attributes={"Policy": "policy"}),),
        update=(Call("set_queue_attributes", {"QueueUrl": "{queueUrl}"}, attributes={"Policy": "policy"}),),
        read=(Get("get_queue_attributes", {"QueueUrl": "{queueUrl}"} | _ALL, attributes={"Policy": "policy"}),),
        delete=(Call("set_queue_attributes", {"QueueUrl": "{queueUrl}"}, fixed={"Attributes": {"Policy": ""}}),),
    ),
    Kind(
        token="aws:sns/topic:Topic",
        client="sns",
        id="{arn}",
        autoname="name",
        create=(Call("create_topic", rename={"TopicArn": "arn"}, attributes=_TOPIC),),
        update=tuple(_set_topic(name, key) for name, key in _TOPIC.items() if name != "FifoTopic"),
        read=(
            Get("get_topic_attributes", _TOPIC_ARN, attributes={**_TOPIC, "TopicArn": "arn"}),
            Get("list_tags_for_resource", {"ResourceArn": "{id}"}),
        ),
        delete=(Call("delete_topic", _TOPIC_ARN),),
        tags=Tags("tag_resource", "untag_resource", {"ResourceArn": "{id}"}),
        computed=("arn",),
        local=("name",),
        recorded=("signatureVersion",),
        listing=Listing("list_topics", "Topics", "TopicArn"),
    ),
    Kind(
        token="aws:sns/topicPolicy:TopicPolicy",
        client="sns",
        id="{arn}",
        create=(
            Call(
                "set_topic_attributes",
                {"TopicArn": "{arn}"},
                {"AttributeValue": "policy"},
                fixed={"AttributeName": "Policy"},
            ),
        ),
        update=(
            Call(
                "set_topic_attributes",
                {"TopicArn": "{arn}"},
                {"AttributeValue": "policy"},
                fixed={"AttributeName": "Policy"},
            ),
        ),
        read=(Get("get_topic_attributes", {"TopicArn": "{arn}"}, attributes={"Policy": "policy"}),),
        delete=(),  # goes with the topic; AWS puts its default policy back, which moto cannot
    ),
    Kind(
        token="aws:sns/topicSubscription:TopicSubscription",
        client="sns",
        id="{arn}",
        create=(Call("subscribe", rename=_SUBSCRIPTION, fixed={"ReturnSubscriptionArn": True}),),
        update=(),
        read=(
            Get(
                "get_subscription_attributes",
                {"SubscriptionArn": "{id}"},
                attributes={
                    "Protocol": "protocol",
                    "Endpoint": "endpoint",
                    "TopicArn": "topic",
                    "SubscriptionArn": "arn",
                },
            ),
        ),
        delete=(Call("unsubscribe", {"SubscriptionArn": "{id}"}),),
        computed=("arn",),
    ),
    Kind(
        token="aws:cloudwatch/eventBus:EventBus",
        client="events",
        id="{name}",
        autoname="name",
        create=(Call("create_event_bus"),),
        update=(),
        read=(
            Get("describe_event_bus", {"Name": "{id}"}),
            Get("list_tags_for_resource", {"ResourceARN": "{arn}"}),
        ),
        delete=(Call("delete_event_bus", {"Name": "{id}"}),),
        tags=Tags("tag_resource", "untag_resource", {"ResourceARN": "{arn}"}),
        computed=("arn",),
        listing=Listing(
            "list_event_buses", "EventBuses", "Name", lambda _, name: AWS_OWNED if name == "default" else ""
        ),
    ),
    Kind(
        token="aws:cloudwatch/eventRule:EventRule",
        client="events",
        id="{eventBusName}/{name}",
        autoname="name",
        create=(Call("put_rule", rename=_RULE),),
        update=(Call("put_rule", _OF_RULE, rename=_RULE),),
        read=(Get("describe_rule", _OF_RULE, rename=_RULE), Get("list_tags_for_resource", {"ResourceARN": "{arn}"})),
        delete=(Call("delete_rule", _OF_RULE),),
        tags=Tags("tag_resource", "untag_resource", {"ResourceARN": "{arn}"}),
        computed=("arn",),
        defaults={"eventBusName": "default", "state": "ENABLED"},
        listing=Listing("list_rules", "Rules", "Name"),
    ),
    Kind(
        token="aws:cloudwatch/eventTarget:EventTarget",
        client="events",
        id="{eventBusName}/{rule}/{targetId}",
        autoname="targetId",
        create=(Call("put_targets", _OF_TARGET, _TARGET, wrap="Targets.0"),),
        update=(Call("put_targets", _OF_TARGET, _TARGET, wrap="Targets.0"),),
        read=(Get("list_targets_by_rule", _OF_TARGET, _TARGET, at="Targets", match={"Id": "{targetId}"}),),
        delete=(Call("remove_targets", {**_OF_TARGET, "Ids": lambda values: [values["targetId"]]}),),
        defaults={"eventBusName": "default"},
    ),
    Kind(
        token="aws:cloudwatch/eventArchive:EventArchive",
        client="events",
        id="{name}",
        autoname="name",
        create=(Call("create_archive", rename={"ArchiveName": "name", "ArchiveArn": "arn"}),),
        update=(Call("update_archive", {"ArchiveName": "{name}"}),),
        read=(Get("describe_archive", {"ArchiveName": "{name}"}, {"ArchiveName": "name", "ArchiveArn": "arn"}),),
        delete=(Call("delete_archive", {"ArchiveName": "{name}"}),),
        computed=("arn",),
        recorded=("kmsKeyIdentifier",),  # moto has archives without a key
        listing=Listing("list_archives", "Archives", "ArchiveName"),
    ),
)
