"""Starts the policy pack; the engine runs this file, in a directory pack as well as through `run`."""

import sys
from pathlib import Path

# The engine starts the file by its path: the packages beside `policies` are not in sight.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from policies.pack import serve

serve()
