"""Series as the contract's emitters would emit them: made up from types and labels, the same every time.

They show that a question has an answer; what a real platform measures they do not show. Labels belong together as they
do in a cluster: a pod is on a node, a node has a price, a model has versions in pods.
"""

import math
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import product
from typing import NamedTuple

from monitoring.catalogue import CATALOGUE
from monitoring.label import Label
from monitoring.metric import Kind, Metric

Labels = dict[str, str]
DAY = 24 * 60 * 60


class Series(NamedTuple):
    """One series with a sample for each time."""

    name: str
    labels: Labels
    values: tuple[float, ...]


_NODES = [
    {
        "node": f"ip-10-0-{number}-7.ec2.internal",
        "Hostname": f"ip-10-0-{number}-7.ec2.internal",
        "instance": f"ip-10-0-{number}-7.ec2.internal",
        "instance_type": kind,
        "region": "eu-central-1",
        "provider_id": f"i-0000000000000000{number}",
        "arch": "amd64",
        "nodepool": pool,
    }
    for number, (kind, pool) in enumerate(
        [("m7i.large", "system"), ("g5.xlarge", "serving"), ("g6.12xlarge", "training")]
    )
]
_TEAMS = [("vision", "fraud", "4", 1), ("vision", "fraud", "5", 1), ("language", "assistant", "2", 2)]
_PODS = [
    {
        "namespace": namespace,
        "pod": f"{model}-{version}-{letter}",
        "container": "model",
        "service": model,
        "model": model,
        "version": version,
        "model_name": model,
        "name": model,
        "scaledObject": model,
        "deployment": model,
        **_NODES[node],
    }
    for namespace, model, version, node in _TEAMS
    for letter in "ab"
]
_ENTITIES: tuple[tuple[frozenset[str], Sequence[Labels]], ...] = (
    (frozenset({"Hostname"}), _PODS[2:]),
    (frozenset({"scaledObject"}), _PODS),
    (frozenset({"pod", "container"}), _PODS),
    (frozenset({"node"}), _NODES),
    (frozenset({"nodepool"}), _NODES[1:]),
    (frozenset({"name", "namespace"}), _PODS),
    (frozenset({"deployment"}), _PODS),
)
"""Labels of a metric's own to what it is about, the most particular first."""
_ONE_OF = {"analysis_run_info": "phase", "rollout_info": "phase"}
"""Metric to the label of which a thing has one value at a time."""
_FIRST = ("unit", "handler", "path", "owner_kind")
"""Labels whose examples other labels or metrics explain: a series has the first."""
_TYPICAL = {
    "karpenter_interruption_message_queue_duration_seconds": 1.5,
    "kueue_admission_wait_time_seconds": 40.0,
    "ml_platform_prediction_value": 0.5,
    "vllm:e2e_request_latency_seconds": 3.0,
    "vllm:inter_token_latency_seconds": 0.03,
    "vllm:time_to_first_token_seconds": 0.4,
}
"""What a histogram's values are about; other histograms are of requests, which take a tenth of a second."""
_RATES = {
    "alertmanager_notifications_total": 0.002,
    "container_cpu_usage_seconds_total": 0.8,
    "container_cpu_cfs_periods_total": 10.0,
    "container_cpu_cfs_throttled_periods_total": 0.3,
    "kueue_admitted_workloads_total": 0.002,
    "rollout_events_total": 1e-7,
    "vllm:generation_tokens_total": 300.0,
    "vllm:prompt_tokens_total": 900.0,
}
"""How often a second a counter counts, about; others count requests if they have a method, or else what is rare."""
_BAD = ("failed", "detected", "lost", "paused", "waiting_reason", "REMAP")
"""In names of gauges that are 1 when something is wrong; here nothing is."""


def series(times: Sequence[float], metrics: Sequence[Metric] | None = None) -> Iterator[Series]:
    """Every series of the contract, with a sample at each of the times (Unix seconds, rising).

    Args:
        times: When the samples are.
        metrics: What to make series of. Default: the whole catalogue.
    """
    for metric in CATALOGUE.values() if metrics is None else metrics:
        for labels in label_sets(metric):
            yield from _samples(metric, labels, times)


