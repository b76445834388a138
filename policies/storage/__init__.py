"""Rules on buckets and what protects their contents."""

from policies._rule import Rule
from policies.storage import (
    bucket_reachable_without_tls,
    bucket_with_access_lists,
    bucket_without_access_log,
    bucket_without_customer_key,
    bucket_without_public_access_block,
    bucket_without_versioning,
    data_without_deletion_protection,
    erasable_records,
    hasty_expiry,
    objects_of_other_keys,
    open_to_any_principal,
    store_without_copy,
)

RULES: tuple[Rule, ...] = (
    bucket_without_customer_key.RULE,
    bucket_without_versioning.RULE,
    bucket_without_public_access_block.RULE,
    bucket_reachable_without_tls.RULE,
    open_to_any_principal.RULE,
    bucket_without_access_log.RULE,
    erasable_records.RULE,
    bucket_with_access_lists.RULE,
    hasty_expiry.RULE,
    data_without_deletion_protection.RULE,
    store_without_copy.RULE,
    objects_of_other_keys.RULE,
)
