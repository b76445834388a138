"""Serves a model until the process gets SIGTERM: `python -m workloads.serving FOLDER`."""

import asyncio
import sys

from mlserver.utils import install_uvloop_event_loop  # pyright: ignore[reportMissingImports]

from workloads.serving.server import serve

if __name__ == "__main__":
    install_uvloop_event_loop()
    sys.exit(asyncio.run(serve(sys.argv[1] if len(sys.argv) > 1 else ".")))
