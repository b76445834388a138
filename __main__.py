"""The platform of one environment: its settings in, its components wired, its outputs exported."""

from stacks._sdk import wait_for_outputs_once
from stacks.layers import build
from stacks.settings import Settings

wait_for_outputs_once()
build(Settings.from_engine())
