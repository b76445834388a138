"""Rules on the record of who did what."""

from policies._rule import Rule
from policies.audit import (
    erasable_audit_logs,
    incomplete_trail,
)

RULES: tuple[Rule, ...] = (
    incomplete_trail.RULE,
    erasable_audit_logs.RULE,
)
