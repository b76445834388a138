"""The platform's own resources, as an analyzer hears of them."""

from datetime import UTC, datetime
from functools import cache

from pulumi.runtime import proto

from policies._decode import resources_of
from policies._view import Stack
from policies.admission import objects
from policies.profiles import profile_of
from stacks.governance import known
from stacks.layers import build
from stacks.settings import Settings
from tests.policies.examples import listening
from tests.stacks.test_settings import shipped

NOW = datetime(2026, 12, 1, tzinfo=UTC)
"""When it is judged: the approvals and reviews in the shipped settings are over one day."""


@cache
def asked(environment: str, preview: bool = True) -> tuple[proto.AnalyzerResource, ...]:
    """What an analyzer is asked about an environment with the settings that are shipped for it."""

    def program() -> None:
        settings = Settings.parse(shipped(environment))
        build(settings, objects(profile_of(environment), approvals=known(settings)))

    return listening(program, environment, preview)


@cache
def planned(environment: str, preview: bool = True) -> Stack:
    """The same as rules see it."""
    return Stack(environment, resources_of(asked(environment, preview)), now=NOW)
