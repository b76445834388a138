"""Rules on who may reach what."""

from policies._rule import Rule
from policies.access import (
    open_to_any_principal,
)

RULES: tuple[Rule, ...] = (open_to_any_principal.RULE,)
