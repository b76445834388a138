"""RDS-01: storage encrypted with a customer-managed key."""

from policies._controls import cis_4, cis_7, nist
from policies._keys import require_customer_key
from policies._rule import Rule
from policies._verdict import Verdict, require, worst
from policies._view import Resource, Stack
from policies.data._databases import CLUSTER, INSTANCE
from policies.profiles import Severity

_KEYS = {
    "masterUserSecretKmsKeyId": "manageMasterUserPassword",
    "performanceInsightsKmsKeyId": "performanceInsightsEnabled",
}
"""Keys of what a database keeps elsewhere, and what makes it do so."""


def _check(database: Resource, stack: Stack) -> Verdict:
    keys = ["kmsKeyId", *(key for key, switch in _KEYS.items() if database.get(switch) is True)]
    encrypted = require(database, "storageEncrypted", lambda on: on is True, "true")
    return worst([encrypted, *(require_customer_key(database, key) for key in keys)])


RULE = Rule(
    id="RDS-01",
    name="database-without-customer-key",
    title="A database encrypts its storage with a customer-managed KMS key.",
    why="Storage, snapshots and logs lie on disks of others; only an own key gives a permission of its own that can be "
    "withdrawn and whose use is on record. A database cannot be encrypted later, only copied.",
    instead="Set `storageEncrypted` to true and `kmsKeyId` to the ARN of an own key, from the start.",
    severity=Severity.HIGH,
    types=(INSTANCE, CLUSTER),
    controls=(*cis_4("2.2.1"), *cis_7("3.2.1"), *nist("SC-28(1)")),
    check=_check,
    good="""
key = aws.kms.Key("registry", enable_key_rotation=True)
aws.rds.Instance("registry", instance_class="db.t4g.medium", storage_encrypted=True, kms_key_id=key.arn)
""",
    bad="""
aws.rds.Instance("registry", instance_class="db.t4g.medium", storage_encrypted=True)
""",
    joins=True,
)
