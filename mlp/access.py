"""What `mlp explain-access` answers: every hop between a workload and a resource, by the plan of an environment."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from access import UNKNOWN
from access.reach import Edge, Hop, Passage, Plan, Resource, edges, passage, reach
from mlp.places import SessionError, place_of
from mlp.plan import Line
from mlp.progress import steps
from mlp.report import Report
from mlp.states import States
from policies import _view
from policies.state import StateError, load, read
from stacks.explain import nearest
from stacks.settings import Settings, SettingsError

NOT_KNOWN = 3
"""Exit code where nothing blocks, but something is not known."""
_STYLES = {Passage.PASS: "", Passage.BLOCKED: "red", Passage.UNKNOWN: "yellow"}


def explain(
    workload: str | None, resource: str | None, environment: str, state: Path | None, console: Console
) -> Report:
    """The hops of the edges of a workload; without one, every edge with what becomes of it.

    Args:
        workload: Name of a workload; None for all.
        resource: Name or ARN of a resource, or how the name begins; None for all.
        environment: The environment.
        state: An exported state to read instead of that of the sandbox.
        console: Shows what takes long.

    Raises:
        SettingsError: There is no such workload or resource, or no such state file.
        SessionError: The environment is not up in the sandbox.
    """
    with steps(console, f"reading the plan of {state or environment}", things="edges") as step:
        plan = plan_of(_read(environment, state), managed_policies())
        wanted = _chosen(edges(plan), workload, resource, environment)
        found = list[tuple[Edge, Sequence[Hop]]]()
        for number, edge in enumerate(wanted):
            step(number)
            found.append((edge, reach(plan, edge)))
    passages = {passage(hops) for _, hops in found}
    code = 1 if Passage.BLOCKED in passages else NOT_KNOWN if Passage.UNKNOWN in passages else 0
    lines = [line for edge, hops in found for line in (_told(edge, hops) if workload else [_listed(edge, hops)])]
    data = {"ok": code == 0, "environment": environment, "edges": [_data(edge, hops) for edge, hops in found]}
    return Report(code == 0, "\n".join(line.text for line in lines), data, lines, code)


def plan_of(resources: Iterable[_view.Resource], managed: Mapping[str, Any]) -> Plan:
    """The plan that resources of a state or a preview make."""
    found = (Resource(one.type, one.name, _known(dict(one.properties))) for one in resources)
    return Plan(tuple(found), managed)


def managed_policies() -> dict[str, Any]:
    """Name to document of AWS's own policies, as moto has collected them."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data  # a second

    return {name: one["Document"] for name, one in json.loads(aws_managed_policies_data).items()}


def _known(value: Any) -> Any:
    if value is _view.UNKNOWN:
        return UNKNOWN
    if isinstance(value, dict):
        return {key: _known(one) for key, one in value.items()}
    return [_known(one) for one in value] if isinstance(value, list) else value


def _read(environment: str, state: Path | None) -> list[_view.Resource]:
    try:
        if state:
            return list(load(state).resources)
        states = States(place_of(Settings.from_file(environment)))
        found = [states.deployment(name) for name in states.names]
        made = [one for each in found if each for one in read({"version": 3, "deployment": each}).resources]
    except StateError as error:
        raise SettingsError(str(error)) from None
    if not made:
        up = "mlp up" if environment == "local" else f"mlp up {environment} --sandbox"
        raise SessionError(
            f"{environment} is not up in the sandbox; bring it up with `{up}`, or name an exported state with --state"
        )
    return made


def _chosen(found: Sequence[Edge], workload: str | None, resource: str | None, environment: str) -> list[Edge]:
    if not found:
        raise SessionError(f"{environment} has no pods with a role, no nodes and no batch jobs: nothing calls AWS yet")
    if workload is None:
        return list(found)
    mine = [edge for edge in found if edge.workload.name == workload]
    if not mine:
        known = sorted({edge.workload.name for edge in found})
        raise SettingsError(
            f"{environment} has no workload {workload!r}; `mlp explain-access --env {environment}` lists them"
            f"{nearest(workload, known)}"
        )
    chosen = [edge for edge in mine if resource is None or _is(edge, resource)]
    chosen = chosen or [edge for edge in mine if edge.resource.startswith(str(resource))]
    if not chosen:
        known = sorted({edge.resource for edge in mine})
        raise SettingsError(
            f"{workload} uses no resource {resource!r}; it uses: {', '.join(known)}{nearest(str(resource), known)}"
        )
    return chosen


def _is(edge: Edge, wanted: str) -> bool:
    return wanted in (edge.resource, edge.arn) or edge.resource.startswith(f"{wanted.rstrip('/')}/")


def _told(edge: Edge, hops: Sequence[Hop]) -> list[Line]:
    became = passage(hops)
    actions = ", ".join(dict.fromkeys(call.action for call in edge.calls))
    lines = [Line(f"{edge.name}: {_WORDS[became]}", f"bold {_STYLES[became]}".strip()), Line(f"  {actions}", "dim", 2)]
    width = max(len(hop.name) for hop in hops)
    for hop in hops:
        text = f"  {hop.passage:<8} {hop.name:<{width}}  {hop.by}"
        if hop.passage is not Passage.PASS:
            text += f": {hop.why}" if hop.by else hop.why
        lines.append(Line(text, _STYLES[hop.passage], width + 13))
        if hop.fix:
            lines.append(Line(f"{'':11}change: {hop.fix}", _STYLES[hop.passage], 19))
    return [*lines, Line("")]


_WORDS = {Passage.PASS: "passes", Passage.BLOCKED: "blocked", Passage.UNKNOWN: "unknown"}


def _listed(edge: Edge, hops: Sequence[Hop]) -> Line:
    became = passage(hops)
    first = next((hop for hop in hops if hop.passage is became), None)
    why = f"  ({first.name}: {first.by})" if first and became is not Passage.PASS else ""
    return Line(f"{_WORDS[became]:<8} {edge.workload.name:<42} {edge.resource}{why}", _STYLES[became], 9)


def _data(edge: Edge, hops: Sequence[Hop]) -> dict[str, Any]:
    return {
        "workload": edge.workload.name,
        "resource": edge.resource,
        "arn": edge.arn,
        "actions": list(dict.fromkeys(call.action for call in edge.calls)),
        "passage": passage(hops).value,
        "hops": [
            {"name": hop.name, "passage": hop.passage.value, "by": hop.by, "why": hop.why, "fix": hop.fix}
            for hop in hops
        ],
    }
