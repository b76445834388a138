"""Rules on who may become what."""

from policies._rule import Rule
from policies.access import (
    role_open_to_any_principal,
)

RULES: tuple[Rule, ...] = (role_open_to_any_principal.RULE,)
