"""The picture of a scenario: events, pods, nodes and cost over minutes of the scenario."""

from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sandbox.pictures import BAD, BLUE, DARK, GREY, ORANGE, SKY, Event, Panel, legend, stacked

PANELS = (Panel("Pods", 1.5), Panel("Nodes", 1.3), Panel("Cost, USD an hour", 1.3))


def draw(name: str, found: dict[str, Any]) -> Figure:
    """The figure of a scenario.

    Args:
        name: Name of the scenario.
        found: What `sandbox.sim.report.document` returns.
    """
    # Everything ends at the last point: drawn, that would be a line down to 0.
    data = {name: [*values[:-1], values[-2]] for name, values in found["series"].items() if name != "minutes"}
    minutes, cost = found["series"]["minutes"], found["cost"]
    events = [Event(one["minute"], one["what"]) for one in found["events"]]
    last = max(found["minutes"], 1)
    figure, (pods, nodes, rate) = stacked(f"Scenario {name}", _subtitle(found), PANELS, (0, last), events)
    pods.step(minutes, data["running"], where="post", color=BLUE, label="running")
    pods.step(minutes, data["pending"], where="post", color=BAD, label="pending")
    kinds = {"spot": SKY, "on-demand": ORANGE}
    nodes.stackplot(
        minutes, [data[kind] for kind in kinds], labels=list(kinds), colors=list(kinds.values()), step="post"
    )
    rate.step(minutes, data["usd_per_hour"], where="post", color=DARK, label="all nodes")
    rate.axhline(cost["per_hour"], color=GREY, linestyle="--", linewidth=1.2, label=f"mean, ${cost['per_hour']:.2f}")
    for axes in (pods, nodes, rate):
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=axes is not rate))
        legend(axes, 2)
    rate.set_xlabel("minutes of the scenario")
    return figure


def _subtitle(found: dict[str, Any]) -> str:
    cost, jobs, waits = found["cost"], found["jobs"], found["pods"]["seconds_to_running"]
    text = (
        f"{found['minutes']:.0f} minutes of the scenario at {found['speed']:g} min a second, on the sandbox's scheduler"
        f" and Karpenter. Cost ${cost['total']:.2f}: {_saved(cost['saved_against_on_demand_percent'])} than the same"
        f" nodes on demand (${cost['on_demand']:.2f}), {_saved(cost['saved_against_static_percent'])} than a static"
        f" group of {cost['static_gpus']} GPUs (${cost['static']:.2f})."
        " On-demand prices are AWS's list, spot prices an assumed share of them."
    )
    done = f" {jobs['done']} of {jobs['arrived']} jobs done." if jobs["arrived"] else ""
    wait = f" 95 % of the pods started within {waits['p95']:.1f} s." if waits["p95"] is not None else ""
    return text + done + wait


def _saved(percent: float) -> str:
    return f"{abs(percent):.0f} % {'less' if percent >= 0 else 'more'}"
