"""The commands of runbooks name Deployments and Services that the platform has, in their namespaces."""

import re
from pathlib import Path

from tests.charts.test_names import every, placed

RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks"
NAMED = re.compile(r"kubectl -n ([a-z0-9-]+) [^`|\n]*?(deploy|svc)/([a-z0-9-]+)")
KINDS = {"deploy": "Deployment", "svc": "Service"}
OPERATED = {("Service", "monitoring", "prometheus-operated")}
"""Made by the Prometheus operator (governingServiceName in pkg/prometheus/server/statefulset.go)."""


def test_every_command_names_what_there_is() -> None:
    text = "\n".join(file.read_text() for file in RUNBOOKS.iterdir())
    named = {(KINDS[kind], namespace, name) for namespace, kind, name in NAMED.findall(text)}
    there = {(one["kind"], *placed(one)) for one in every("prod", *KINDS.values())}
    assert len(named) > 5
    assert named - there == OPERATED
