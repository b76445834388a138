"""Example values of the shipped settings, which a real account must not be given."""

import hashlib
import re
from typing import TYPE_CHECKING, NamedTuple

from stacks._fields import Problem, Problems, texts

if TYPE_CHECKING:
    from stacks.settings import Settings

EXAMPLE_KEYS = frozenset(
    {
        "53c613a7a5dc31a43f4812ad4c82d55d83615ba210e06d4c0eaf08f153841707",
        "6f0ffd29095964a23b19a08c774a9200d042443c6de030c21cc41dd5cdca50b2",
        "78f232be826f505f5a42b3e8ff16152d9b1ce263a781ee8b977f69b834c5eddf",
        "85f1d5debfae5b56a9ac15bb734bff1ebdb897368319f0109a3ce2d372006671",
        "d72c5ed7f5e0809bcdbf367ad592c71226d70fae8f17496e9267eb89e76f2d48",
    }
)
"""SHA-256 of the public keys in the shipped settings; their private keys were not kept."""


class Example(NamedTuple):
    """A kind of example value.

    Attributes:
        pattern: Matches the value anywhere.
        give: What to write instead.
    """

    pattern: str
    give: str


EXAMPLES = (
    Example(r"@sha256:0{64}$", "the digest of an image in your registry; docs/first-deploy.md builds and pushes it"),
    Example(r"^sha256:0{64}$", "the digest that `mlp promote --record` prints"),
    Example(r"^0123456789abcdef0123456789abcdef$", "the MLflow run that trained the model"),
    # RFC 2606, section 3, reserves these domains: mail to them is not delivered.
    Example(r"(^|[@./])example\.(com|net|org)\b", "an address or a domain of your organization"),
    Example(r"(^|github\.com/)example/", "OWNER/NAME of your GitHub repository"),
    Example(
        r":certificate/00000000-0000-0000-0000-000000000000$",
        "the ARN of a certificate in us-east-1; docs/first-deploy.md requests it",
    ),
    Example(
        r":key/00000000-0000-0000-0000-000000000000$", "the ARN of a key; `mlp bootstrap` prints that of the state"
    ),
    Example(
        r":connection/00000000-0000-0000-0000-000000000000$",
        "the ARN of a connection to GitHub; docs/first-deploy.md creates one",
    ),
    Example(r"^artifacts-of-\w+$", "the name of a bucket; `mlp output` prints it in the other environment"),
)


def examples(settings: "Settings") -> Problems:
    """Every setting that still has an example value.

    An account number that repeats one digit is an example too, unless it is the environment's own: that one is
    compared with the credentials.
    """
    for path, value in texts(settings):
        if give := _instead(value, settings.account):
            shown = value.partition("\n")[0]
            yield Problem(path, shown, f"an example value; give: {give}")


def _instead(value: str, account: str) -> str:
    """What to write instead of an example; empty if the value is none."""
    if value.startswith("-----BEGIN PUBLIC KEY") and _fingerprint(value) in EXAMPLE_KEYS:
        return "a public key whose private key you have"
    for pattern, give in EXAMPLES:
        if re.search(pattern, value):
            return give
    others = [digit * 12 for digit in re.findall(r"(?<!\d)(\d)\1{11}(?!\d)", value) if digit * 12 != account]
    return f"the number of your own account instead of {others[0]}" if others else ""


def _fingerprint(key: str) -> str:
    return hashlib.sha256("".join(key.split()).encode()).hexdigest()
