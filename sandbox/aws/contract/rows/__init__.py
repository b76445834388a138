"""The rows of the contract, a file a group of services; each from the pages that it names, none from our components."""

from importlib import import_module
from pkgutil import iter_modules

from sandbox.aws.contract.row import Row

ROWS: tuple[Row, ...] = tuple(
    row
    for one in iter_modules(__path__)
    if not one.name.startswith("_")
    for row in import_module(f"{__name__}.{one.name}").ROWS
)
