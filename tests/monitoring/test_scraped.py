"""What the contract says of Prometheus and Alertmanager, against what they expose."""

import json
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from components import _monitoring_targets as targets
from monitoring.catalogue import CATALOGUE
from monitoring.emitters import alertmanager, prometheus
from monitoring.metric import Emitter, Metric
from sandbox.processes import end, free_ports
from sandbox.toolchain import Toolbox
from tests.workloads.exposition import Exposition

HOST, READY_SECONDS = "127.0.0.1", 30
RULES = {"groups": [{"name": "one", "interval": "1s", "rules": [{"record": "one", "expr": "vector(1)"}]}]}
ROUTES = {"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}
ADDED = "up"
"""What Prometheus adds to every target, and does not expose."""


@contextmanager
def running(name: str, folder: Path, *flags: str, port: int = 0) -> Iterator[str]:
    """Where a program exposes its own metrics, once it is ready."""
    port = port or free_ports(1)[0]
    program = Toolbox().ensure([name]).tools[name].path
    command = [str(program), *flags, f"--web.listen-address={HOST}:{port}"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not ready(f"http://{HOST}:{port}/-/ready"):
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.1)
        yield f"http://{HOST}:{port}/metrics"
    finally:
        end(process.pid, 10)
        process.wait(10)


def ready(url: str) -> bool:
    try:
        return urllib.request.urlopen(url, timeout=2).close() is None
    except OSError:
        return False


def scraped(url: str, metrics: tuple[Metric, ...]) -> Exposition:
    """What is exposed, as soon as it is what the contract says: a program is ready before it has counted everything."""
    deadline = time.monotonic() + READY_SECONDS
    while departures(seen := Exposition(url), metrics) and time.monotonic() < deadline:
        time.sleep(0.2)
    return seen


def departures(seen: Exposition, metrics: tuple[Metric, ...]) -> list[str]:
    return [text for metric in metrics if metric.name != ADDED for text in seen.departs(metric)]


def version(seen: Exposition, emitter: Emitter) -> str:
    ((labels, _),) = seen.samples[f"{emitter.name}_build_info"]
    return labels["version"].removeprefix("v")


@pytest.mark.sandbox
def test_prometheus_exposes_what_the_contract_says(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(RULES))
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump({"rule_files": ["rules.yaml"]}))
    with running("prometheus", tmp_path, "--config.file=prometheus.yml", "--storage.tsdb.path=data") as url:
        seen = scraped(url, prometheus.METRICS)
        assert departures(seen, prometheus.METRICS) == []


@pytest.mark.sandbox
def test_prometheus_tells_the_pods_of_a_candidate_from_those_that_serve(tmp_path: Path) -> None:
    """By the platform's own relabelings, as the operator writes them for Prometheus."""
    (monitor,) = [one for one in targets.monitors({}) if one["metadata"]["name"] == "model-services"]
    rules = monitor["spec"]["podMetricsEndpoints"][0]["relabelings"]
    relabel = [{re.sub("([A-Z])", r"_\1", key).lower(): value for key, value in rule.items()} for rule in rules]
    pods = []
    for name in ("fraud", "fraud-candidate"):
        found = {targets.MODEL: "fraud", targets.VERSION: "3", "app.kubernetes.io/name": name}
        labels = {f"__meta_kubernetes_pod_label_{re.sub('[^a-z]', '_', key)}": value for key, value in found.items()}
        pods.append({"targets": [f"127.0.0.1:{9 + len(pods)}"], "labels": labels})
    scrape = {"job_name": "models", "static_configs": pods, "relabel_configs": relabel}
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump({"scrape_configs": [scrape]}))
    with running("prometheus", tmp_path, "--config.file=prometheus.yml", "--storage.tsdb.path=data") as url:
        asked, deadline = url.replace("/metrics", "/api/v1/targets"), time.monotonic() + READY_SECONDS
        while len(active := targets_of(asked)) < 2 and time.monotonic() < deadline:
            time.sleep(0.2)
    found = {one["service"]: (one["model"], one["version"], one.get("role")) for one in active}
    assert found == {"fraud": ("fraud", "3", None), "fraud-candidate": ("fraud", "3", "candidate")}


@pytest.mark.sandbox
def test_prometheus_keeps_a_bound_as_a_decimal_fraction(tmp_path: Path) -> None:
    """Prometheus is written in Go and exposes `le="1"`; a rule on that would never find anything."""
    (port,) = free_ports(1)
    scrape = {"job_name": "itself", "scrape_interval": "1s", "static_configs": [{"targets": [f"{HOST}:{port}"]}]}
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump({"scrape_configs": [scrape]}))
    flags = ("--config.file=prometheus.yml", "--storage.tsdb.path=data")
    with running("prometheus", tmp_path, *flags, port=port) as url:
        histogram = "prometheus_http_request_duration_seconds_bucket"
        with urllib.request.urlopen(url, timeout=5) as answer:
            assert f'{histogram}{{handler="/-/ready",le="1"}}' in answer.read().decode()
        asked = url.replace("/metrics", f"/api/v1/label/le/values?match[]={histogram}")
        deadline, found = time.monotonic() + READY_SECONDS, list[str]()
        while not found and time.monotonic() < deadline:
            time.sleep(0.2)
            with urllib.request.urlopen(asked, timeout=5) as answer:
                found = json.load(answer)["data"]
    assert "1.0" in found
    assert "1" not in found
    label = CATALOGUE["kueue_admission_wait_time_seconds"].by_name["le"]
    assert [bound for bound in found if not label.admits(bound)] == []


def targets_of(url: str) -> list[dict[str, str]]:
    """Labels of what Prometheus scrapes."""
    with urllib.request.urlopen(url, timeout=5) as answer:
        return [one["labels"] for one in json.load(answer)["data"]["activeTargets"]]


@pytest.mark.sandbox
def test_alertmanager_exposes_what_the_contract_says(tmp_path: Path) -> None:
    (tmp_path / "routes.yaml").write_text(yaml.safe_dump(ROUTES))
    flags = ("--config.file=routes.yaml", "--storage.path=data", "--cluster.listen-address=")
    with running("alertmanager", tmp_path, *flags) as url:
        seen = scraped(url, alertmanager.METRICS)
        assert departures(seen, alertmanager.METRICS) == []
        assert version(seen, alertmanager.EMITTER) == alertmanager.EMITTER.version
