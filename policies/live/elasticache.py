"""Caches."""

from collections.abc import Iterator
from typing import Any

from policies._view import Resource
from policies.live._answers import keys, renamed, tags
from policies.live.reader import Reader, collects

_NAMES = {
    "atRestEncryptionEnabled": "AtRestEncryptionEnabled",
    "replicationGroupId": "ReplicationGroupId",
    "transitEncryptionEnabled": "TransitEncryptionEnabled",
    "transitEncryptionMode": "TransitEncryptionMode",
    "userGroupIds": "UserGroupIds",
}


@collects("aws:elasticache/replicationGroup:ReplicationGroup")
def replication_groups(read: Reader) -> Iterator[Resource]:
    """Replication groups."""
    key = keys(read)

    def one(item: dict[str, Any]) -> Iterator[Resource]:
        arn = item["ARN"]
        labels = read.parts("elasticache", "list_tags_for_resource", "TagList", ResourceName=arn)
        properties = renamed(item, _NAMES) | {
            # The token itself cannot be read.
            "authToken": item.get("AuthTokenEnabled") or None,
            "kmsKeyId": key(item.get("KmsKeyId")),
            "tags": tags(labels),
        }
        yield Resource("aws:elasticache/replicationGroup:ReplicationGroup", arn, properties, protect=None)

    yield from read.each(one, read.list("elasticache", "describe_replication_groups", "ReplicationGroups"))
