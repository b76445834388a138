"""A part of a policy document, to be taken out."""

import json
from typing import Any, NamedTuple


class Part(NamedTuple):
    """What a statement lacks: all of it, or an item of a list, or what stands under a key."""

    statement: int
    path: tuple[str | int, ...] = ()

    def out_of(self, text: str) -> str:
        """The document without it; conditions that are empty then go as well."""
        document = json.loads(text)
        statements = document["Statement"]
        holders: list[Any] = [statements, statements[self.statement]]
        for key in self.path:
            holders.append(holders[-1][key])
        for holder, key in reversed(list(zip(holders, (self.statement, *self.path), strict=False))):
            del holder[key]
            if holder or isinstance(holder, list):
                break
        return json.dumps(document)
