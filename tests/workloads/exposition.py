"""What a program exposes to Prometheus, and whether that is what the contract says of it."""

import re
import ssl
import urllib.request
from collections import defaultdict
from typing import Any

from monitoring.metric import Metric

_SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Exposition:
    """A scrape, read: of an address, or the text of one."""

    def __init__(self, url: str = "", trusted: ssl.SSLContext | None = None, token: str = "", text: str = "") -> None:
        lines = (text or _fetched(url, trusted, token)).splitlines()
        self.types = {line.split()[2]: line.split()[3] for line in lines if line.startswith("# TYPE ")}
        self.samples: dict[str, list[tuple[dict[str, str], float]]] = defaultdict(list)
        for line in lines:
            if found := _SAMPLE.match(line):
                name, labels, value = found.groups()
                self.samples[name].append((_kept(labels or ""), float(value)))

    def value(self, name: str, **labels: str) -> float:
        """The sum of the series of a name that have these labels."""
        return sum(value for found, value in self.samples[name] if labels.items() <= found.items())

    def departs(self, metric: Metric) -> list[str]:
        """How what is exposed differs from the contract: in its type, its labels, or the values of one of them."""
        wrong: list[str] = []
        if (kind := self.types.get(metric.name)) != metric.kind.value:
            wrong.append(f"{metric.name} is {kind}, not {metric.kind.value}")
        for series in metric.series:
            wanted = {*metric.own_names, *(["le"] if series.endswith("_bucket") and metric.kind == "histogram" else [])}
            found: Any = {frozenset(labels) for labels, _ in self.samples[series]}
            if found != {frozenset(wanted)}:
                wrong.append(f"{series} has labels {[sorted(one) for one in found]}, not {sorted(wanted)}")
            for labels, _ in self.samples[series]:
                wrong += [
                    f'{series} has {name}="{value}", not {metric.by_name[name].allowed}'
                    for name, value in labels.items()
                    # To Prometheus an empty label is none.
                    if value and name in metric.by_name and not metric.by_name[name].admits(value)
                ]
        return wrong


def _kept(labels: str) -> dict[str, str]:
    """Labels as Prometheus 3 keeps them: a bound of 1 is 1.0."""
    found = dict(_LABEL.findall(labels))
    if "le" in found and found["le"] != "+Inf":
        found["le"] = str(float(found["le"]))
    return found


def _fetched(url: str, trusted: ssl.SSLContext | None, token: str) -> str:
    asked = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    with urllib.request.urlopen(asked, timeout=10, context=trusted) as answer:
        return answer.read().decode()
