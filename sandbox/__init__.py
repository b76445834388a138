"""Where the platform runs without an account: toolchain, processes and stand-in providers."""

import gc

# Its programs load much that stays and end soon; by default a third of their time goes on looking for garbage in that.
gc.set_threshold(100_000, 5, 5)
