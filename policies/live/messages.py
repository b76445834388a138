"""Topics and queues, and beside each its policy."""

from collections.abc import Iterator
from typing import Any

from policies._view import Resource
from policies.live._answers import keys, pick, tags
from policies.live.reader import Reader, collects


@collects("aws:sns/topic:Topic", "aws:sns/topicPolicy:TopicPolicy")
def topics(read: Reader) -> Iterator[Resource]:
    """Topics."""
    key = keys(read)

    def one(item: dict[str, Any]) -> Iterator[Resource]:
        arn = item["TopicArn"]
        found = pick(read.get("sns", "get_topic_attributes", TopicArn=arn), "Attributes")
        labels = read.parts("sns", "list_tags_for_resource", "Tags", ResourceArn=arn)
        properties = {"arn": arn, "kmsMasterKeyId": key(pick(found, "KmsMasterKeyId")), "tags": tags(labels)}
        yield Resource("aws:sns/topic:Topic", arn, properties, protect=None)
        if policy := _known(pick(found, "Policy")):
            yield Resource("aws:sns/topicPolicy:TopicPolicy", arn, {"arn": arn, **policy}, protect=None)

    yield from read.each(one, read.list("sns", "list_topics", "Topics"))


@collects("aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy")
def queues(read: Reader) -> Iterator[Resource]:
    """Queues."""
    key = keys(read)

    def one(url: str) -> Iterator[Resource]:
        found = pick(read.get("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=["All"]), "Attributes")
        labels = pick(read.get("sqs", "list_queue_tags", QueueUrl=url), "Tags")
        arn = pick(found, "QueueArn")
        urn = arn if isinstance(arn, str) else url
        properties = {"url": url, "kmsMasterKeyId": key(pick(found, "KmsMasterKeyId")), "tags": labels}
        yield Resource("aws:sqs/queue:Queue", urn, properties, protect=None)
        if policy := _known(pick(found, "Policy")):
            yield Resource("aws:sqs/queuePolicy:QueuePolicy", urn, {"queueUrl": url, **policy}, protect=None)

    yield from read.each(one, read.list("sqs", "list_queues", "QueueUrls"))


def _known(policy: Any) -> dict[str, Any]:
    """The property of a policy; none where there is no policy."""
    return {} if policy is None or policy == "" else {"policy": policy}
