"""The stages that an `up` goes through on a real account, and what a person must give before each."""

from collections.abc import Iterator

from mlp.plan import Line
from mlp.report import Report
from stacks.examples import examples
from stacks.settings import Settings, where
from stacks.stages import Stage, stage_of, stages


def ahead(settings: Settings, at: Stage | None, until: Stage = Stage.MODELS) -> list[Stage]:
    """The stages to go through, the one that the stack has reached first: its last `up` may not have finished it.

    Args:
        settings: The stack's settings.
        at: The stage that the stack has reached; none if it holds nothing.
        until: The last stage that is wanted.

    Returns:
        The stages. A stack that is to be taken away stays where it is.
    """
    own = stages(settings)
    rest = [stage for stage in own if at is None or stage.covers(at)] or own[-1:]
    wanted = [stage for stage in rest if until.covers(stage)]
    return rest[:1] if settings.decommission else wanted or rest[:1]


def missing(settings: Settings, until: Stage) -> Iterator[str]:
    """The settings that still have example values and that a stage, or one before it, needs."""
    for problem in examples(settings):
        if until.covers(stage_of(problem.path)):
            at = where(settings.stack, problem.path)
            yield f"{at}{str(problem).removeprefix(f'ml-platform:{problem.path}')}"


def stop(settings: Settings, stage: Stage, needs: list[str]) -> Report:
    """The report of an `up` that cannot go on without a person.

    Args:
        settings: The stack's settings.
        stage: The stage that needs something.
        needs: What it needs, one line each.
    """
    stack = settings.stack
    lines = [Line(f"{stack}: stopped before the stage {stage}: {len(needs)} things are missing", "bold red")]
    lines += [Line(need, "", 2) for need in needs]
    lines.append(Line(f"Next: give them, then run `mlp up {stack}` again; it carries on with the stage {stage}", "", 6))
    data = {"ok": False, "stack": stack, "stage": stage, "errors": needs}
    return Report(False, "\n".join(line.text for line in lines), data, lines)
