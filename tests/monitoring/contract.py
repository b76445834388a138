"""Series of tests, in the form that their emitters give them."""

import re

from monitoring.catalogue import SERIES

_SERIES = re.compile(r"([a-zA-Z_:][\w:]*)\{(.*)\}")
_LABEL = re.compile(r'(\w+)="([^"]*)"')
RECORDED = "ml_platform:"
"""What recording rules make starts so; the contract is about what programs emit."""


def emitted(series: str) -> str:
    """A series with every label of the metric's own; those that are left out have the contract's first example.

    Args:
        series: Name and labels, as promtool writes them.

    Raises:
        ValueError: No program emits the name, the name has no such label, or the label never has this value.
    """
    found = _SERIES.fullmatch(series)
    if not found:
        raise ValueError(f'{series}: write name{{label="value", ...}}')
    name, given = found[1], dict(_LABEL.findall(found[2]))
    if name.startswith(RECORDED):
        return series
    if not (metric := SERIES.get(name)):
        raise ValueError(f"{series}: no program emits {name}")
    for label, value in given.items():
        if label not in metric.by_name:
            raise ValueError(f"{series}: {name} has no label {label}; it has {', '.join(sorted(metric.by_name))}")
        if not metric.by_name[label].admits(value):
            raise ValueError(f'{series}: never {label}="{value}"; it has {metric.by_name[label].allowed}')
    if name.endswith("_bucket") and "le" not in given:
        raise ValueError(f"{series}: a bucket has `le`")
    own = {label.name: label.examples[0] for label in metric.labels if not label.optional}
    labels = ", ".join(f'{key}="{value}"' for key, value in {**own, **given}.items())
    return f"{name}{{{labels}}}"
