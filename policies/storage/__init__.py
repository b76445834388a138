"""Rules on buckets and what protects their contents."""

from policies._rule import Rule
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
    data_without_deletion_protection.RULE,
)
