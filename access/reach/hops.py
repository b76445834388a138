"""Whether a workload reaches a resource: one hop for everything that may refuse, in the order in which it is asked."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from access import UNKNOWN, Outcome
from access.reach.edges import Edge
from access.reach.groups import grouped
from access.reach.jobs import ADMINISTRATOR, is_administrator
from access.reach.plan import NotKnownError, Plan
from access.reach.pods import DNS, Traffic, egress
from access.reach.policies import Judges, Verdict
from access.reach.routes import Answer, listed, routed
from access.reach.services import CREDENTIALS, KUBERNETES
from access.reach.ways import Way, way_of, why_not_private


class Passage(StrEnum):
    """What becomes of a request at a hop."""

    PASS = "pass"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Hop:
    """One thing that may refuse a request.

    Attributes:
        name: What it is, such as `endpoint policy`.
        passage: What becomes of the request.
        by: The document or resource that decides.
        why: Why, in a sentence.
        fix: What to change; empty unless it is blocked.
    """

    name: str
    passage: Passage
    by: str
    why: str
    fix: str = ""


def reach(plan: Plan, edge: Edge) -> tuple[Hop, ...]:
    """Every hop of an edge, in order; those that the edge does not pass are left out.

    Args:
        plan: The plan. It need not be the one that the edge is of: an edge says what is wanted, the plan what is there.
        edge: The edge.
    """
    if not edge.calls:
        why = "the role, or a policy of it, is not in the plan or is known only after the update"
        return (Hop("identity policy", Passage.UNKNOWN, edge.workload.name, why),)
    role, target = plan.again(edge.workload.role), plan.again(edge.target)
    for what, before, now in (("role", edge.workload.role, role), ("resource", edge.target, target)):
        if before is not None and now is None:
            why = "it is not in the plan"
            return (Hop(what, Passage.BLOCKED, before.title, why, f"add {before.title}"),)
    return tuple(_hops(plan, replace(edge, workload=replace(edge.workload, role=role), target=target)))


def passage(hops: Sequence[Hop]) -> Passage:
    """What becomes of an edge: blocked if one hop blocks it, else unknown if one is, else it passes."""
    found = {hop.passage for hop in hops}
    return next(one for one in (Passage.BLOCKED, Passage.UNKNOWN, Passage.PASS) if one in found)


def blocker(hops: Sequence[Hop]) -> Hop | None:
    """The first hop that blocks."""
    return next((hop for hop in hops if hop.passage is Passage.BLOCKED), None)


def _hops(plan: Plan, edge: Edge) -> Iterator[Hop]:
    judges = Judges(plan, edge)
    if edge.service == KUBERNETES:
        yield _step("access entry", lambda: _entered(plan, edge))
    elif edge.by_role:
        for name, ask, fix in (
            ("identity policy", judges.identity, f"grant it to the role of {edge.workload.name}"),
            ("permissions boundary", judges.boundary, "add the service to the boundary"),
            ("resource policy", judges.resource, "let the role in"),
            ("key policy", judges.key, "allow it in the key policy and in the role's policy"),
        ):
            yield from _judged(name, ask, fix)
    try:
        way = way_of(plan, edge)
    except NotKnownError as error:
        yield Hop("route", Passage.UNKNOWN, edge.workload.name, str(error))
        return
    if edge.workload.namespace:
        yield from _of_pods(plan, edge, way)
    for name, step in (("route", routed), ("network ACL", listed), ("security group", grouped)):
        yield _step(name, lambda step=step: step(plan, edge.workload, way))
    yield from _judged("endpoint policy", lambda: judges.endpoint(_taken(plan, edge, way)), "allow it in the policy")


def _entered(plan: Plan, edge: Edge) -> Answer:
    role, cluster = edge.workload.role, edge.target
    assert role
    assert cluster
    if is_administrator(plan, role, cluster):
        return Answer(True, f"AccessEntry of {role.title}", f"{role.title} is an administrator of {cluster.title}")
    why = f"{role.title} is no administrator of {cluster.title}"
    return Answer(False, cluster.title, why, f"add an access entry with {ADMINISTRATOR}")


def _taken(plan: Plan, edge: Edge, way: Way) -> Way:
    """The way, without a gateway endpoint that no route leads to."""
    answer = routed(plan, edge.workload, way)
    if way.endpoint is None or way.inside or answer.by == way.endpoint.title:
        return way
    return Way(way.networks, way.port)


def _of_pods(plan: Plan, edge: Edge, way: Way) -> Iterator[Hop]:
    address, port = CREDENTIALS, 80
    wanted = (
        ("network policy: credentials", [Traffic((address,), port)], f"TCP {port} to {address}"),
        ("network policy: DNS", [Traffic((), 53, one, DNS) for one in ("UDP", "TCP")], "UDP and TCP 53 to kube-dns"),
        ("network policy: service", [Traffic(way.networks, way.port)], way.there),
    )
    for name, traffic, what in wanted:
        yield _step(name, lambda traffic=traffic, what=what: _allowed(plan, edge, way, traffic, what))


def _allowed(plan: Plan, edge: Edge, way: Way, traffic: Sequence[Traffic], what: str) -> Answer | Hop:
    found = [egress(plan, edge.workload, one) for one in traffic]
    answer, by = next((one for wanted in (False, UNKNOWN) for one in found if one[0] is wanted), found[0])
    if answer is UNKNOWN:
        return Hop("", Passage.UNKNOWN, by, "the plan does not say which labels the pods have")
    if answer is True:
        return Answer(True, by, f"it lets {what} out")
    fix = f"let {what} out"
    if traffic[0].networks == way.networks and not way.inside:
        fix = f"{why_not_private(plan, edge)}: add one, or {fix}"
    return Answer(False, by, f"no egress rule lets {what} out", fix)


def _step(name: str, ask: Callable[[], Answer | Hop]) -> Hop:
    try:
        found = ask()
    except NotKnownError as error:
        return Hop(name, Passage.UNKNOWN, "", str(error))
    if isinstance(found, Hop):
        return Hop(name, found.passage, found.by, found.why)
    return Hop(name, Passage.PASS if found.passes else Passage.BLOCKED, found.by, found.why, found.fix)


def _judged(name: str, ask: Callable[[], Verdict | None], fix: str) -> Iterator[Hop]:
    try:
        found = ask()
    except NotKnownError as error:
        yield Hop(name, Passage.UNKNOWN, "", str(error))
        return
    if found is not None:
        passages = {
            Outcome.ALLOWED: Passage.PASS,
            Outcome.DENIED: Passage.BLOCKED,
            Outcome.UNKNOWN: Passage.UNKNOWN,
        }
        blocked = found.outcome is Outcome.DENIED
        yield Hop(name, passages[found.outcome], found.by, found.why, fix if blocked else "")
