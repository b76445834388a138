"""Where the platform runs without an account: toolchain, processes and stand-in providers."""
