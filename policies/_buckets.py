"""Which resources set up a bucket: since version 7 of the AWS provider, a bucket's security lies beside it."""

from collections.abc import Callable, Collection

from policies._verdict import Verdict, fail, unknown, worst
from policies._view import ABSENT, UNKNOWN, Resource, Stack


def _both(name: str) -> tuple[str, str]:
    """The token and its V2 twin: the SDK offers both, and state keeps whichever was used."""
    return f"aws:s3/{name[0].lower()}{name[1:]}:{name}", f"aws:s3/{name[0].lower()}{name[1:]}V2:{name}V2"


BUCKET = _both("Bucket")
VERSIONING = _both("BucketVersioning")
ENCRYPTION = _both("BucketServerSideEncryptionConfiguration")
LOGGING = _both("BucketLogging")
OBJECT_LOCK = _both("BucketObjectLockConfiguration")
PUBLIC_ACCESS_BLOCK = ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",)
POLICY = ("aws:s3/bucketPolicy:BucketPolicy",)


def attached(bucket: Resource, stack: Stack, types: Collection[str], by: str = "bucket") -> list[Resource] | None:
    """The resources of `types` whose property `by` names the bucket; None if that cannot be told yet.

    A name is unknown until the bucket is made, but never where it comes from: a name that derives from one bucket of
    the stack is that bucket's. Otherwise equal names decide.
    """
    found, undecided = [], False
    for other in stack.of_types(types):
        origins = _origins(other, by, stack)
        name, names = other.get(by), [bucket.get("bucket"), bucket.get("id")]
        if len(origins) == 1:
            belongs = bucket.urn in origins
        elif name is not UNKNOWN and UNKNOWN not in names:
            belongs = name is not ABSENT and name in names
        else:
            belongs, undecided = False, undecided or not origins or bucket.urn in origins
        if belongs:
            found.append(other)
    return None if undecided and not found else found


def judge_attached(
    bucket: Resource, stack: Stack, types: Collection[str], judge: Callable[[Resource], Verdict]
) -> Verdict:
    """Judge the resources of `types` that belong to a bucket; a bucket without any fails."""
    kind = next(iter(types)).rpartition(":")[2]
    found = attached(bucket, stack, types)
    if found is None:
        return unknown(f"the bucket of every {kind}")
    if not found:
        return fail(f"no {kind} belongs to {bucket.name}")
    return worst(map(judge, found))


def _origins(resource: Resource, by: str, stack: Stack) -> set[str]:
    """The URNs of the buckets that a property derives from, also by way of resources that belong to a bucket."""
    origins, seen = set(), set()
    waiting = list(resource.sources.get(by, ()))
    while waiting:
        urn = waiting.pop()
        if urn in seen or (source := stack.by_urn.get(urn)) is None:
            continue
        seen.add(urn)
        if source.type in BUCKET:
            origins.add(urn)
        else:
            waiting.extend(source.sources.get("bucket", ()))
    return origins
