"""Buckets, and beside each the resources that Pulumi would set it up with."""

from collections.abc import Iterator
from typing import Any

from policies._view import ABSENT, UNKNOWN, Resource
from policies.live.reader import Reader, collects


@collects("aws:s3/bucket:Bucket", "aws:s3/bucketVersioning:BucketVersioning")
def buckets(read: Reader) -> Iterator[Resource]:
    """Every bucket of the account."""

    def one(item: dict[str, Any]) -> Iterator[Resource]:
        name = item["Name"]
        arn = f"arn:aws:s3:::{name}"

        def beside(kind: str, properties: Any) -> Iterator[Resource]:
            if properties is not ABSENT:
                token = f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}"
                known = properties if properties is not UNKNOWN else {}
                yield Resource(token, arn, {"bucket": name, **known}, protect=None)

        yield Resource("aws:s3/bucket:Bucket", arn, {"bucket": name}, protect=None)
        versioning = read.get("s3", "get_bucket_versioning", Bucket=name)
        status = versioning if versioning is UNKNOWN else versioning.get("Status", "Disabled")
        yield from beside("BucketVersioning", {"versioningConfiguration": {"status": status}})

    yield from read.each(one, read.list("s3", "list_buckets", "Buckets"))
