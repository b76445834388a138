"""Keys of the account's own."""

from collections.abc import Iterator
from typing import Any

from policies._view import UNKNOWN, Resource
from policies.live._answers import pick, tags
from policies.live.reader import Reader, collects

_KEY, _REPLICA, _EXTERNAL = "aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey", "aws:kms/externalKey:ExternalKey"


@collects(_KEY, _REPLICA, _EXTERNAL)
def keys(read: Reader) -> Iterator[Resource]:
    """Every key that the account manages itself."""

    def one(item: dict[str, Any]) -> Iterator[Resource]:
        id_, arn = item["KeyId"], item["KeyArn"]
        key = pick(read.get("kms", "describe_key", KeyId=id_), "KeyMetadata")
        if key is UNKNOWN:
            # It may as well be one that AWS manages, which no rule judges.
            yield Resource(_KEY, arn, protect=None, unread="the audit could not read what kind of key it is")
            return
        if key["KeyManager"] == "AWS":
            return
        absent = ["UnsupportedOperationException", "KMSInvalidStateException"]
        rotation = read.get("kms", "get_key_rotation_status", absent=absent, KeyId=id_)
        properties = {
            "arn": arn,
            "keyId": id_,
            "customerMasterKeySpec": key.get("KeySpec"),
            "customKeyStoreId": key.get("CustomKeyStoreId"),
            "enableKeyRotation": pick(rotation, "KeyRotationEnabled"),
            "keyState": key["KeyState"],
            "policy": pick(read.get("kms", "get_key_policy", KeyId=id_, PolicyName="default"), "Policy"),
            "tags": tags(read.parts("kms", "list_resource_tags", "Tags", KeyId=id_)),
        }
        yield Resource(_type(key), arn, properties, protect=None)

    yield from read.each(one, read.list("kms", "list_keys", "Keys"))


def _type(key: dict[str, Any]) -> str:
    if pick(key, "MultiRegionConfiguration", "MultiRegionKeyType") == "REPLICA":
        return _REPLICA
    return _EXTERNAL if key.get("Origin") == "EXTERNAL" else _KEY