def label_sets(metric: Metric) -> list[Labels]:
    """The labels of its series, each with every label that the contract says it has; `le` comes with the buckets."""
    known = {name: label for name, label in metric.by_name.items() if name != "le" and not label.optional}
    wanted = frozenset(known)
    sets: dict[tuple[tuple[str, str], ...], Labels] = {}
    # A target's own pod is that of the emitter, but where the metric is of the pod, or of the GPU that a pod has.
    own_labels = wanted if {"model", "Hostname"} & wanted else set(metric.own_names)
    for entity in _entities(metric):
        own = {key: value for key, value in entity.items() if key in own_labels}
        others = sorted(wanted - set(own))
        for chosen in product(*(_values(metric, known[label], len(sets)) for label in others)):
            labels = {**own, **dict(zip(others, chosen, strict=True))}
            sets.setdefault(tuple(sorted((key, value) for key, value in labels.items() if key != "phase")), labels)
    return list(sets.values())


def _entities(metric: Metric) -> Sequence[Labels]:
    if metric.name == "up":
        return [{"job": emitter} for emitter in sorted({one.emitter.name for one in CATALOGUE.values()})]
    if "model" in metric.all_labels:
        return _PODS
    return next((found for needed, found in _ENTITIES if needed <= set(metric.own_names)), [{}])


def openmetrics(found: Iterator[Series], times: Sequence[float]) -> Iterator[str]:
    """Lines that `promtool tsdb create-blocks-from openmetrics` reads."""
    for one in found:
        labels = ",".join(f'{key}="{value}"' for key, value in one.labels.items())
        for time, value in zip(times, one.values, strict=True):
            yield f"{one.name}{{{labels}}} {value:.12g} {time:.0f}\n"
    yield "# EOF\n"


def _values(metric: Metric, label: Label, number: int) -> Sequence[str]:
    if label.name == _ONE_OF.get(metric.name):
        return (label.examples[number % len(label.examples)],)
    if label.name == "job":
        return (metric.emitter.name,)
    return label.examples[:1] if label.name in _FIRST else label.examples


def _samples(metric: Metric, labels: Labels, times: Sequence[float]) -> Iterator[Series]:
    draw = _draw(metric.name, labels)
    waves = [_wave(time, draw) for time in times]
    if metric.kind is Kind.GAUGE:
        found = (_gauge(metric, labels, draw, wave, time) for wave, time in zip(waves, times, strict=True))
        yield Series(metric.name, labels, tuple(found))
        return
    total = _running(waves, times, _per_second(metric, labels) * (0.5 + draw))
    if metric.kind is Kind.COUNTER:
        yield Series(metric.name, labels, total)
        return
    middle = _TYPICAL.get(metric.name, 0.1) * (0.7 + 0.6 * draw)
    bounds = metric.by_name["le"]
    for bound in bounds.values or bounds.examples:
        share = 1 - math.exp(-((float(bound) / middle) ** 1.5))
        yield Series(f"{metric.name}_bucket", {**labels, "le": bound}, tuple(value * share for value in total))
    yield Series(f"{metric.name}_count", labels, total)
    yield Series(f"{metric.name}_sum", labels, tuple(value * middle for value in total))


_PRICES = {"m7i.large": 0.12, "g5.xlarge": 1.26, "g6.12xlarge": 5.75}
"""US dollars an hour in round figures, for pictures only."""


def _draw(name: str, labels: Labels) -> float:
    """A number from 0 to 1 that is the series' own, and always the same."""
    text = name + str(sorted(labels.items()))
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest()) / 2**32


def _wave(time: float, draw: float) -> float:
    """From 0 to 1 over a day, with something quicker on it."""
    slow = math.sin(2 * math.pi * (time / DAY + draw))
    return 0.5 + 0.35 * slow + 0.15 * math.sin(2 * math.pi * (time / 2700 + 7 * draw))


