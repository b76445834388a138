"""What a person can do about what the policies refuse: the rule's own advice, and the setting that it comes from."""

import re
from collections.abc import Iterator

from mlp.plan import Line
from mlp.policy import Verdicts
from policies.profiles import profile_of
from policies.registry import NAMES
from stacks.images import full_name, images
from stacks.settings import Settings, where

UNPINNED = "unpinned-image"


def hints(verdicts: Verdicts, settings: Settings) -> Iterator[Line]:
    """For each rule that refuses something, what to do instead; and which settings name an image that is refused."""
    refused = {entry["name"]: entry["rule"] for entry in verdicts.mandatory}
    for name, rule in sorted(refused.items(), key=lambda one: one[1]):
        if name in NAMES:
            yield Line(f"{rule}: {NAMES[name].instead}", "", 2)
        if name == UNPINNED:
            yield from _images(settings)


def _images(settings: Settings) -> Iterator[Line]:
    """The settings whose image is of no registry that the environment's profile knows."""
    profile = profile_of(settings.stack)
    file = f"policies/environments/{profile.environment}.yaml"
    for path, given in images(settings):
        image = full_name(settings, given)
        if not any(re.fullmatch(f"{registry}@sha256:.*", image) for registry in profile.image_registries):
            known = " or ".join(profile.image_registries)
            text = f'{where(settings.stack, path)} = "{image}": allowed by image_registries in {file}: {known}'
            yield Line(text, "red", 2)
