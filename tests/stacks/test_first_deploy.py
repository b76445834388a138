"""docs/first-deploy.md names every stage, and nothing that does not exist."""

import json
import re
from pathlib import Path

from sandbox.kubernetes.prices import FILE
from stacks.endpoints import interface_endpoints
from stacks.settings import Settings
from stacks.stages import Stage

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "first-deploy.md").read_text()
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def test_both_tables_have_every_stage_in_order() -> None:
    rows = re.findall(r"^\| (\w+) \| .* \| .* \|$", PAGE, re.M)
    assert [row for row in rows if row in set(Stage)] == [*Stage, *Stage]


def test_the_prices_are_of_what_dev_is_shipped_with() -> None:
    dev = Settings.from_file("dev")
    rows = {row[0]: row[1] for row in re.findall(r"^\| (\w+) \|.*\| ([^|]+) \|$", PAGE, re.M)}
    assert dev.network
    assert dev.database
    assert dev.features
    assert dev.cluster
    assert dev.monitoring
    endpoints, zones = len(interface_endpoints(dev)), len(dev.network.zones)
    nodes = dev.cluster.system_nodes
    assert f"{NUMBERS[endpoints]} interface endpoints in {NUMBERS[zones]} zones {endpoints * zones / 100:.2f}" in PAGE
    assert f"`{dev.database.instance_class}`" in rows["stores"]
    assert f"`{dev.features.node_type}`" in rows["stores"]
    assert f"{NUMBERS[nodes.min]} `{nodes.instance_types[0]}`" in rows["cluster"]
    assert f"{dev.monitoring.storage_gib} GiB" in rows["platform"]
    listed = json.loads(FILE.read_text())["on_demand"]["usd_per_hour"]
    named = re.findall(r"([\d.]+) for an? `([\w.]+)`", rows["models"])
    assert named
    assert all(price == f"{listed[instance]:.2f}" for price, instance in named)
    each = [float(rows[stage].partition(" ")[0].rstrip(":")) for stage in Stage]
    assert f"about {sum(each):.2f} an hour, or {round(sum(each) * 730, -1):.0f} a month" in PAGE


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", PAGE)
    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
