"""The command line `mlp`: thin verbs that join the rooms."""

import sys

# Where a shell forbids Python to keep what it compiles, every start would compile all packages anew: two seconds.
sys.dont_write_bytecode = False
