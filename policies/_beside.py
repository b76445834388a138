"""Which resources belong to another, where the policy of a thing lies beside it."""

from collections.abc import Collection

from policies._view import ABSENT, UNKNOWN, Resource, Stack


def beside(resource: Resource, stack: Stack, types: Collection[str], by: str, name: str) -> list[Resource] | None:
    """The resources of `types` whose property `by` is the property `name` of a resource; None if that is open.

    A name is unknown until the resource is made, but never where it comes from.
    """
    found, undecided = [], False
    for other in stack.resources:
        if other.type not in types:
            continue
        given, own = other.get(by), resource.get(name)
        if origins := other.sources.get(by):
            belongs = resource.urn in origins
        elif given is UNKNOWN or own is UNKNOWN:
            belongs, undecided = False, True
        else:
            belongs = given is not ABSENT and given == own
        if belongs:
            found.append(other)
    return None if undecided and not found else found
