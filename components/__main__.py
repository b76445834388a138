"""Serves the components to every Pulumi language."""

import sys
from pathlib import Path

# The host runs `python components/`, which leaves the package itself off the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pulumi.provider.experimental import component_provider_host

from components import SERVED
from components._component import PACKAGE

if __name__ == "__main__":
    component_provider_host(name=PACKAGE, components=SERVED)
