"""Alertmanager, with the platform's own route to the retraining receiver."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from sandbox.loop.programs import HOST, Programs


def start(programs: Programs, program: Path, port: int, routes: Mapping[str, Any], repeat: float) -> str:
    """Start it with the route to the retraining receiver out of a configuration; its address, once it answers.

    Args:
        programs: Where it runs.
        program: The executable.
        port: Its port.
        routes: A whole configuration; the other receivers are not here.
        repeat: Seconds after which it repeats itself, in place of the configuration's own.
    """
    (chosen,) = [one for one in routes["route"]["routes"] if one["receiver"] == "retraining"]
    (receiver,) = [one for one in routes["receivers"] if one["name"] == "retraining"]
    quick = {**chosen, "group_interval": "1s", "repeat_interval": f"{repeat:.0f}s"}
    document = {
        "route": {"receiver": "nobody", "routes": [quick]},
        "receivers": [{"name": "nobody"}, receiver],
    }
    (programs.folder / "alertmanager.yaml").write_text(yaml.safe_dump(document))
    address = f"{HOST}:{port}"
    flags = ["--config.file=alertmanager.yaml", "--storage.path=alerts", f"--web.listen-address={address}"]
    programs.start("alertmanager", [str(program), *flags, "--cluster.listen-address="])
    programs.answers("alertmanager", f"http://{address}/-/ready")
    return address
