"""The drift job of the platform: what it found in captured predictions."""

from monitoring.label import MODEL, TARGET, VERSION, named
from monitoring.metric import Emitter

EMITTER = Emitter(
    name="ml-platform-drift",
    version="0.1.0",
    target_labels=TARGET,
    source="workloads/drift",
)
_JUDGED = (MODEL, VERSION)
_COLUMN = (*_JUDGED, named("column", "amount", form=r".+"))

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
)
