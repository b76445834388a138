"""Which resources belong to which: AWS keeps much of a bucket or a repository in resources beside it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from policies._verdict import Verdict, fail, unknown, worst
from policies._view import ABSENT, UNKNOWN, Resource, Stack


@dataclass(frozen=True)
class Owner:
    """What has resources beside it.

    Attributes:
        types: Its type tokens.
        by: The property by which the resources beside it name it.
        names: Its own properties that hold that name.
    """

    types: tuple[str, ...]
    by: str
    names: tuple[str, ...]


def attached(
    owner: Resource, kind: Owner, stack: Stack, types: Collection[str], by: str | None = None
) -> list[Resource] | None:
    """The resources of `types` whose property `by` names the owner; None if that cannot be told yet.

    A name is unknown until the owner is made, but never where it comes from: a name that derives from one owner of
    the stack is that owner's. Otherwise equal names decide.
    """
    by = by or kind.by
    found, undecided = [], False
    for other in stack.of_types(types):
        origins = _origins(other, kind, stack, by)
        name, names = other.get(by), [owner.get(name) for name in kind.names]
        if len(origins) == 1:
            belongs = owner.urn in origins
        elif name is not UNKNOWN and UNKNOWN not in names:
            belongs = name is not ABSENT and name in names
        else:
            belongs, undecided = False, undecided or not origins or owner.urn in origins
        if belongs:
            found.append(other)
    return None if undecided and not found else found


def judge_attached(
    owner: Resource, kind: Owner, stack: Stack, types: Collection[str], judge: Callable[[Resource], Verdict]
) -> Verdict:
    """Judge the resources of `types` that belong to an owner; one without any fails."""
    found = attached(owner, kind, stack, types)
    what = next(iter(types)).rpartition(":")[2]
    if found is None:
        return unknown(f"the {kind.by} of every {what}")
    if not found:
        return fail(f"no {what} belongs to {owner.name}")
    return worst(map(judge, found))


def _origins(resource: Resource, kind: Owner, stack: Stack, by: str) -> set[str]:
    """The URNs of the owners that a property derives from, also by way of resources that belong to an owner."""
    origins, seen = set(), set()
    waiting = list(resource.sources.get(by, ()))
    while waiting:
        urn = waiting.pop()
        if urn in seen or (source := stack.by_urn.get(urn)) is None:
            continue
        seen.add(urn)
        if source.type in kind.types:
            origins.add(urn)
        else:
            waiting.extend(source.sources.get(kind.by, ()))
    return origins


def members(
    owner: Resource, stack: Stack, types: Collection[str], by: str, keys: Collection[str] = ("id",)
) -> list[Resource] | None:
    """The resources of `types` whose property `by` names the owner by one of `keys`; None if that is not known yet."""
    return attached(owner, Owner((owner.type,), by, tuple(keys)), stack, types)
