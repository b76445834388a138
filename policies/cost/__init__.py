"""Rules on what it costs, and on what may go away because it is cheap."""

from policies._rule import Rule
from policies.cost import (
    environment_without_budget,
    gpus_on_demand,
    nodes_that_stay,
    nodes_without_limit,
    overdue_environment,
    unlisted_instance_type,
    unprepared_spot_pod,
)

RULES: tuple[Rule, ...] = (
    unlisted_instance_type.RULE,
    gpus_on_demand.RULE,
    nodes_without_limit.RULE,
    environment_without_budget.RULE,
    nodes_that_stay.RULE,
    overdue_environment.RULE,
    unprepared_spot_pod.RULE,
)
