"""The platform's own resources, as an analyzer hears of them."""

from functools import cache

from policies._decode import resources_of
from policies._view import Stack
from policies.admission import objects
from policies.profiles import profile_of
from stacks.layers import build
from stacks.settings import Settings
from tests.policies.examples import listening
from tests.stacks.test_settings import shipped


@cache
def planned(environment: str, preview: bool = True) -> Stack:
    """What an environment registers with the settings that are shipped for it."""

    def program() -> None:
        build(Settings.parse(shipped(environment)), objects(profile_of(environment)))

    return Stack(environment, resources_of(listening(program, environment, preview)))
