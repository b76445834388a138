"""Rules on principals and what they may do."""

from policies._rule import Rule
from policies.identity import (
    grant_of_everything,
    grant_of_whole_services,
    liftable_boundary,
    long_lived_identity,
    role_without_boundary,
)

RULES: tuple[Rule, ...] = (
    grant_of_everything.RULE,
    grant_of_whole_services.RULE,
    long_lived_identity.RULE,
    role_without_boundary.RULE,
    liftable_boundary.RULE,
)
