"""What every layer shares: the engine on PATH, if this machine has it."""

import os

from sandbox.toolchain import Toolbox

os.environ["PATH"] = os.pathsep.join([*map(str, Toolbox().look().path), os.environ["PATH"]])
