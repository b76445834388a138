"""Which resources set up a bucket: since version 7 of the AWS provider, a bucket's security lies beside it."""

from collections.abc import Callable, Collection

from policies import _joins
from policies._joins import Owner
from policies._verdict import Verdict, require, worst
from policies._view import ABSENT, UNKNOWN, Resource, Stack


def _both(name: str) -> tuple[str, str]:
    """The token and its V2 twin: the SDK offers both, and state keeps whichever was used."""
    return f"aws:s3/{name[0].lower()}{name[1:]}:{name}", f"aws:s3/{name[0].lower()}{name[1:]}V2:{name}V2"


BUCKET = _both("Bucket")
VERSIONING = _both("BucketVersioning")
ENCRYPTION = _both("BucketServerSideEncryptionConfiguration")
LIFECYCLE = _both("BucketLifecycleConfiguration")
LOGGING = _both("BucketLogging")
OBJECT_LOCK = _both("BucketObjectLockConfiguration")
OWNERSHIP = ("aws:s3/bucketOwnershipControls:BucketOwnershipControls",)
PUBLIC_ACCESS_BLOCK = ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",)
POLICY = ("aws:s3/bucketPolicy:BucketPolicy",)
REPLICATION = ("aws:s3/bucketReplicationConfig:BucketReplicationConfig",)
TRAIL = ("aws:cloudtrail/trail:Trail",)

CONTENT = "content"
"""Tag of a bucket that says what it holds: `artifacts` (models, datasets), `logs` or `documents` of AI systems."""

MODES = ("COMPLIANCE", "GOVERNANCE")
"""How firm a lock is: one that nobody may shorten, one that yields to a permission."""

_OWNER = Owner(BUCKET, "bucket", ("bucket", "id"))
_RETENTION = "rule.defaultRetention"


def attached(bucket: Resource, stack: Stack, types: Collection[str], by: str = "bucket") -> list[Resource] | None:
    """The resources of `types` whose property `by` names the bucket; None if that cannot be told yet."""
    return _joins.attached(bucket, _OWNER, stack, types, by)


def judge_attached(
    bucket: Resource, stack: Stack, types: Collection[str], judge: Callable[[Resource], Verdict]
) -> Verdict:
    """Judge the resources of `types` that belong to a bucket; a bucket without any fails."""
    return _joins.judge_attached(bucket, _OWNER, stack, types, judge)


def content_of(bucket: Resource) -> object:
    """What the bucket says that it holds; `UNKNOWN` and `ABSENT` as for any property."""
    own = bucket.get(f"tags.{CONTENT}")
    return bucket.get(f"tagsAll.{CONTENT}") if own is ABSENT else own


def floor_of(bucket: Resource, stack: Stack) -> object:
    """The days that a bucket of records must keep them; `ABSENT` if it keeps none, `UNKNOWN` if that is not known.

    A bucket keeps records if it says so, or if a trail delivers to it.
    """
    content, trails = content_of(bucket), attached(bucket, stack, TRAIL, by="s3BucketName")
    if trails or content == "logs":
        return stack.profile.audit_retention_days
    if content == "documents":
        return max(stack.profile.documentation_days, stack.profile.audit_retention_days)
    return UNKNOWN if trails is None or content is UNKNOWN else ABSENT


def locked(bucket: Resource, stack: Stack, floor: int, modes: Collection[str] = MODES) -> Verdict:
    """Demand an object lock that by default keeps every version for `floor` days, in one of `modes`."""

    def retention(lock: Resource) -> Verdict:
        # One of the two is set; state reports the other as zero.
        by_years = lock.get(f"{_RETENTION}.days") in (ABSENT, 0) and lock.get(f"{_RETENTION}.years") not in (ABSENT, 0)
        unit, each = ("years", 365) if by_years else ("days", 1)
        return worst(
            [
                require(lock, f"{_RETENTION}.mode", lambda mode: mode in modes, " or ".join(modes)),
                require(lock, f"{_RETENTION}.{unit}", lambda n: n * each >= floor, f"{floor} days or more"),
            ]
        )

    enabled = require(bucket, "objectLockEnabled", lambda on: on is True, "true")
    return worst([enabled, judge_attached(bucket, stack, OBJECT_LOCK, retention)])
