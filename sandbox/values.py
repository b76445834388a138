"""Values of resources as the sandbox's providers have them: plain Python, with one text for what is not known yet.

It imports nothing of Pulumi: the command line reads the tables of the providers and serves none of them.
"""

from typing import Any

Properties = dict[str, Any]
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The engine's text for a value that only the update decides; `pulumi.runtime.rpc.UNKNOWN`."""


class ResourceError(Exception):
    """A failure to be shown to the user as it is, without a traceback."""


def is_unknown(value: Any) -> bool:
    """Whether a value, or a part of it, is decided only by the update."""
    if isinstance(value, dict):
        return any(map(is_unknown, value.values()))
    return any(map(is_unknown, value)) if isinstance(value, list) else value == UNKNOWN
