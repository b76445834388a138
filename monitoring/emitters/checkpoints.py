"""The checkpoint library of the platform, in training pods."""

from monitoring.label import TARGET, named
from monitoring.metric import Emitter

EMITTER = Emitter(
    name="ml-platform-checkpoints",
    version="0.1.0",
    target_labels=TARGET,
    source="workloads/checkpoints.py",
)

METRICS = (
    EMITTER.gauge(
        "ml_platform_checkpoint_last_timestamp_seconds",
        "Unix seconds",
        "when the last checkpoint was complete; the start until there is one",
        named("job_name", "train-a", "train-b"),
    ),
)
