"""Starts the policy pack; the engine runs this file, in a directory pack as well as through `run`."""

import io
import sys
from pathlib import Path

# The engine starts the folder by its path, so Python looks for modules in it first: there the packages beside it
# are not in sight, and `policies/secrets` hides Python's own.
sys.path.pop(0)
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from policies.pack import serve

# The engine waits for a port that the SDK does not flush; not every language host starts Python with `-u`.
sys.stdout = io.TextIOWrapper(io.FileIO(sys.stdout.fileno(), "wb", closefd=False), write_through=True)

serve()
