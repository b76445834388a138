"""Inputs that mean harm: generated from a seed, so that a failure can be had again."""

import random
from collections.abc import Callable
from typing import Any

from policies.registry import RULES

COUNT = 100
CANARY = "hunter2-canary"
"""Stands in every text, so that a message that quotes one is found out."""
TOKENS = sorted({token for rule in RULES for token in rule.types if not token.endswith("*")})
NAMES = (
    "policy",
    "tags",
    "bucket",
    "rules",
    "spec",
    "metadata",
    "kind",
    "name",
    "id",
    "arn",
    "enableKeyRotation",
    "versioningConfiguration",
    "retentionInDays",
    "4dabf18193072939515e22adb298388d",
)


def inputs(point: str) -> list[random.Random]:
    """A source of chance for each of the inputs of a point."""
    return [random.Random(f"{point}-{number}") for number in range(COUNT)]


def value(chance: random.Random, depth: int = 0) -> Any:
    """Anything that JSON can hold, and much of it."""
    kinds: list[Callable[[], Any]] = [
        lambda: None,
        lambda: chance.choice([True, False]),
        lambda: chance.choice([0, -1, 1e308, -1e308, 2**53, 0.1]),
        lambda: CANARY,
        lambda: CANARY + chance.choice(["\N{SNOWMAN}", "\u202e", "\x00", "\n::$", "{" * 300, "a" * 1000, "*?["]),
        lambda: "1b47061264138c4ac30d75fd1eb44270",
        lambda: f'{{"Statement": [{{"Effect": "Allow", "Principal": {{"AWS": ["{CANARY}*", 7, null]}}}}]}}',
        lambda: nested(chance.choice([50, 150])),
    ]
    if depth < 3:
        kinds += [
            lambda: [value(chance, depth + 1) for _ in range(chance.choice([0, 1, 3]))],
            lambda: {chance.choice(NAMES): value(chance, depth + 1) for _ in range(chance.choice([0, 1, 3]))},
            lambda: [{chance.choice(NAMES): value(chance, depth + 1)}] * chance.choice([1, 12]),
        ] * 2
    return chance.choice(kinds)()


def nested(depth: int) -> Any:
    """Lists in objects, as deep as asked for."""
    found: Any = CANARY
    for _ in range(depth):
        found = {"policy": [found]}
    return found


def properties(chance: random.Random) -> dict[str, Any]:
    """What a resource might say, each value of whatever type."""
    found = {name: value(chance) for name in chance.sample(NAMES, chance.randint(1, len(NAMES)))}
    return {**found, "huge": CANARY * 50_000} if chance.random() < 0.01 else found


def urn(chance: random.Random, token: str, number: int) -> str:
    """Mostly a URN."""
    return chance.choice([f"urn:pulumi:prod::p::{token}::r{number}"] * 8 + ["", "urn:pulumi:", CANARY])
