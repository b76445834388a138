"""ECR-03: images are encrypted with a customer-managed key."""

from policies._controls import nist
from policies._keys import require_customer_key
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, require, unknown, worst
from policies._view import UNKNOWN, Resource, Stack
from policies.images._repositories import REPOSITORY, TEMPLATE
from policies.profiles import Severity

_SETTINGS = "encryptionConfigurations"
_TYPES = ("KMS", "KMS_DSSE")


def _check(repository: Resource, stack: Stack) -> Verdict:
    key = require_customer_key(repository, f"{_SETTINGS}[0].kmsKey")
    if repository.get(_SETTINGS) is UNKNOWN:
        # All of it is unknown because the key in it is; the type is judged when the key exists.
        return key if key is PASS else unknown(at(repository, _SETTINGS))
    kind = require(repository, f"{_SETTINGS}[0].encryptionType", lambda name: name in _TYPES, " or ".join(_TYPES))
    return worst([kind, key])


RULE = Rule(
    id="ECR-03",
    name="images-without-customer-key",
    title="A repository encrypts its images with a customer-managed KMS key.",
    why="Images hold code and often model weights: an own key is a second permission, which can be withdrawn and "
    "whose use is on record.",
    instead="Set `encryptionConfigurations` to type `KMS` with `kmsKey`. An existing repository has to be replaced.",
    severity=Severity.MEDIUM,
    types=(*REPOSITORY, *TEMPLATE),
    controls=nist("SC-28(1)"),
    check=_check,
    good="""
key = aws.kms.Key("images", enable_key_rotation=True)
aws.ecr.Repository("serving", encryption_configurations=[{"encryption_type": "KMS", "kms_key": key.arn}])
""",
    bad="""
aws.ecr.Repository("serving", encryption_configurations=[{"encryption_type": "AES256"}])
""",
    joins=True,
)
