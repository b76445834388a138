"""The programs that the sandbox runs: found on PATH, else in the user's cache, else fetched into it."""

import hashlib
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from sandbox import toolcache, toolsources
from sandbox.toolreleases import DOWNLOADING, Releases
from sandbox.tools import TOOLS, Tool
from sandbox.toolsources import Processes, Tell, numbers

PLATFORM = f"{sys.platform}-{platform.machine()}"


class Event(NamedTuple):
    """Progress of a tool: `done` of `total` things in a phase (0: unknown); the last is "ready".

    With a `problem`, it says why a source did not give some tools; `phase` is then what comes next.
    """

    tool: str
    phase: str
    done: int = 0
    total: int = 0
    problem: str = ""

    @property
    def text(self) -> str:
        """The phase and how much of it is done; a download is shown in megabytes."""
        if self.phase == DOWNLOADING and self.total:
            return f"{self.phase} {self.done / 1e6:.0f} of {self.total / 1e6:.0f} MB"
        count = f"{self.done}/{self.total}" if self.total else str(self.done or "")
        return f"{self.phase} {count}".rstrip()


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


class Source(Protocol):
    """A place that has programs as their publisher built them."""

    @property
    def name(self) -> str:
        """What the source is called in messages, such as "official release"."""
        ...

    def entry(self, box: "Toolbox", tool: Tool) -> Path | None:
        """Return the cache entry that this source fills for a tool, or None if it does not have the tool.

        Tools that come together share an entry. The program is then `bin/<name of the tool>` in the entry.
        """
        ...

    def fill(self, box: "Toolbox", tool: Tool, new: Path, tell: Tell) -> dict:
        """Write the programs into `new`/bin and return the manifest's facts: `version`, `source` and `note`.

        It is called from several threads. `tell` raises an error when the fetch is stopped.

        Raises:
            OSError: The source does not have the programs now; the text says why, in one line.
        """
        ...


@dataclass(frozen=True)
class Toolbox:
    """A table of tools, their pins, and the cache that takes them.

    Attributes:
        tools: The table.
        pins: Folder with a go.mod for each graph of Go modules.
        cache: Folder of the cache.
        sources: Where programs come from before they are built, the first to try first.
    """

    tools: Sequence[Tool] = TOOLS
    pins: Path = Path(__file__).parents[1] / "tools"
    cache: Path = field(default_factory=toolcache.default_root)
    sources: Sequence[Source] = (Releases(),)

    def look(self, names: Iterable[str] | None = None, verify: bool = False) -> Toolchain:
        """Find tools and fetch none; `verify` compares every byte of those in the cache."""
        return Toolchain({tool.name: self._look(tool, verify) for tool in self._chosen(names)})

    def ensure(
        self,
        names: Iterable[str] | None = None,
        on_event: Callable[[Event], None] = lambda event: None,
        verify: bool = False,
        on_build: Callable[[Sequence[Tool]], None] = lambda tools: None,
        processes: Processes | None = None,
    ) -> Toolchain:
        """Find tools and fetch those that are missing or damaged, in the order of their names.

        Args:
            names: What to find; the whole table if None.
            on_event: Is called from several threads.
            verify: Compare every byte of those in the cache.
            on_build: Is called before the first build, with the tools that no source has.
            processes: Takes the child processes, so that another thread can stop them.

        Raises:
            ToolchainError: A tool cannot be had.
        """
        from sandbox.toolfetch import Fetch

        chosen = self._chosen(names)
        chain = self.look([tool.name for tool in chosen], verify)
        if chain.complete:
            return chain
        Fetch(self, processes or Processes(), on_event, verify).run(chosen, on_build)
        return self.look(chain.tools)

    def modules(self, folder: str, on_event: Callable[[Event], None] = lambda event: None) -> dict[str, Path]:
        """Download the modules that a go.mod below `tools/` requires, and return where their files lie.

        They are checked against the go.sum beside it. Go's own cache holds them: take from it what must stay.
        """
        from sandbox.toolfetch import Fetch

        return Fetch(self, Processes(), on_event, verify=False).modules(folder)

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

    def built(self, tool: Tool) -> Path:
        """Return the place in the cache of what is built from these very pins."""
        pins = [(self.pins / tool.folder / name).read_bytes() for name in ("go.mod", "go.sum")]
        key = digest(tool.package, tool.stamp, tool.scripts, toolsources.BUILD_FLAGS, PLATFORM, pins, *tool.edits)
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
        fetched = (source.entry(self, tool) for source in self.sources)
        for entry in (*filter(None, fetched), self.built(tool)):
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


def digest(*parts: object) -> str:
    """Return a short name for content: sixteen hexadecimal digits."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
