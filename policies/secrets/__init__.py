"""Rules on secrets."""

from policies._rule import Rule
from policies.secrets import (
    plain_text_secret,
    secret_open_to_its_account,
    secret_that_stays,
    secret_without_customer_key,
)

RULES: tuple[Rule, ...] = (
    secret_without_customer_key.RULE,
    plain_text_secret.RULE,
    secret_open_to_its_account.RULE,
    secret_that_stays.RULE,
)
