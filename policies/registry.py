"""Every rule of the pack, in the order of reports and of the reference."""

from policies._rule import Rule
from policies.access import open_to_any_principal
from policies.audit import erasable_audit_logs, incomplete_trail
from policies.inventory import untagged_resource
from policies.keys import key_without_rotation
from policies.storage import (
    bucket_reachable_without_tls,
    bucket_without_customer_key,
    bucket_without_public_access_block,
    bucket_without_versioning,
    data_without_deletion_protection,
)

RULES: tuple[Rule, ...] = (
    bucket_without_customer_key.RULE,
    bucket_without_versioning.RULE,
    bucket_without_public_access_block.RULE,
    bucket_reachable_without_tls.RULE,
    open_to_any_principal.RULE,
    data_without_deletion_protection.RULE,
    key_without_rotation.RULE,
    incomplete_trail.RULE,
    erasable_audit_logs.RULE,
    untagged_resource.RULE,
)
