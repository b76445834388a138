"""Rules on knowing what there is."""

from policies._rule import Rule
from policies.inventory import (
    unlabelled_object,
    unruly_tag,
    untagged_resource,
)

RULES: tuple[Rule, ...] = (
    untagged_resource.RULE,
    unruly_tag.RULE,
    unlabelled_object.RULE,
)
