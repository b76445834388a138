"""The platform of one environment: its settings and rules in, its components wired, its outputs exported."""

from components.approvals import encoded
from policies.admission import objects
from policies.exemptions import shipped
from policies.profiles import profile_of
from stacks._sdk import wait_for_outputs_once
from stacks.governance import records
from stacks.layers import build
from stacks.settings import Settings

wait_for_outputs_once()
settings = Settings.from_engine()
build(settings, objects(profile_of(settings.stack), shipped().well_formed, encoded(records(settings))))
