"""Models: whether what they see and say is still what they were made for."""

from monitoring.rule import Alert, Group, Missing, Owner, Recording, Severity
from monitoring.services import OF, OWN, SERVICE, promised
from monitoring.watched import Watched

VALUES = "ml_platform_prediction_value"
OUTPUT = "namespace, model, output"
LOST = f"sum by ({OF}) (rate(ml_platform_predictions_dropped_total{{{OWN}}}[15m]))"
SHARE = "ml_platform:predictions:share1h"
"""Share of an hour's predictions up to each bound."""
SHIFTS = {"ml_platform:predictions:shift1d": "1d", "ml_platform:predictions:shift7d": "7d"}


def _latest(name: str, by: str = "model") -> str:
    """A gauge of the drift job; a restarted job has a new pod, and its alerts must not begin anew."""
    return f"max by ({by}) ({name})"


def _share() -> str:
    return (
        f"sum by ({OUTPUT}, le) (rate({VALUES}_bucket{{{OWN}}}[1h]))"
        f" / ignoring (le) group_left () sum by ({OUTPUT}) (rate({VALUES}_count{{{OWN}}}[1h]))"
    )


def _shift(before: str) -> str:
    """Population stability index of an hour against the same hour before, over the bound that parts them best.

    The index weighs a change of a small share more than the same change of a large one: from 1 % to 10 % is 0.2. From
    0.1 on a population counts as changed, from 0.25 on as another one: Siddiqi, Credit Risk Scorecards, 2006.
    """
    now, then = (f"clamp({SHARE}{offset}, 0.001, 0.999)" for offset in ("", f" offset {before}"))
    return (
        f"max by ({OUTPUT}) (({now} - {then}) * ln({now} / {then}) + ({then} - {now}) * ln((1 - {now}) / (1 - {then})))"
    )


def _enough(least: float) -> str:
    counts = (f"sum by ({OUTPUT}) (increase({VALUES}_count{{{OWN}}}[1h]{offset}))" for offset in ("", " offset 1d"))
    return " and ".join(f"{count} > {least:g}" for count in counts)


def _overdue(stamp: str, promise: str, factor: float = 1) -> str:
    """Seconds since a time stamp, if more than promised; also where there should be one and is none."""
    due = f"max by (model) ({promised(promise)})"
    return f"time() - {_latest(stamp)} > {factor:g} * {due} or {due} unless {_latest(stamp)}"


def group(watched: Watched) -> Group:
    """Alerts of models."""
    bounds = watched.thresholds
    return Group(
        name="models",
        recordings=(
            Recording(name=SHARE, expr=_share()),
            *(Recording(name=name, expr=_shift(before)) for name, before in SHIFTS.items()),
        ),
        alerts=(
            Alert(
                name="PredictionShift",
                # What is so every week, as on a Saturday, is no shift.
                expr=f"ml_platform:predictions:shift1d > {bounds.prediction_shift:g}"
                f" unless ml_platform:predictions:shift7d <= {bounds.prediction_shift:g}"
                f" and {_enough(bounds.min_predictions)}",
                wait="30m",
                severity=Severity.TICKET,
                owner=Owner.SERVICE,
                summary=f"{SERVICE}: values of {{{{ $labels.output }}}} are others than a day before: index"
                ' {{ $value | printf "%.2f" }}',
                missing=Missing.SILENT,
                noticed="ServiceDown",
            ),
            Alert(
                name="FeatureDrift",
                expr=f"{_latest('ml_platform_drift_share', 'model, version')}"
                f" and {_latest('ml_platform_drift_detected', 'model, version')} == 1",
                wait="5m",
                severity=Severity.TICKET,
                owner=Owner.SERVICE,
                summary="{{ $labels.model }} {{ $labels.version }}: {{ $value | humanizePercentage }} of its features"
                " have drifted",
                missing=Missing.SILENT,
                noticed="DriftJobStale",
                retrain="drift",
            ),
            Alert(
                name="DataQualityPoor",
                expr=f"{_latest('ml_platform_data_quality_failed_share', 'model, version')}"
                f" > {bounds.data_quality_failed_share:g}",
                wait="5m",
                severity=Severity.TICKET,
                owner=Owner.SERVICE,
                summary="{{ $labels.model }} {{ $labels.version }}: {{ $value | humanizePercentage }} of the checks of"
                " its input fail",
                missing=Missing.SILENT,
                noticed="DriftJobStale",
            ),
            Alert(
                name="DriftJobStale",
                expr=_overdue("ml_platform_drift_last_run_timestamp_seconds", "drift_period_seconds", 2),
                wait="15m",
                severity=Severity.TICKET,
                owner=Owner.PLATFORM,
                summary="{{ $labels.model }}: no drift job has completed for {{ $value | humanizeDuration }} or more",
                missing=Missing.FIRES,
            ),
            Alert(
                name="CapturesLost",
                expr=f"{LOST} / (sum by ({OF}) (rate(ml_platform_predictions_captured_total{{{OWN}}}[15m])) + {LOST})"
                f" > {bounds.captures_lost:g}",
                wait="15m",
                severity=Severity.TICKET,
                owner=Owner.PLATFORM,
                summary=f"{SERVICE}: {{{{ $value | humanizePercentage }}}} of what was to be captured is lost",
                missing=Missing.SILENT,
                noticed="ServiceDown",
            ),
            Alert(
                name="DriftUndecided",
                expr=f"{_latest('ml_platform_drift_rows', 'model, version')}"
                f" < on (model) group_left () max by (model) ({promised('min_drift_rows')})",
                wait="1d",
                severity=Severity.INFO,
                owner=Owner.SERVICE,
                summary="{{ $labels.model }} {{ $labels.version }}: {{ $value }} captured predictions are too few to"
                " judge drift",
                missing=Missing.SILENT,
                noticed="DriftJobStale",
            ),
            Alert(
                name="GroundTruthLate",
                expr=_overdue("ml_platform_ground_truth_last_timestamp_seconds", "truth_seconds"),
                wait="1h",
                severity=Severity.TICKET,
                owner=Owner.SERVICE,
                summary="{{ $labels.model }}: no true outcomes for {{ $value | humanizeDuration }} or more",
                missing=Missing.FIRES,
            ),
        ),
    )
