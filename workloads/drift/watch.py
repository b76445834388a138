"""One run over a model: every version that is captured, beside its reference."""

import logging
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pandas as pd  # pyright: ignore[reportMissingImports]

from workloads.drift import captures, report, store
from workloads.drift.captures import Row
from workloads.drift.gauges import NONE, Run
from workloads.drift.judge import Rule, Verdict, judge
from workloads.drift.models import Kind, Model
from workloads.drift.profile import hour_of_week
from workloads.drift.quality import Quality, outcomes, quality
from workloads.drift.reference import References

log = logging.getLogger("drift")


class Watch:
    """Judges models; the profiles of their references are kept from one run to the next."""

    def __init__(self, s3: Any, captures_uri: str, reports_uri: str, every: float) -> None:
        """Read captures below one URI and write reports below another, every so many seconds."""
        self._s3, self._captures, self._reports = s3, captures_uri, reports_uri
        self._days = every / timedelta(days=1).total_seconds()
        self._references, self._rng = References(s3), random.Random()

    def run(self, model: Model, now: datetime, before: Mapping[str, Run]) -> dict[str, Run]:
        """Judge every version of a model that has captures in the window; a model of none at all has no rows.

        Args:
            model: The model.
            now: End of the window.
            before: What was found before; of a version that cannot be judged now it stays.
        """
        truth = store.newest(self._s3, model.truth) if model.truth else None
        known = store.folders(self._s3, f"{self._captures}/{model.name}")
        found: dict[str, Run] = {}
        failed = False
        for version in known:
            start = now - model.window
            try:
                rows = captures.window(self._s3, self._captures, model.name, version, start, now, self._rng)
                if rows:
                    verdict = self._judged(model, version, rows, len(known), now)
                    found[version] = Run(now.timestamp(), verdict, truth, self._quality(model, version, now))
            except Exception:  # the other versions are judged all the same; this one grows stale
                log.exception("%s %s was not judged", model.name, version)
                failed, found = True, found | ({version: before[version]} if version in before else {})
        if found or failed:
            return found
        return {(known or [NONE])[-1]: Run(now.timestamp(), Verdict(0), truth)}

    def _quality(self, model: Model, version: str, now: datetime) -> Quality | None:
        """Its quality; none if it is not to be measured, or cannot be."""
        if not (measured := model.quality):
            return None
        start = now - timedelta(days=measured.days)
        try:
            rows = captures.window(self._s3, self._captures, model.name, version, start, now, self._rng)
            known = {}
            if model.truth:
                wanted = {(row.id, row.number) for row in rows}
                known = outcomes(self._s3, model.truth, wanted, start, measured.kind is Kind.CLASSIFIER)
            return quality(rows, known, measured, now)
        except Exception:  # the verdict on drift is published all the same
            log.exception("the quality of %s %s was not measured", model.name, version)
            return None

    def _judged(self, model: Model, version: str, rows: list[Row], versions: int, now: datetime) -> Verdict:
        reference = self._references.of(model.reference, version, model.time)
        # Each run of a day and each version has its share of what may go wrong.
        error = min(model.false_alarms_per_day * self._days / versions, 0.5)
        rule = Rule(model.threshold, model.least_distance, error, model.min_rows)
        times = pd.Series(pd.to_datetime([row.time for row in rows], utc=True))
        frame = pd.DataFrame([{**row.inputs, **row.outputs} for row in rows], dtype=object)
        verdict = judge(frame, hour_of_week(times), reference, rule)
        if verdict.columns:
            text = report.page(model.name, version, reference.name, now, verdict)
            uri = report.write(self._s3, self._reports, f"{model.name}/{version}", now, text)
            drifted = ", ".join(verdict.drifted) or "none"
            log.info("%s %s: %d rows, drifted: %s; report: %s", model.name, version, verdict.rows, drifted, uri)
        for text in verdict.failed:
            log.warning("%s %s: %s", model.name, version, text)
        return verdict
