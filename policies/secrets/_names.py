"""Which names mean that a value is a secret."""

import re
from functools import lru_cache
from typing import Any

_SECRET = re.compile(
    r"(password|passwd|passphrase|secretstring|secretbinary|secretaccesskey|secretkey|privatekey|presharedkey|apikey"
    r"|authkey|credentials|connectionstring|(client|shared|signing|webhook|cookie|app|application)secret"
    r"|(access|api|auth|bearer|bot|github|hec|jwt|oauth|refresh|secret|session|webidentity)token)$"
)
_REFERENCES = ("arn:", "{{", "${")
_ALONE = frozenset({"secret", "token"})


@lru_cache(maxsize=4096)
def names_a_secret(name: str) -> bool:
    """Whether what has this name is a secret itself, not a reference to one, its version or a switch.

    `masterUserSecretKmsKeyId` and `secretArn` end otherwise; so does `passwordWo`, which providers do not keep.
    """
    plain = re.sub(r"[^a-z]", "", name.lower())
    return plain in _ALONE or bool(_SECRET.search(plain))


def holds_text(value: Any) -> bool:
    """Whether a value is text that is no reference; a switch, a number or a structure is no secret itself."""
    return isinstance(value, str) and value != "" and not value.startswith(_REFERENCES)
