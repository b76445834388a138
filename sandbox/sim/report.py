"""What a scenario showed, as a table and as JSON."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from sandbox.kubernetes import catalogue
from sandbox.sim.measure import Timeline, figures, series


def notes(speed: float) -> dict[str, str]:
    """How the figures came about."""
    prices = json.loads(Path(catalogue.__file__).with_name("prices.json").read_text())
    listed, spot = prices["on_demand"], prices["spot"]
    return {
        "time": f"One second played is {speed:g} min of the scenario, in which work and costs are counted; what the"
        " control plane does takes its real time, and machines start at once: add what yours take to boot.",
        "on_demand_prices": f"{listed['region']}, {listed['date']}, from {listed['source']}",
        "spot_prices": f"assumed on {spot['date']}: {100 * spot['category']['g']:.0f} % of on demand for GPU types."
        f" {spot['assumption']}",
        "static": "on demand for the most GPUs used at a time, of the cheapest type that was chosen, all the time",
    }


def document(name: str, seen: Timeline) -> dict[str, Any]:
    """Everything, for programs."""
    return {"scenario": name, **figures(seen), "series": series(seen, 100), "notes": notes(seen.speed)}


def table(name: str, found: dict[str, Any]) -> str:
    """The figures, for people."""
    view = Table(title=f"{name}: {found['minutes']:.0f} minutes", title_justify="left", show_header=False)
    for what, figure in _rows(found):
        view.add_row(what, figure)
    out = StringIO()
    console = Console(file=out, width=110, highlight=False)
    console.print(view)
    for event in found["events"]:
        console.print(f"  minute {event['minute']:6.1f}: {event['what']}", markup=False)
    for what in ("time", "on_demand_prices", "spot_prices", "static"):
        console.print(f"{what.replace('_', ' ')}: {found['notes'][what]}", markup=False, style="dim")
    return out.getvalue().rstrip()


def _rows(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    pods, jobs, cost, lost = found["pods"], found["jobs"], found["cost"], found["interruptions"]
    wait, queue = pods["seconds_to_running"], jobs["queued_minutes"]
    if wait["p50"] is not None:
        yield "pods to running, real seconds", f"p50 {wait['p50']:.1f}, p95 {wait['p95']:.1f} ({pods['ran']} pods)"
    if pods["never_ran"]:
        yield "pods that never ran", str(pods["never_ran"])
    if jobs["arrived"]:
        yield "jobs", f"{jobs['done']} done, {jobs['unfinished']} unfinished, of {jobs['arrived']}"
    if queue["p95"]:
        yield "waited for quota, minutes", f"p50 {queue['p50']:.1f}, p95 {queue['p95']:.1f}"
    yield "nodes started", ", ".join(f"{count} {kind}" for kind, count in found["nodes"]["capacity"].items()) or "none"
    yield "types", ", ".join(f"{count} {kind}" for kind, count in found["nodes"]["type"].items())
    yield "zones", ", ".join(f"{zone[-1]}: {count}" for zone, count in sorted(found["nodes"]["zone"].items()))
    yield "cost", f"${cost['total']:.2f}, ${cost['per_hour']:.2f} an hour, {cost['idle_percent']:.0f} % of it idle"
    for group, usd in cost["per_job"].items():
        yield f"cost of a job of {group}", f"${usd:.3f}"
    yield (
        "saved against on demand",
        f"{cost['saved_against_on_demand_percent']:.0f} % of ${cost['on_demand']:.2f}, the same nodes",
    )
    yield (
        "saved against a static group",
        f"{cost['saved_against_static_percent']:.0f} % of ${cost['static']:.2f}, for {cost['static_gpus']} GPUs",
    )
    if lost["pods_lost"]:
        work = f"{lost['gpu_minutes_lost']:.0f} GPU minutes of work lost, {lost['share_of_work_percent']:.1f} %"
        again = f"{lost['jobs_that_ran_again']} of {lost['jobs_interrupted']} jobs ran again"
        yield "interruptions", f"{lost['pods_lost']} pods, {work}; {again}"
    for short in found["shortages"]:
        first, back, count = short["seconds_to_on_demand"], short["spot_again_minute"], short["on_demand_nodes"]
        fell = "none was needed" if first is None else f"{count} nodes, the first after {first:.1f} s"
        again = "no new spot node afterwards" if back is None else f"spot again in minute {back:.0f}"
        span = f"minutes {short['from_minute']:.0f} to {short['until_minute']:.0f}"
        yield f"on demand while spot was short, {span}", f"{fell}; {again}"
    for name, one in [*found["limits"].items(), *found["quotas"].items()]:
        over = "" if one["peak"] <= one["limit"] else " EXCEEDED"
        yield f"GPUs of {name}", f"{one['peak']} at most, limit {one['limit']}{over}"
