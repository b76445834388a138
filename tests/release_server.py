"""A server of releases on this machine, as publishers and mirrors have them: at a limited rate, and with faults.

    python -m tests.release_server FOLDER [--rate 50] [--port 0]

packs the programs that this machine has into FOLDER, prints the value of MLP_RELEASES_MIRROR and serves until it is
stopped. The archives hold only what is taken from them: the publishers' are larger, Pulumi's by about 100 MB.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import tarfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mmap import ACCESS_READ, mmap
from pathlib import Path

from sandbox.toolchain import Toolbox
from sandbox.toolreleases import RELEASES, File, Release, locate

CHUNK = 256 << 10
PAGE = b"<!doctype html><html><head><title>Sign in to the network</title></head><body></body></html>"


class ReleaseServer(ThreadingHTTPServer):
    """Serves a folder; what `faults` names, by the end of its path, comes wrong.

    Faults: `missing`, `page`, `half` (breaks off), `broken` (breaks off, and always begins at the start), `short`
    (less, as if it were all), `other` (another content), `loop`, `silent`, `busy`, or an address
    to redirect to.
    """

    daemon_threads = True

    def __init__(self, folder: Path, rate: float = 0, port: int = 0) -> None:
        """Listen on a port of 127.0.0.1 (0: any that is free), and send at most `rate` bytes a second (0: no limit)."""
        super().__init__(("127.0.0.1", port), _Answer)
        self.folder = folder
        self.rate = rate
        self.faults: dict[str, str] = {}
        self.asked: list[tuple[str, str]] = []
        """The paths that were asked for, each with its Range."""
        self.stopped = threading.Event()
        self._free = 0.0
        self._lock = threading.Lock()

    @property
    def mirror(self) -> str:
        """The address of the folder."""
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> "ReleaseServer":
        threading.Thread(target=self.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self.shutdown()
        self.server_close()

    def pace(self, size: int) -> None:
        """Wait until some more bytes may be sent; all connections share the rate."""
        if self.rate:
            with self._lock:
                self._free = max(self._free, time.monotonic()) + size / self.rate
                wait = self._free - time.monotonic()
            time.sleep(max(0, wait))


class _Answer(BaseHTTPRequestHandler):
    server: ReleaseServer  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        asked = self.headers.get("Range", "")
        self.server.asked.append((self.path, asked))
        fault = next((fault for end, fault in self.server.faults.items() if self.path.endswith(end)), "")
        file = self.server.folder / self.path.lstrip("/")
        if fault == "silent":
            self.server.stopped.wait()
        elif fault == "loop" or fault.startswith("http"):
            self._send(302, b"", Location=self.path if fault == "loop" else fault)
        elif fault == "page":
            self._send(200, PAGE, **{"Content-Type": "text/html; charset=utf-8"})
        elif fault == "busy":
            self._send(503, b"")
        elif fault == "missing" or not file.is_file():
            self._send(404, b"")
        else:
            self._file(file, fault, asked)

    def _file(self, file: Path, fault: str, asked: str) -> None:
        with file.open("rb") as opened, mmap(opened.fileno(), 0, access=ACCESS_READ) as content:
            size = len(content) // 2 if fault == "short" else len(content)
            start = int(asked.strip("bytes=-")) if asked and fault != "broken" else 0
            if start >= size:
                self._send(416, b"")
                return
            rest = content[start:size]
        if fault == "other":
            rest = rest[:-1] + bytes([rest[-1] ^ 1])
        headers = {"Content-Length": str(len(rest))} | ({"Content-Range": f"bytes {start}-"} if start else {})
        sent = rest[: len(rest) // 2] if fault in ("half", "broken") else rest
        self._send(206 if start else 200, sent, **headers)

    def _send(self, status: int, content: bytes, **headers: str) -> None:
        self.close_connection = True
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(content))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):  # who asked may have gone
            # Twenty pieces a second at least.
            step = min(CHUNK, int(self.server.rate / 20)) or CHUNK
            for at in range(0, len(content), step):
                self.server.pace(len(content[at : at + step]))
                self.wfile.write(content[at : at + step])

    def log_message(self, format: str, *_: object) -> None:
        """Write nothing."""


def pack(folder: Path, programs: Mapping[str, Path], box: Toolbox, releases: Sequence[Release] = RELEASES) -> None:
    """Lay programs into a folder as their publishers have them, each release with its checksums beside it.

    Args:
        folder: The folder to serve; what is there already stays.
        programs: The files of the programs, by name; what else a release has is taken from beside them. An archive with
            one of its programs has an empty file for each that is not named.
        box: Tells the versions, by its pins.
        releases: The releases to have.
    """
    tools = {tool.name: tool for tool in box.tools}
    for release in releases:
        found = [programs[name] for name in release.programs if name in programs]
        file = locate(release, box.version(tools[release.programs[0]]))
        if not file or not found:
            continue
        path, sums = (folder / address.partition("://")[2] for address in (file.address, file.checksums))
        if not sums.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            sums.parent.mkdir(parents=True, exist_ok=True)
            if file.members:
                _archive(path, found, file)
            else:
                shutil.copyfile(found[0], path)
            with path.open("rb") as content:
                sums.write_text(_sums(sums.name, file.name, hashlib.file_digest(content, "sha256").hexdigest()))


def _archive(path: Path, programs: Sequence[Path], file: File) -> None:
    held = {}
    for beside in sorted({beside for program in programs for beside in program.parent.iterdir()}):
        for member in file.members:
            name = f"{member.rpartition('/')[0]}/{beside.name}".lstrip("/")
            if fnmatch(name, member):
                held[name] = beside
    folder = next(iter(held)).rpartition("/")[0]
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        archive.addfile(tarfile.TarInfo("LICENSE"))
        for name, beside in held.items():
            archive.add(beside, name)
        for lacking in set(file.programs) - {beside.name for beside in held.values()}:
            archive.addfile(tarfile.TarInfo(f"{folder}/{lacking}".lstrip("/")))


def _sums(name: str, file: str, digest: str) -> str:
    """Return the text of a checksum file, in the format that its publisher uses for a file of this name."""
    if name.endswith(".sha256"):
        return digest
    if re.fullmatch(r"v[\d.]+", name):
        assets = [{"name": "other", "digest": None}, {"name": file, "digest": f"sha256:{digest}"}]
        return json.dumps({"tag_name": name, "assets": assets})
    return f"{'0' * 64}  other-{file}\n{digest}  {file}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve this machine's programs as releases.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rate", type=float, default=0, help="megabytes a second, by default no limit")
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    box = Toolbox()
    pack(arguments.folder, {t.name: t.path for t in box.look().tools.values() if t.path}, box)
    with ReleaseServer(arguments.folder, arguments.rate * 1e6, arguments.port) as server:
        print(server.mirror, flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    os.umask(0o022)
    main()
