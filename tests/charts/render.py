"""What the real helm makes of a chart and values."""

import copy
import json
import os
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import compress
from pathlib import Path
from typing import Any

import yaml

from tests.charts.archives import ChartError, run

Path_ = tuple[str | int, ...]
SENTINEL = "sentinel"
# `=` is a text in some definitions, as it is for JSON.
_Loader: Any = type("_Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
for _tag in ("value", "timestamp"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", yaml.SafeLoader.construct_scalar)


class Renderer:
    """Renders one chart as its releases are installed.

    Args:
        helm: The program.
        archive: The chart.
    """

    def __init__(self, helm: Path, archive: Path) -> None:
        self._helm, self._archive = helm, archive

    def objects(self, release: Mapping[str, Any], kubernetes: str) -> list[dict[str, Any]]:
        """The objects of a release, hooks included, tests left out.

        Args:
            release: Inputs of the release, as the component gives them.
            kubernetes: Version of the cluster, `1.35`.

        Raises:
            ChartError: The chart refuses the values.
        """
        text = self._text(release, kubernetes, release.get("values", {}))
        found = [one for one in yaml.load_all(text, _Loader) if one]
        return [item for one in found for item in (one["items"] if one["kind"] == "List" else [one])]

    def read(self, release: Mapping[str, Any], kubernetes: str, besides: Collection[str] = ()) -> dict[str, bool]:
        """Path of each value of a release to whether anything in the chart reads it, without the paths `besides`.

        A value is read if another one in its place changes what is rendered, or is refused.
        """
        values = release.get("values", {})
        twice = [self._text(release, kubernetes, values).splitlines() for _ in range(2)]
        # Some templates make a password, another one each time.
        steady = [one == other for one, other in zip(*twice, strict=True)]

        def is_read(path: Path_) -> bool:
            try:
                found = self._text(release, kubernetes, mutated(values, path)).splitlines()
            except ChartError:
                return True
            return len(found) != len(steady) or [*compress(found, steady)] != [*compress(twice[0], steady)]

        paths = {".".join(map(str, path)): path for path in leaves(values)}
        wanted = {name: path for name, path in paths.items() if name not in besides}
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return dict(zip(wanted, pool.map(is_read, wanted.values()), strict=True))

    def _text(self, release: Mapping[str, Any], kubernetes: str, values: Any) -> str:
        command = [self._helm, "template", release["name"], self._archive, "--namespace", release["namespace"]]
        command += ["--kube-version", kubernetes, "--skip-tests", "--values", "-"]
        command += [] if release.get("skipCrds") else ["--include-crds"]
        return run(command, json.dumps(values))


def leaves(values: Any, path: Path_ = ()) -> Iterator[Path_]:
    """Paths of all that is neither a map nor a list, or is empty."""
    inner = values.items() if isinstance(values, dict) else [*enumerate(values)] if isinstance(values, list) else ()
    if not inner and path:
        yield path
    for key, value in inner:
        yield from leaves(value, (*path, key))


def mutated(values: Any, path: Path_) -> Any:
    """The values with another one at a path, of the same type where there is one."""
    found = copy.deepcopy(values)
    *outer, last = path
    place = found
    for key in outer:
        place = place[key]
    old = place[last]
    place[last] = not old if isinstance(old, bool) else old + 1 if isinstance(old, int) else SENTINEL
    return found
