"""Rules on encryption keys."""

from policies._rule import Rule
from policies.keys import (
    hasty_key_deletion,
    key_open_to_any_principal,
    key_without_rotation,
    shared_audit_key,
)

RULES: tuple[Rule, ...] = (
    key_without_rotation.RULE,
    key_open_to_any_principal.RULE,
    hasty_key_deletion.RULE,
    shared_audit_key.RULE,
)
