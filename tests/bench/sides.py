"""Compares the environment variables of two sides of a ratio, so that both run under the same conditions."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.kubernetes.programs import PROVIDER

READ = re.compile(r"(PULUMI|GO|PYTHON|AWS_|MLP_)")
"""Names of variables that the engine, its plugins, Python or Go programs read begin like this."""
ENGINE = "MLP_ENGINE"
"""Holds the process id of the engine, which differs between any two runs."""
VERBS = ("up", "preview", "destroy", "refresh")
PROGRAMS = {
    "pulumi-language-python-exec": "program",
    "sandbox.aws.provider": "aws provider",
    "sandbox.kubernetes.provider": "kubernetes provider",
}
"""Text in a command line to what the process is; all of them get the engine's variables and more."""
NAMED = {
    "PULUMI_DEBUG_COMMANDS": "mlp reads the engine's event log, which this variable switches on",
    "MLP_PROJECT": "`mlp env` sets it for `pulumi -C`; no program reads it",
    "MLP_PROCESS_OF": "mlp finds the processes of its engine by it; no program reads it",
    "MLP_UNTIL": "mlp names the last stage, which the program takes anyway",
    "MLP_POLICY_REPORT": "mlp reads the verdicts of the policies from this file",
}
"""Variables that may differ between `mlp` and plain Pulumi, and why; each ratio prints those that do."""
VARYING = (
    (re.compile(r"(127\.0\.0\.1|localhost|\[::1\]):\d+"), "ADDRESS"),
    (re.compile(r"/tmp/[^/:\s?]+"), "FOLDER"),
    (re.compile(r"^\d{4,5}$"), "PORT"),
)
"""What differs from run to run without a meaning: ports and temporary folders."""
LONGEST = 100
"""Characters of a value that a difference shows: all settings of a stack are one variable."""
Seen = Mapping[str, Mapping[str, frozenset[str | None]]]


@dataclass
class Watch:
    """The variables of every process seen: what it is, to variable, to its values."""

    processes: dict[int, tuple[str, dict[str, str]]] = field(default_factory=dict)

    def look(self, pids: set[int]) -> None:
        """Note the variables of processes that have not been seen."""
        for pid in pids - self.processes.keys():
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
                if kind := kind_of(command):
                    self.processes[pid] = kind, variables_of(Path(f"/proc/{pid}/environ").read_bytes())
            except OSError:  # it has ended meanwhile
                continue

    @property
    def seen(self) -> Seen:
        """What was seen, with None where a process lacks a variable that another of its kind has."""
        return merged(self.processes.values())


def kind_of(command: list[str]) -> str | None:
    """What a process is by its command line; None if it is of no interest."""
    program = Path(command[0]).name
    if program == "pulumi":
        return "engine" if any(word in VERBS for word in command[1:4]) else None
    if program.startswith("pulumi-language"):
        return "language host"
    if program == PROVIDER:  # the script of the sandbox's own, of the same name, is run by a shell
        return "official kubernetes provider"
    return next((kind for text, kind in PROGRAMS.items() if any(text in word for word in command)), None)


def variables_of(environ: bytes) -> dict[str, str]:
    """The variables of interest in a process's environment, without what varies from run to run."""
    pairs = (entry.partition("=") for entry in environ.decode(errors="replace").split("\0") if "=" in entry)
    return {name: _plain(value) for name, _, value in pairs if READ.match(name) and name != ENGINE}


def merged(processes: Iterable[tuple[str, dict[str, str]]]) -> Seen:
    """Kind of process to variable to the values that processes of the kind had."""
    by_kind: dict[str, list[dict[str, str]]] = defaultdict(list)
    for kind, variables in processes:
        by_kind[kind].append(variables)
    return {
        kind: {name: frozenset(one.get(name) for one in each) for name in set().union(*each)}
        for kind, each in by_kind.items()
    }


def differences(one: Seen, other: Seen) -> dict[str, str]:
    """Each variable that differs between two sides, to what it is on either, for the kinds of process of both."""
    found = {}
    for kind in one.keys() & other.keys():
        for name in one[kind].keys() | other[kind].keys():
            ours, theirs = (side[kind].get(name, frozenset((None,))) for side in (one, other))
            if ours != theirs:
                found[name] = f"{kind}: {_shown(ours)} against {_shown(theirs)}"
    return found


def unnamed(one: Seen, other: Seen, named: Mapping[str, str] = NAMED) -> dict[str, str]:
    """The differences that nothing explains.

    A side whose engine was not seen cannot be compared, and counts as different.
    """
    if "engine" not in one or "engine" not in other:
        return {"engine": "not seen on both sides"}
    return {name: text for name, text in differences(one, other).items() if name not in named}


def _plain(value: str) -> str:
    for pattern, text in VARYING:
        value = pattern.sub(text, value)
    return value


def _shown(values: frozenset[str | None]) -> str:
    return ", ".join(sorted("not set" if value is None else repr(value)[:LONGEST] for value in values))
