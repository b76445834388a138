"""Rules on encryption keys."""

from policies._rule import Rule
from policies.keys import (
    key_without_rotation,
)

RULES: tuple[Rule, ...] = (key_without_rotation.RULE,)
