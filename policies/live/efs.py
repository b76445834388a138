"""Shared file systems and the ways into them."""

from collections.abc import Iterator

from policies._view import Resource
from policies.live._answers import keys, tags
from policies.live.reader import Reader, collects


@collects("aws:efs/fileSystem:FileSystem")
def file_systems(read: Reader) -> Iterator[Resource]:
    """File systems."""
    key = keys(read)
    for item in read.list("efs", "describe_file_systems", "FileSystems"):
        properties = {
            "encrypted": item.get("Encrypted"),
            "id": item["FileSystemId"],
            "kmsKeyId": key(item.get("KmsKeyId")),
            "tags": tags(item.get("Tags")),
        }
        yield Resource("aws:efs/fileSystem:FileSystem", item["FileSystemArn"], properties, protect=None)


@collects("aws:efs/accessPoint:AccessPoint")
def access_points(read: Reader) -> Iterator[Resource]:
    """Access points."""
    for item in read.list("efs", "describe_access_points", "AccessPoints"):
        user, root = item.get("PosixUser") or {}, item.get("RootDirectory") or {}
        properties = {
            "fileSystemId": item["FileSystemId"],
            "posixUser": {"uid": user.get("Uid"), "gid": user.get("Gid")},
            "rootDirectory": {"path": root.get("Path")},
            "tags": tags(item.get("Tags")),
        }
        yield Resource("aws:efs/accessPoint:AccessPoint", item["AccessPointArn"], properties, protect=None)
