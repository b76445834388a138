"""The drift job of the platform: what it found in captured predictions."""

from monitoring.label import MODEL, TARGET, VERSION, known, named
from monitoring.metric import Emitter

EMITTER = Emitter(
    name="ml-platform-drift",
    version="0.1.0",
    target_labels=TARGET,
    source="workloads/drift",
)
_JUDGED = (MODEL, VERSION)
_COLUMN = (*_JUDGED, named("column", "amount", form=r".+"))
_MEASURE = (
    *_JUDGED,
    known(
        "measure",
        "auc",
        "brier",
        "calibration_error",
        "error",
        "r2",
        "absolute_error",
        source="workloads/drift/measures.py",
    ),
)
_SLICE = (*_MEASURE, named("slice", "country=de", form=r".+=.+"))

METRICS = (
    EMITTER.gauge("ml_platform_drift_share", "ratio", "share of features that have drifted", *_JUDGED),
    EMITTER.gauge("ml_platform_drift_detected", "0 or 1", "whether that is more than is allowed", *_JUDGED),
    EMITTER.gauge(
        "ml_platform_drift_last_run_timestamp_seconds", "Unix seconds", "when the job last came to an end", *_JUDGED
    ),
    EMITTER.gauge("ml_platform_drift_rows", "predictions", "predictions judged; too few are not judged", *_JUDGED),
    EMITTER.gauge(
        "ml_platform_data_quality_failed_share", "ratio", "share of the checks of the data that failed", *_JUDGED
    ),
    EMITTER.gauge(
        "ml_platform_ground_truth_last_timestamp_seconds",
        "Unix seconds",
        "when the newest true outcome was written",
        *_JUDGED,
    ),
    EMITTER.gauge(
        "ml_platform_drift_column_distance", "ratio", "Jensen-Shannon distance from the reference, 0 to 0.83", *_COLUMN
    ),
    EMITTER.gauge("ml_platform_drift_column_limit", "ratio", "distance beyond which the column has drifted", *_COLUMN),
    EMITTER.gauge(
        "ml_platform_drift_column_detectable", "ratio", "distance that is found in 90 % of the windows", *_COLUMN
    ),
    EMITTER.gauge("ml_platform_quality", "of the measure", "quality of predictions with a true outcome", *_MEASURE),
    EMITTER.gauge("ml_platform_quality_lower", "of the measure", "lower end of its interval of 95 %", *_MEASURE),
    EMITTER.gauge("ml_platform_quality_upper", "of the measure", "upper end of its interval of 95 %", *_MEASURE),
    EMITTER.gauge(
        "ml_platform_quality_slice_difference",
        "of the measure",
        "how much more it is in a slice than outside",
        *_SLICE,
    ),
    EMITTER.gauge(
        "ml_platform_quality_slice_difference_lower", "of the measure", "lower end of its interval of 95 %", *_SLICE
    ),
    EMITTER.gauge(
        "ml_platform_quality_slice_difference_upper", "of the measure", "upper end of its interval of 95 %", *_SLICE
    ),
    EMITTER.gauge(
        "ml_platform_quality_estimate",
        "of the measure",
        "estimate, not a measurement, for predictions without a true outcome",
        *_MEASURE,
    ),
    EMITTER.gauge("ml_platform_quality_rows", "predictions", "predictions with a true outcome", *_JUDGED),
    EMITTER.gauge(
        "ml_platform_quality_labelled_share", "ratio", "their share of those old enough to have one", *_JUDGED
    ),
    EMITTER.gauge("ml_platform_quality_lost", "0 or 1", "whether it is certainly below what it must be", *_JUDGED),
)
