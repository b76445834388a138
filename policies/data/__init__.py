"""Rules on databases, caches, file systems, messages, functions and builds."""

from policies._rule import Rule
from policies.data import (
    database_accepting_passwords_in_the_clear,
    database_without_backup,
    database_without_customer_key,
    database_without_minor_upgrades,
    function_outside_the_network,
    messages_without_customer_key,
    publicly_accessible_database,
    store_without_customer_key,
    unconfined_build,
    unlocked_backups,
    unprotected_cache,
    unprotected_file_system,
)

RULES: tuple[Rule, ...] = (
    database_without_customer_key.RULE,
    publicly_accessible_database.RULE,
    database_without_backup.RULE,
    database_accepting_passwords_in_the_clear.RULE,
    database_without_minor_upgrades.RULE,
    unprotected_cache.RULE,
    unprotected_file_system.RULE,
    messages_without_customer_key.RULE,
    function_outside_the_network.RULE,
    store_without_customer_key.RULE,
    unlocked_backups.RULE,
    unconfined_build.RULE,
)
