"""What `mlp promote` and `mlp champions` do: the promotion of the workloads, with the settings of an environment."""

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from mlp.plan import Line
from mlp.report import Report
from stacks import settings as files
from stacks.edit import EditError, replaced
from stacks.settings import Settings, SettingsError
from workloads.promotion.__main__ import GateError, run
from workloads.promotion.actions import Done
from workloads.promotion.gate import Alias, Policy
from workloads.promotion.registry import Missing, Registry

ORIGIN = ("digest", "run", "dataset")
"""What a promotion knows of a version's provenance, by the names of the settings."""


def promote(asked: Namespace) -> int:
    """Do it, and return the exit code; see `mlp promote --help`."""
    return run(asked, gate_of, write)


def gate_of(environment: str) -> Policy:
    """The gate of an environment.

    Raises:
        GateError: Its settings are wrong, or have none.
    """
    try:
        found = Settings.from_file(environment).model_registry
    except SettingsError as error:
        raise GateError(str(error)) from None
    if not found:
        raise GateError(f"{environment} has no `modelRegistry`, and so no gate: add it, or give --gate FILE")
    return found.promotion


def write(environment: str, done: Done) -> Done:
    """Write the version that is champion now into the settings of an environment, which decide what serves.

    Args:
        environment: Its name.
        done: What the promotion has done; its data holds `model`, `serves` and ORIGIN.
    """
    model, version = done.data["model"], done.data["serves"]
    file = Path(files.DIRECTORY, f"Pulumi.{environment}.yaml")
    text, changes = file.read_text(), []
    service = ("config", "ml-platform:services", model)
    values = {("version",): version, **{("provenance", name): done.data[name] for name in ORIGIN}}
    try:
        for path, value in values.items():
            if value:
                text, line, old = replaced(text, (*service, *path), value)
                changes += [f"stacks/{file.name}:{line}: {'.'.join(path)}: {old} -> {value}"] if old != value else []
    except EditError as error:
        return replace(done, ok=False, text=f"{done.text}\nstacks/{file.name} was not changed: {error}")
    file.write_text(text)
    then = (
        f"{model} {version} serves after `mlp up {environment}`; before, set the card, attestation and approval of "
        f"{version} in stacks/{file.name}, and commit it"
        if changes
        else f"stacks/{file.name} has {model} {version} already"
    )
    return replace(done, text="\n".join([done.text, *changes, then]), data={**done.data, "changes": changes})


def champions(environment: str, tracking: str) -> Report:
    """Whether the versions that the settings serve are the champions of the registry, a line for each model.

    Raises:
        SettingsError: The settings are wrong.
    """
    settings, registry = Settings.from_file(environment), Registry(tracking)
    found: dict[str, dict[str, str | None]] = {}
    for model, service in {**settings.services, **settings.llms}.items():
        try:
            found[model] = {"serves": service.version, "champion": registry.aliased(model, Alias.CHAMPION)}
        except Missing:
            found[model] = {"serves": service.version, "champion": None}
    same = {model: one["serves"] == one["champion"] for model, one in found.items()}
    lines = [
        Line(
            f"{'ok' if same[model] else 'DIFFERS':8}{model}: the settings serve {one['serves']}, the champion is "
            f"{one['champion'] or 'none'}",
            "" if same[model] else "red",
            8,
        )
        for model, one in found.items()
    ]
    ok = all(same.values())
    return Report(ok, "\n".join(line.text for line in lines), {"ok": ok, "models": found}, lines)
