"""The platform of one environment: its settings and rules in, its components wired, its outputs exported."""

from pulumi import RunError

from policies.admission import objects
from policies.exemptions import shipped
from policies.profiles import profile_of
from stacks._sdk import hasten
from stacks.governance import known
from stacks.layers import build
from stacks.settings import Settings, SettingsError

hasten()
try:
    settings = Settings.from_engine()
except SettingsError as error:
    raise RunError(str(error)) from None  # shown without a traceback
build(settings, objects(profile_of(settings.stack), shipped().well_formed, known(settings)))
