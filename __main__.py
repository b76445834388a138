"""The platform of one environment: its settings in, its components wired, its outputs exported."""

from stacks.layers import build
from stacks.settings import Settings

build(Settings.from_engine())
