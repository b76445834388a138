import os
import select
import signal
import subprocess
from pathlib import Path

PACK = Path(__file__).parents[2] / "policies" / "run"


def test_the_executable_serves_from_anywhere_and_ends_when_the_engine_is_killed(tmp_path: Path) -> None:
    command = ["sh", "-c", f'"{PACK}" 127.0.0.1:1 & echo $!; wait']
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, bufsize=1) as engine:
        assert engine.stdout
        pack, port = int(engine.stdout.readline()), int(engine.stdout.readline())
        assert 0 < port < 65536
        engine.kill()
        # The pack holds the other end of the pipe; its end is the end of the file.
        ended, _, _ = select.select([engine.stdout], [], [], 10)
        if not ended:
            os.kill(pack, signal.SIGKILL)
        assert ended, "the pack outlived the engine"
        assert engine.stdout.read() == ""
