"""Starts the analyzer; the engine runs this through `policies/run`."""

from policies.analyzer.server import serve

serve()
