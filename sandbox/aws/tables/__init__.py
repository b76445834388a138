"""The resource types that the emulated account understands: an entry a type, a file a group of services."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from pkgutil import iter_modules

from sandbox.aws.kind import Kind


def joined(tables: Mapping[str, Iterable[Kind]]) -> dict[str, Kind]:
    """Token to entry, of tables by the name of their file.

    Raises:
        ValueError: A type has entries in two tables, or two in one.
    """
    found, where = {}, {}
    for table, kinds in tables.items():
        for kind in kinds:
            if kind.token in found:
                raise ValueError(f"{kind.token} is in {where[kind.token]}.py and in {table}.py; allowed: one entry")
            found[kind.token], where[kind.token] = kind, table
    return found


KINDS = joined({one.name: import_module(f"{__name__}.{one.name}").KINDS for one in iter_modules(__path__)})
