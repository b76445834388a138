"""The platform of one environment: its settings in, its components wired, its outputs exported."""

from stacks._sdk import hasten
from stacks.layers import build
from stacks.settings import Settings

hasten()
build(Settings.from_engine())
