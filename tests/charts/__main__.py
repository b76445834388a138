"""Renders every chart with today's values and writes its facts: `make charts`; see docs/charts.md."""

import argparse
import sys
from pathlib import Path

import tests.conftest  # noqa: F401 - programs are wired as under pytest, without looking for stack traces
from components.versions import CHARTS, Chart
from mlp.fetch import fetch
from stacks.settings import Settings
from tests.charts import facts
from tests.charts.archives import Archives, ChartError
from tests.charts.render import Renderer
from tests.charts.wired import ENVIRONMENTS, digest, releases


def main() -> int:
    """Render what can be fetched; 1 if a chart cannot be fetched or refuses its values."""
    parser = argparse.ArgumentParser(prog="make charts", description=__doc__)
    parser.add_argument("charts", nargs="*", help="names of charts; default: all")
    parser.add_argument("--from", dest="folder", type=Path, help="folder of archives, NAME-VERSION.tgz")
    given = parser.parse_args()
    if unknown := {*given.charts} - {chart.name for chart in CHARTS}:
        parser.error(f"no chart {', '.join(sorted(unknown))}; there are: {', '.join(one.name for one in CHARTS)}")
    helm = fetch(["helm"], needed_by="make charts").tools["helm"].path
    assert helm
    archives, failed = Archives(helm, given.folder), False
    for chart in CHARTS:
        if given.charts and chart.name not in given.charts:
            continue
        try:
            write(chart, Renderer(helm, archives.fetch(chart)))
            print(f"{chart.name} {chart.version}: written", flush=True)
        except ChartError as error:
            failed = True
            print(f"{chart.name} {chart.version}: its facts are as they were; {error}", file=sys.stderr)
    return int(failed)


def write(chart: Chart, renderer: Renderer) -> None:
    """Write the facts of one chart."""
    found = {name: releases(name)[chart.name] for name in ENVIRONMENTS if chart.name in releases(name)}
    objects = {name: renderer.objects(release, kubernetes(name)) for name, release in found.items()}
    seen: dict[str, bool] = {}
    for name, release in reversed(found.items()):
        # What is off in one environment, such as a disruption budget of one pod, is read in another.
        known = {path for path, is_read in seen.items() if is_read}
        seen |= renderer.read(release, kubernetes(name), known)
    unread = [path for path, is_read in seen.items() if not is_read]
    values = {name: digest(release.get("values", {})) for name, release in found.items()}
    facts.write(chart, values, unread, objects)


def kubernetes(environment: str) -> str:
    """Version of an environment's cluster."""
    cluster = Settings.from_file(environment).cluster
    assert cluster
    return cluster.version


if __name__ == "__main__":
    sys.exit(main())
