"""The platform's own resources, as an analyzer hears of them."""

from datetime import UTC, datetime
from functools import cache

from components.approvals import encoded
from policies._decode import resources_of
from policies._view import Stack
from policies.admission import objects
from policies.profiles import profile_of
from stacks.governance import records
from stacks.layers import build
from stacks.settings import Settings
from tests.policies.examples import listening
from tests.stacks.test_settings import shipped

NOW = datetime(2026, 12, 1, tzinfo=UTC)
"""When it is judged: the approvals and reviews in the shipped settings are over one day."""


@cache
def planned(environment: str, preview: bool = True) -> Stack:
    """What an environment registers with the settings that are shipped for it."""

    def program() -> None:
        settings = Settings.parse(shipped(environment))
        build(settings, objects(profile_of(environment), approvals=encoded(records(settings))))

    return Stack(environment, resources_of(listening(program, environment, preview)), now=NOW)
