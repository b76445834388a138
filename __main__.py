"""The platform of one environment: its settings and rules in, its components wired, its outputs exported."""

import os

import pulumi

from policies.admission import objects
from policies.exemptions import shipped
from policies.profiles import ProfileError, profile_of
from stacks._sdk import hasten, send
from stacks.governance import known
from stacks.layers import steps
from stacks.settings import Settings, SettingsError
from stacks.stages import UNTIL, Stage


async def main() -> None:
    """Wire the stack, and send each part of it to the engine before the next one is wired."""
    try:
        settings = Settings.from_engine()
        profile, until = profile_of(settings.stack), Stage(os.environ.get(UNTIL, Stage.MODELS))
    except (SettingsError, ProfileError) as error:
        raise pulumi.RunError(str(error)) from None  # the engine shows it without a traceback
    for _ in steps(settings, objects(profile, shipped().well_formed, known(settings)), until):
        await send()


hasten()
pulumi.run(main)
