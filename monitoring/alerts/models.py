"""Models: whether what they see and say is still what they were made for."""

from monitoring.rule import Alert, Group, Missing, Owner, Recording, Severity
from monitoring.services import OF, SERVICE, promised
from monitoring.watched import Watched

VALUES = "ml_platform_prediction_value"
OUTPUT = "namespace, model, output"
LOST = f"sum by ({OF}) (rate(ml_platform_predictions_dropped_total[15m]))"


def _latest(name: str, by: str = "model") -> str:
    """A gauge of the drift job; a restarted job has a new pod, and its alerts must not begin anew."""
    return f"max by ({by}) ({name})"


def _overdue(stamp: str, promise: str, factor: float = 1) -> str:
    """Seconds since a time stamp, if more than promised; also where there should be one and is none."""
    due = f"max by (model) ({promised(promise)})"
    return f"time() - {_latest(stamp)} > {factor:g} * {due} or {due} unless {_latest(stamp)}"


def group(watched: Watched) -> Group:
    """Alerts of models."""
    bounds = watched.thresholds
    return Group(
        name="models",
        recordings=tuple(
            Recording(
                name=f"ml_platform:low_predictions:ratio{window}",
                expr=f'sum by ({OUTPUT}) (rate({VALUES}_bucket{{le="0.5"}}[{window}]))'
                f" / sum by ({OUTPUT}) (rate({VALUES}_count[{window}]))",
            )
            for window in ("1h", "1d")
        ),
        alerts=(
            Alert(
                name="PredictionShift",
                expr="abs(ml_platform:low_predictions:ratio1h - (ml_platform:low_predictions:ratio1d offset 1h))"
                f" > {bounds.prediction_shift:g}"
                f" and sum by ({OUTPUT}) (increase({VALUES}_count[1h])) > {bounds.min_predictions:g}",
                wait="30m",
                severity=Severity.TICKET,
                owner=Owner.SERVICE,
                summary=f"{SERVICE}: the share of low values of {{{{ $labels.output }}}} moved by"
                " {{ $value | humanizePercentage }} within a day",
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
                retrain=True,
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
                summary="{{ $labels.model }}: nobody has looked for drift for {{ $value | humanizeDuration }} or more",
                missing=Missing.FIRES,
            ),
            Alert(
                name="CapturesLost",
                expr=f"{LOST} / (sum by ({OF}) (rate(ml_platform_predictions_captured_total[15m])) + {LOST})"
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
                expr=f"{_latest('ml_platform_drift_rows')} < {bounds.min_drift_rows:g}",
                wait="1d",
                severity=Severity.INFO,
                owner=Owner.SERVICE,
                summary="{{ $labels.model }}: {{ $value }} captured predictions are too few to judge drift",
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
