"""Who can reach what: networks that are everybody's, and what is meant to be reached by everybody."""

import ipaddress
from typing import Any

from policies._verdict import PASS, Verdict, at, fail, unknown
from policies._view import ABSENT, UNKNOWN, Resource

EXPOSURE, PUBLIC = "exposure", "public"
"""Tag, and the value by which whoever makes something says that everybody is meant to reach it."""
_LARGEST = {4: 8, 6: 16}
"""The shortest prefix of a network that can be somebody's own: two halves of the internet are the internet."""


def is_everyone(network: Any) -> bool:
    """Whether a network in CIDR notation is the internet or a large part of it; what is no network counts as that."""
    try:
        found = ipaddress.ip_network(str(network), strict=False)
    except ValueError:
        return True
    return found.prefixlen < _LARGEST[found.version]


def require_own(resource: Resource, path: str) -> Verdict:
    """Demand that the network, or all networks, at a path are somebody's own; nothing at all is nobody's."""
    value = resource.get(path)
    networks = [] if value is ABSENT else value if isinstance(value, list) else [value]
    if any(network is not UNKNOWN and is_everyone(network) for network in networks):
        return fail(f"{at(resource, path)} lets in everybody", path)
    return unknown(at(resource, path)) if UNKNOWN in networks else PASS


def marked_public(resource: Resource) -> bool | None:
    """Whether its tags say that everybody is meant to reach it; None if they are not known."""
    found = [resource.get(f"{tags}.{EXPOSURE}") for tags in ("tags", "tagsAll")]
    return True if PUBLIC in found else None if UNKNOWN in found else False
