"""What an environment's settings make, without an engine: the values of its charts, and what else is in the cluster."""

import hashlib
import json
from functools import cache
from typing import Any

import pulumi

from stacks.layers import build
from stacks.settings import Settings
from tests.components.conftest import Recorder, whole
from tests.stacks.test_boundary import Account

ENVIRONMENTS = ("dev", "staging", "prod")


@cache
def wired(environment: str) -> Recorder:
    """Everything that an environment registers."""
    found = Account()
    found.start(environment)

    @pulumi.runtime.test
    def body() -> None:
        build(Settings.from_file(environment))

    body()
    return found


@cache
def releases(environment: str) -> dict[str, dict[str, Any]]:
    """Chart to the inputs of its release."""
    return {one.inputs["name"]: whole(one.inputs) for one in wired(environment).of("Release")}


def digest(values: Any) -> str:
    """A short text that changes with the values of a release."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