def _per_second(metric: Metric, labels: Labels) -> float:
    if labels.get("status_code", labels.get("status", ""))[:1] in ("4", "5"):
        return 0.02
    if any(part in metric.name for part in ("failed", "failures", "_error")):
        return 1e-7
    requests = {"method", "output", "finished_reason"} & set(labels) or metric.name.startswith("vllm:")
    rare = "preemptions" in metric.name or not requests
    return _RATES.get(metric.name, 0.0002 if rare else 4.0)


def _running(waves: Sequence[float], times: Sequence[float], rate: float) -> tuple[float, ...]:
    total, found = 0.0, []
    for wave, before, now in zip(waves, (times[0], *times), times, strict=False):
        total += rate * (0.2 + wave) * (now - before)
        found.append(total)
    return tuple(found)


def _gauge(metric: Metric, labels: Labels, draw: float, wave: float, time: float) -> float:
    name = metric.name
    match metric.unit:
        case "1":
            return 1
        case "0 or 1":
            return _state(name, labels)
        case "ratio":
            return 0.02 * wave if "failed" in name else 0.05 + 0.4 * draw * wave
        case "percent":
            return 100 * wave
        case "of the measure":
            return _measured(name, labels, time)
        case "XID":
            return 0
        case "Unix seconds":
            return time + 60 * DAY * (0.3 + draw) if "expiration" in name else time - (time + 3600 * draw) % 3600
        case "USD/hour":
            return _price(name, labels)
        case "bytes":
            return {"capacity": 5e10, "available": 2e10 + 1e10 * wave}.get(name.split("_")[-2], 2e9 * (1 + draw + wave))
        case "MiB":
            return 24_000 * (wave if "USED" in name else 1 - 0.9 * wave)
        case "degrees Celsius":
            return 45 + 30 * wave
        case "GPUs":
            return {"m7i.large": 0, "g5.xlarge": 1, "g6.12xlarge": 4}.get(labels.get("instance_type", ""), 1)
    return _count(name, labels, draw, wave)


def _state(name: str, labels: Labels) -> float:
    """1 if it is so. Conditions have a series for each status, of which one is so."""
    wrong = any(part in name for part in _BAD) or labels.get("condition", "").endswith("Pressure")
    told = labels.get("status", labels.get("condition", "")).lower()
    if told in ("true", "false", "unknown"):
        return float(told == ("false" if wrong else "true"))
    return float(not wrong and ("spot" not in name or labels.get("instance_type") != "m7i.large"))


def _measured(name: str, labels: Labels, time: float) -> float:
    """A measure, or the lower or upper end of its interval; a slice has a difference, which is certain."""
    middle = (0.05 if "slice" in labels else 0.75) + 0.1 * _wave(time, _draw("measure", labels))
    return middle + {"lower": -0.03, "upper": 0.03}.get(name.rpartition("_")[2], 0)


def _price(name: str, labels: Labels) -> float:
    node = next((one for one in _NODES if one["node"] == labels.get("node")), None)
    if node is None:
        return 0.02
    kind = node["instance_type"]
    gpus = {"g5.xlarge": 0.6, "g6.12xlarge": 0.15}.get(kind, 0.0)
    shares = {"node_cpu": 0.06, "node_ram": 0.005, "node_gpu": gpus}
    return _PRICES[kind] * next((share for start, share in shares.items() if name.startswith(start)), 1.0)


def _count(name: str, labels: Labels, draw: float, wave: float) -> float:
    """Pods, requests and the like: few, in whole numbers."""
    if "memory" in (labels.get("resource"), labels.get("resource_type")):
        return 3.2e10 if name.endswith(("_limit", "_quota", "_capacity")) else 4e9 * (1 + draw)
    if "failed" in name or "failures" in name:
        return 0
    if name.endswith(("_limit", "_quota", "_capacity", "max_replicas")):
        return 16
    if "replicas" in name:
        return 3
    if name in ("ml_platform_drift_rows", "ml_platform_quality_rows"):
        return float(round(2000 * (0.5 + wave)))
    if name == "prometheus_tsdb_head_series":
        return float(round(250_000 * (0.9 + 0.2 * wave)))
    return float(round(1 + 5 * draw * wave))
