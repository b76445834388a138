"""Rules on served models, and on the data that they learn from."""

from policies._rule import Rule
from policies.ai import (
    data_of_unknown_place_or_origin,
    model_for_everyone_at_once,
    model_of_unknown_origin,
    model_that_nobody_can_stop,
    model_without_card,
    model_without_risk_tier,
    unapproved_high_risk_model,
    unattested_model,
    undisclosed_ai_system,
    unlogged_high_risk_model,
    unreviewed_high_risk_system,
    unwatched_high_risk_model,
)

RULES: tuple[Rule, ...] = (
    model_of_unknown_origin.RULE,
    model_without_risk_tier.RULE,
    unapproved_high_risk_model.RULE,
    unlogged_high_risk_model.RULE,
    unwatched_high_risk_model.RULE,
    model_without_card.RULE,
    model_that_nobody_can_stop.RULE,
    unreviewed_high_risk_system.RULE,
    model_for_everyone_at_once.RULE,
    data_of_unknown_place_or_origin.RULE,
    undisclosed_ai_system.RULE,
    unattested_model.RULE,
)
