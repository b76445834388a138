"""Rules on the record of who did what."""

from policies._rule import Rule
from policies.audit import (
    erasable_audit_logs,
    incomplete_trail,
    short_lived_logs,
    unguarded_account,
    unrecorded_data_access,
    unwatched_trail,
)

RULES: tuple[Rule, ...] = (
    incomplete_trail.RULE,
    unrecorded_data_access.RULE,
    short_lived_logs.RULE,
    unguarded_account.RULE,
    erasable_audit_logs.RULE,
    unwatched_trail.RULE,
)
