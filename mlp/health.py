"""How the components of a stack are: healthy, broken, or no more than recorded."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from mlp.states import States
from sandbox.aws.tables import KINDS
from sandbox.kubernetes.client import ApiError, Client
from sandbox.kubernetes.plane import ControlPlane
from sandbox.kubernetes.readiness import waits_for
from sandbox.place import Place

OURS = "ml-platform:"
"""What the types of our components begin with."""
KUBERNETES, PROVIDERS = "kubernetes:", "pulumi:providers:"

Live = Callable[[dict[str, Any]], Any]


class Component(NamedTuple):
    """A component, how many resources it has, what is wrong with them, and which are only recorded, with the reason."""

    name: str
    kind: str
    resources: int
    broken: Sequence[str]
    recorded: Sequence[str]

    @property
    def state(self) -> str:
        """In a word or two; "recorded only" if nothing of it is more."""
        if self.broken:
            return "broken"
        return "recorded only" if self.resources and len(self.recorded) == self.resources else "healthy"


def of(stack: str, plane: ControlPlane) -> list[Component]:
    """The components of a stack of the sandbox; none if it has no state yet."""
    found = States(plane.place).deployment(stack) or {}
    live = Client(yaml.safe_load(plane.kubeconfig.read_text())).get if plane.running and plane.intact else None
    return components(found, live)


def components(found: Mapping[str, Any], live: Live | None) -> list[Component]:
    """The components that stand directly in a stack, each with everything below it.

    Args:
        found: What the engine exports of a stack.
        live: Gives a Kubernetes object as it is, or None; there is no such function where no control plane runs.
    """
    resources = found.get("resources") or []
    parents = {one["urn"]: one.get("parent", "") for one in resources}
    kinds = {one["urn"]: one["type"] for one in resources}
    pending = {one["resource"]["urn"] for one in found.get("pending_operations") or []}

    def top(urn: str) -> str:
        """The outermost component that holds a resource."""
        above = parents.get(urn, "")
        outer = top(above) if above else ""
        return outer or (urn if kinds.get(urn, "").startswith(OURS) else "")

    held: dict[str, list[Mapping[str, Any]]] = {one["urn"]: [] for one in resources if top(one["urn"]) == one["urn"]}
    for one in resources:
        if one.get("custom") and not one["type"].startswith(PROVIDERS) and (component := top(one["urn"])):
            held[component].append(one)
    return [
        Component(
            name=urn.rpartition("::")[2],
            kind=kinds[urn].rpartition(":")[2],
            resources=len(each),
            broken=[f"{_name(one)}: {why}" for one in each if (why := _broken(one, pending, live))],
            recorded=[f"{_name(one)}: {why}" for one in each if (why := _recorded(one))],
        )
        for urn, each in held.items()
    ]


def forgotten(place: Place, stacks: Sequence[str]) -> list[str]:
    """The properties of the stacks' resources that the emulated account does not keep."""
    types = {one["type"] for stack in stacks for one in States(place).resources(stack)}
    return sorted(name for type_ in types & set(KINDS) for name in KINDS[type_].forgotten)


def lines(found: Sequence[Component], recorded: bool = False) -> list[str]:
    """A line for each component, one below it for everything that is broken, worst first.

    Args:
        found: The components.
        recorded: Whether what is only recorded gets a line as well.
    """
    text = []
    for one in sorted(found, key=lambda one: (one.state != "broken", one.name)):
        part = f", {len(one.recorded)} of them recorded only" if one.state == "healthy" and one.recorded else ""
        text.append(f"  {one.name} ({one.kind}): {one.state}, {one.resources} resources{part}")
        text += [f"      {why}" for why in (*one.broken, *(one.recorded if recorded else ()))]
    return text


def _broken(one: Mapping[str, Any], pending: set[str], live: Live | None) -> str:
    if one["urn"] in pending:
        return "its last change was not finished"
    outputs = one.get("outputs") or {}
    if not one["type"].startswith(KUBERNETES) or "kind" not in outputs:
        return ""
    if live is None:
        return "the control plane does not run; `mlp up` starts it"
    try:
        now = live(outputs)
    except ApiError as error:
        return str(error)
    return waits_for(now) if now else "it is gone from the cluster"


def _recorded(one: Mapping[str, Any]) -> str:
    if one["type"] in KINDS:
        return "" if KINDS[one["type"]].emulated else "the emulated account does not have the type"
    return ((one.get("outputs") or {}).get("sandbox") or {}).get("recordedOnly", "")


def _name(one: Mapping[str, Any]) -> str:
    kind = one["type"].rpartition(":")[2]
    return f"{kind} {one['urn'].rpartition('::')[2]}"
