"""The tags of a resource, wherever they come from, and the labels that say the same in a cluster."""

import json
from dataclasses import dataclass
from typing import Any

from policies._view import ABSENT, UNKNOWN, Resource
from policies.inventory._taggable import TAGGABLE

TAGS = ("environment", "owner", "cost-centre", "data-class", "managed-by")
"""What everything says of itself."""
SYSTEM, TIER = "ai-system-id", "ai-risk-tier"
"""What everything that belongs to one AI system says beside it; what several systems share says neither."""


@dataclass(frozen=True)
class Tags:
    """The tags of one resource.

    Attributes:
        values: Key to value; `UNKNOWN` where the value is.
        whole: Whether there can be no others.
    """

    values: dict[str, Any]
    whole: bool

    def get(self, key: str) -> Any:
        """One value; `UNKNOWN` also where there may be one."""
        value = self.values.get(key)
        return (ABSENT if self.whole else UNKNOWN) if value is None or value == "" else value


def tags_of(resource: Resource) -> Tags | None:
    """The resource's own tags over all it has over its provider's; None if it takes none."""
    own, everything = resource.get("tags"), resource.get("tagsAll")
    if resource.type not in TAGGABLE and own is ABSENT and everything is ABSENT:
        return None
    sources = [_provider_tags(resource), everything, own]
    values = {key: value for source in sources if isinstance(source, dict) for key, value in source.items()}
    return Tags(values, UNKNOWN not in sources)


def _provider_tags(resource: Resource) -> Any:
    """The provider's `defaultTags`; providers get nested settings as JSON text."""
    found = resource.provider.get("defaultTags")
    settings = json.loads(found) if isinstance(found, str) else found
    return settings.get("tags") if isinstance(settings, dict) else settings
