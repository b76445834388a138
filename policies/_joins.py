"""Which resources belong to which: by where a value comes from, or by the value itself."""

from collections.abc import Collection

from policies._view import ABSENT, UNKNOWN, Resource, Stack


def members(
    owner: Resource, stack: Stack, types: Collection[str], by: str, keys: Collection[str] = ("id",)
) -> list[Resource] | None:
    """The resources of `types` whose property `by` names the owner; None if that cannot be told yet.

    An id is unknown until its resource is made, but never where it comes from: one that derives from a single resource
    of the owner's type names that one. Otherwise equal values decide.

    Args:
        owner: What is named.
        stack: Where to look.
        types: Type tokens to look for.
        by: A top-level property of theirs.
        keys: Properties of the owner by whose value it can be named.
    """
    names = [owner.get(key) for key in keys]
    found, undecided = [], False
    for other in stack.resources:
        if other.type not in types:
            continue
        origins = {urn for urn in other.sources.get(by, ()) if getattr(stack.by_urn.get(urn), "type", "") == owner.type}
        value = other.get(by)
        if len(origins) == 1:
            belongs = owner.urn in origins
        elif value is UNKNOWN or UNKNOWN in names:
            belongs, undecided = False, undecided or not origins or owner.urn in origins
        else:
            belongs = value is not ABSENT and value in names
        if belongs:
            found.append(other)
    return None if undecided and not found else found
