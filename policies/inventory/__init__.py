"""Rules on knowing what there is."""

from policies._rule import Rule
from policies.inventory import (
    untagged_resource,
)

RULES: tuple[Rule, ...] = (untagged_resource.RULE,)
