"""Broken and weakened policies of an environment: each lacks one statement, action or condition value."""

import copy
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sandbox.aws.contract.judge import Refusal, refusals
from sandbox.aws.contract.row import Row
from sandbox.aws.contract.rows import ROWS
from tests.sandbox.policy_parts import Part
from tests.sandbox.rendered import DOCUMENTS, RenderedAccount, Resource

Judged = list[tuple[Resource, Row]]


@dataclass(frozen=True)
class Mutant:
    """A resource and what its policy lacks, in words and as a part."""

    resource: Resource
    part: Part
    words: str

    def __str__(self) -> str:
        return f"{self.resource.type.rpartition(':')[2]} {self.resource.name}: {self.words}"

    @property
    def changed(self) -> Resource:
        """The resource with the policy that lacks it."""
        prop = DOCUMENTS[self.resource.type]
        text = self.part.out_of(self.resource.values[prop])
        return replace(self.resource, values={**self.resource.values, prop: text})


def mutants(resources: tuple[Resource, ...]) -> Iterator[Mutant]:
    """Every mutant of every policy; the only item of a list goes with the list."""
    for one in resources:
        if prop := DOCUMENTS.get(one.type):
            for index, statement in enumerate(json.loads(one.values[prop])["Statement"]):
                name = statement.get("Sid", f"statement {index + 1}")
                for path in _paths(statement):
                    yield Mutant(one, Part(index, path), " ".join([name, "without", *_words(statement, path)]))


def _paths(statement: dict[str, Any]) -> Iterator[tuple[str | int, ...]]:
    yield ()
    yield from (("Action", index) for index in _several(statement["Action"]))
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            yield "Condition", operator, key
            yield from (("Condition", operator, key, index) for index in _several(values))


def _several(values: Any) -> range:
    return range(len(values) if isinstance(values, list) and len(values) > 1 else 0)


def _words(statement: dict[str, Any], path: tuple[str | int, ...]) -> list[str]:
    found: Any = statement
    for key in path:
        found = found[key]
    keys = [key for key in path if isinstance(key, str) and key not in ("Action", "Condition")]
    return [*keys, found] if path and isinstance(path[-1], int) else keys or ["all"]


class Court:
    """An environment, and what of it the contract judges by which policy."""

    def __init__(self, resources: tuple[Resource, ...]) -> None:
        self._account = RenderedAccount(resources)
        self.refused: list[Refusal] = []
        """What the contract refuses of the environment as it is."""
        self._by_policy: dict[str, Judged] = defaultdict(list)
        for one in resources:
            for row in (row for row in ROWS if row.type == one.type):
                self._account.read.clear()
                self.refused += refusals(row, one.values, self._account)
                for arn in self._account.read:
                    self._by_policy[arn].append((one, row))

    def refusal(self, mutant: Mutant, counts: Callable[[Refusal], bool] = lambda one: True) -> Refusal | None:
        """Why the contract refuses a mutant; None if it does not."""
        changed = mutant.changed
        arn = self._account.arn(changed)
        own = [(changed, row) for row in ROWS if row.type == changed.type and row.document]
        account = copy.copy(self._account)
        account.documents = {**account.documents, arn: changed.values[DOCUMENTS[changed.type]]}
        found = (each for one, row in [*own, *self._by_policy[arn]] for each in refusals(row, one.values, account))
        return next((each for each in found if counts(each)), None)
