"""Times `mlp up` of a platform with four times the resources of `local`."""

import json

import yaml

from tests.bench.life import Say, compared
from tests.bench.meter import Took, measure
from tests.bench.place import Place, place
from tests.bench.results import Row
from tests.bench.sides import NAMED

STORES = 122
"""Artifact stores that the larger platform has beside those of `local`: with them it has four times the resources."""


def scale(say: Say) -> list[Row]:
    """A row for `mlp up` of the larger platform, beside `mlp up` of `local`.

    Args:
        say: Called with a line about what is measured now.
    """
    (small, few), (large, many) = (_up(stores, say) for stores in (0, STORES))
    note = f"{many} resources, {many / few:.1f} times the {few} of local"
    what, named = f"local with {STORES} more stores: mlp up", {**NAMED, "PULUMI_CONFIG": "it holds the stores"}
    return [compared(what, "scale", large, "mlp up of local", small, note, named)]


def _up(stores: int, say: Say) -> tuple[Took, int]:
    """What `mlp up` takes with so many more stores, and how many resources it made."""
    with place("local") as where:
        say(f"local with {stores} more stores: mlp up ...")
        _add(where, stores)
        took = measure(lambda: where.mlp("up"), where.servers)
        return took, len(json.loads(where.pulumi("stack", "export"))["deployment"]["resources"])


def _add(where: Place, stores: int) -> None:
    file = where.made.path / "stacks" / "Pulumi.local.yaml"
    document = yaml.safe_load(file.read_text())
    given = document["config"]["ml-platform:stores"]
    given |= {f"artifacts-{number}": given["artifacts"] for number in range(stores)}
    file.write_text(yaml.safe_dump(document))
