"""Every rule, in the order of reports and of the reference."""

from policies import (
    access,
    ai,
    audit,
    cost,
    data,
    eks,
    identity,
    images,
    inventory,
    keys,
    network,
    secrets,
    storage,
    workloads,
)
from policies._rule import Rule
from policies.oversight import OVERSIGHT

ROOMS = (storage, access, keys, images, eks, cost, inventory, network, data, identity, secrets, audit, workloads, ai)

RULES: tuple[Rule, ...] = tuple(rule for room in ROOMS for rule in room.RULES)

NAMES: dict[str, Rule] = {rule.name: rule for rule in (*RULES, *OVERSIGHT)}
"""Every rule by its name, those on exemptions too."""
