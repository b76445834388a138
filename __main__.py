"""The platform of one environment: its settings in, its components wired, its outputs exported."""

from stacks.foundation import foundation
from stacks.settings import Settings

foundation(Settings.from_engine())
