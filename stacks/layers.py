"""The layers of an environment, in one stack or in one stack each."""

from stacks.foundation import Foundation, foundation
from stacks.settings import Layer, Settings
from stacks.wiring import Wiring


def build(settings: Settings) -> None:
    """Wire what the stack is: every layer, or the one that its settings name."""
    wiring = Wiring(settings)
    base = (
        foundation(wiring)
        if settings.layer in (None, Layer.FOUNDATION)
        else Foundation.read(_full(settings, Layer.FOUNDATION))
    )
    if settings.layer in (None, Layer.FOUNDATION):
        base.publish()


def _full(settings: Settings, layer: Layer) -> str:
    return f"organization/ml-platform/{settings.stack_of(layer)}"
