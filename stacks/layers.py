"""The layers of an environment, in one stack or in one stack each."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stacks._fields import PROJECT
from stacks.foundation import Foundation, foundation
from stacks.models import models
from stacks.platform import Platform, platform
from stacks.settings import Layer, Settings
from stacks.stages import LAYERS, Stage
from stacks.wiring import Wiring


def build(settings: Settings, admission: Sequence[Mapping[str, Any]] = (), until: Stage = Stage.MODELS) -> None:
    """Wire what the stack is: every layer, or the one that its settings name, on those that others have exported.

    Args:
        settings: The settings.
        admission: Manifests of the policies that the cluster's API server enforces.
        until: The last stage that is made. Default: all of them.
    """
    for _ in steps(settings, admission, until):
        pass


def steps(
    settings: Settings, admission: Sequence[Mapping[str, Any]] = (), until: Stage = Stage.MODELS
) -> Iterator[None]:
    """Do what `build` does, with a pause after the provider and after each layer."""
    wiring = Wiring(settings, admission, until)
    yield

    def is_here(layer: Layer) -> bool:
        begun = any(one is layer and until.covers(stage) for stage, one in LAYERS.items())
        return settings.layer in (None, layer) and begun

    if is_here(Layer.FOUNDATION):
        base = foundation(wiring)
        base.publish()
        yield
    else:
        base = Foundation.read(_full_name(settings, Layer.FOUNDATION))
        if settings.ci and base.boundary is not None:
            wiring.bind(base.boundary)
    if is_here(Layer.PLATFORM):
        above = platform(wiring, base)
        above.publish()
        yield
    elif is_here(Layer.MODELS):
        above = Platform.read(_full_name(settings, Layer.PLATFORM))
    else:
        return
    if is_here(Layer.MODELS):
        models(wiring, base, above).publish()


def _full_name(settings: Settings, layer: Layer) -> str:
    """A stack's name where the backend has no organizations."""
    return f"organization/{PROJECT}/{settings.stack_of(layer)}"
