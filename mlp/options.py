"""What the verbs have in common on the command line: options, completion, and how help looks."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

import stacks
from stacks._stage import Stage

LOOK, START, CHANGE, JUDGE, PLAY = "Look", "Start", "Change", "Judge", "Play"
"""Panels of `mlp --help`."""
PASSED_ON = {"ignore_unknown_options": True, "allow_interspersed_args": False}
"""For a verb whose arguments are another program's."""


def _without_types(found: list[Any]) -> list[Any]:
    """Parameters of which arguments and switches show no type: their names say what to write."""
    for one in found:
        if one.param_type_name == "argument" or one.is_bool_flag:
            one.display_type_rich = lambda ctx: ""
    return found


class Command(TyperCommand):
    """A verb."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Its parameters."""
        return _without_types(super().get_params(ctx))


class Verbs(TyperGroup):
    """All verbs."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The options before a verb."""
        return _without_types(super().get_params(ctx))


def environments(incomplete: str = "") -> list[str]:
    """Names of the environments and their layers that begin so, for a shell to complete."""
    files = Path(stacks.__file__).parent.glob("Pulumi.*.yaml")
    return sorted(name for file in files if (name := file.name.split(".")[1]).startswith(incomplete))


STACK = "ENVIRONMENT"
_STACK_HELP = (
    "Environment, or one layer of it as ENVIRONMENT-LAYER; its settings are in stacks/Pulumi.ENVIRONMENT.yaml."
)
Stack = Annotated[str, typer.Argument(metavar=STACK, help=_STACK_HELP, autocompletion=environments)]
Sandbox = Annotated[
    bool,
    typer.Option("--sandbox", help="The environment on this machine, with an emulated account; `local` always is."),
]
SandboxOnly = Annotated[
    bool, typer.Option("--sandbox", help="Changes nothing: this verb always means the sandbox.", hidden=True)
]
Yes = Annotated[bool, typer.Option("--yes", help="Change a real account without asking, as CI has to.")]
Until = Annotated[
    Stage | None,
    typer.Option("--until", help="Last stage to bring up; a later one that exists stays. [default: all]"),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output, and nothing else.")]
SkipPreflight = Annotated[
    bool, typer.Option("--skip-preflight", help="Do not examine the real account first, where an examination is wrong.")
]
Diff = Annotated[bool, typer.Option("--diff", help="Show every resource with old and new values.")]
