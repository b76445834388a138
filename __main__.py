"""The platform of one environment: its settings and rules in, its components wired, its outputs exported."""

from policies.admission import objects
from policies.exemptions import shipped
from policies.profiles import profile_of
from stacks._sdk import hasten
from stacks.governance import known
from stacks.layers import build
from stacks.settings import Settings

hasten()
settings = Settings.from_engine()
build(settings, objects(profile_of(settings.stack), shipped().well_formed, known(settings)))
