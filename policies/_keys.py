"""What counts as a customer-managed key."""

from policies._verdict import PASS, Verdict, at, fail, unknown
from policies._view import ABSENT, UNKNOWN, Resource

KEY = ("aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey", "aws:kms/externalKey:ExternalKey")
SYMMETRIC_SPEC = "SYMMETRIC_DEFAULT"
_SOURCES = (*KEY, "aws:kms/alias:Alias", "aws:kms/replicaExternalKey:ReplicaExternalKey")


def require_customer_key(resource: Resource, path: str) -> Verdict:
    """Demand a key of the customer's own; one that this very update makes is known to be one."""
    value = resource.get(path)
    if value is UNKNOWN:
        made_here = resource.comes_from(path.split("[")[0].split(".")[0], _SOURCES)
        return PASS if made_here else unknown(at(resource, path))
    if value is ABSENT:
        return fail(f"{at(resource, path)} is not set, must be a customer-managed key")
    # KMS reserves this prefix for the keys that AWS manages.
    if str(value).rpartition(":")[2].startswith("alias/aws/"):
        return fail(f"{at(resource, path)} is a key that AWS manages, must be a customer-managed key")
    return PASS
