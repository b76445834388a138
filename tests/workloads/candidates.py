"""What training runs leave: evaluations on a test set, and what versions of a model log."""

import math
import random
from typing import Any


def evaluation(noise: float = 1.0, seed: int = 1, rows: int = 2000, labels: int = 0) -> str:
    """Scores of a model on a test set that `labels` decides: the more noise, the worse."""
    truth, chance = random.Random(labels), random.Random(seed)
    lines = ["id,label,prediction"]
    for number in range(rows):
        label = truth.random() < 0.3
        easy = truth.gauss(1.5 * label)
        lines.append(f"{number},{label:d},{1 / (1 + math.exp(-easy - chance.gauss(0, noise)))}")
    return "\n".join(lines)


SLICES = {"slice.auc.young": 0.94, "slice.auc.old": 0.92, "slice.rows.young": 900.0, "slice.rows.old": 300.0}
METRICS = {"auc": 0.93, "latency_p95_ms": 40.0, **SLICES}
TAGS = {"data_version": "lake@2026-11-20", "code_commit": "c" * 40, "image_digest": f"repo@sha256:{'d' * 64}"}
GOOD: dict[str, Any] = {"metrics": METRICS, "tags": TAGS, "evaluation": evaluation(0.1)}
BETTER = {**GOOD, "metrics": {**METRICS, "auc": 0.95}, "evaluation": evaluation(0.05)}
BAD: dict[str, dict[str, Any]] = {
    "quality": {**BETTER, "metrics": {**METRICS, "auc": 0.89}},
    "champion": {**BETTER, "evaluation": evaluation(3)},
    "fairness": {**BETTER, "metrics": {**METRICS, "slice.auc.old": 0.80}},
    "latency": {**BETTER, "metrics": {**METRICS, "latency_p95_ms": 90}},
    "size": {**BETTER, "files": {"a": 1024 * 1024, "b": 1}},
    "lineage": {**BETTER, "tags": {"data_version": "x"}},
    "unmeasured": {"tags": TAGS},
}
"""Reason to a version that is refused for it."""
