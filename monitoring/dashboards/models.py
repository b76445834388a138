"""What an ML engineer looks at: data, drift, and training."""

from monitoring.alerts.gpu import HELD
from monitoring.dashboards.board import Board, Row, Unit, Variable, graph, number

_OF = 'model=~"$model"'
_WAIT = "histogram_quantile(0.95, sum by (cluster_queue, le) (rate(kueue_admission_wait_time_seconds_bucket[1h])))"


def _share(bound: str) -> str:
    """Share of predictions up to a bound, by version."""
    return (
        f'sum by (model, version) (rate(ml_platform_prediction_value_bucket{{{_OF}, le="{bound}"}}[30m]))'
        f" / sum by (model, version) (rate(ml_platform_prediction_value_count{{{_OF}}}[30m]))"
    )


def _latest(metric: str, *labels: str) -> str:
    """A gauge of the drift job, by version and further labels; a restarted job has a new pod."""
    return f"max by ({', '.join(('model', 'version', *labels))}) ({metric}{{{_OF}}})"


BOARD = Board(
    name="ml-engineer",
    title="ML engineer",
    text="Whether a model still sees the data it was made for, and how training goes.",
    variables=(Variable(name="model", metric="ml_platform_drift_last_run_timestamp_seconds", label="model"),),
    rows=(
        Row(
            title="Now",
            panels=(
                number(
                    "Models that drift",
                    Unit.NUMBER,
                    "Versions whose data is not what they were trained on.",
                    f"count(max by (model, version) (ml_platform_drift_detected{{{_OF}}}) == 1) or vector(0)",
                    bad=1,
                ),
                number(
                    "Oldest verdict",
                    Unit.SECONDS,
                    "Time since the drift job last judged; a dead job says nothing, and that looks good.",
                    f"max(time() - ml_platform_drift_last_run_timestamp_seconds{{{_OF}}})",
                ),
                number(
                    "Newest truth",
                    Unit.SECONDS,
                    "Time since a true outcome arrived; without any, quality is unknown.",
                    f"min(time() - ml_platform_ground_truth_last_timestamp_seconds{{{_OF}}})",
                ),
                number(
                    "Jobs at work",
                    Unit.NUMBER,
                    "Pods of training jobs that run or wait.",
                    "sum(kube_job_status_active)",
                ),
                number(
                    "Jobs failed", Unit.NUMBER, "Jobs that gave up.", 'sum(kube_job_failed{condition="true"})', bad=1
                ),
                number(
                    "Workloads waiting",
                    Unit.NUMBER,
                    "In the queue for GPUs.",
                    "sum(max by (cluster_queue, status) (kueue_pending_workloads))",
                ),
            ),
        ),
        Row(
            title="Columns",
            panels=(
                graph(
                    "Distance beside the limit",
                    Unit.NUMBER,
                    "From 1 on a column has drifted. The report that the exporter's log names shows its distributions.",
                    (
                        f"{_latest('ml_platform_drift_column_distance', 'column')}"
                        f" / {_latest('ml_platform_drift_column_limit', 'column')}",
                        "{{model}} {{version}} {{column}}",
                    ),
                ),
                graph(
                    "What could be found",
                    Unit.NUMBER,
                    "Jensen-Shannon distance that is found in 90 % of the windows; more rows find less.",
                    (_latest("ml_platform_drift_column_detectable", "column"), "{{model}} {{version}} {{column}}"),
                ),
            ),
        ),
        Row(
            title="Quality",
            panels=(
                graph(
                    "Quality with true outcomes",
                    Unit.NUMBER,
                    "Of a classifier AUC, Brier score, calibration error and share of errors; of a regression R2.",
                    (_latest("ml_platform_quality", "measure"), "{{model}} {{version}} {{measure}}"),
                    (_latest("ml_platform_quality_lower", "measure"), "{{model}} {{version}} {{measure}}, low"),
                    (_latest("ml_platform_quality_upper", "measure"), "{{model}} {{version}} {{measure}}, high"),
                ),
                graph(
                    "Estimate before outcomes come",
                    Unit.NUMBER,
                    "No measurement: what quality is if the probabilities are right; it sees no changed concept.",
                    (_latest("ml_platform_quality_estimate", "measure"), "{{model}} {{version}} {{measure}}"),
                ),
                graph(
                    "Slices that are not like the others",
                    Unit.NUMBER,
                    "Difference of a slice from all other rows, where its interval of 95 % does not hold 0.",
                    (
                        f"{_latest('ml_platform_quality_slice_difference', 'measure', 'slice')}"
                        f" and ({_latest('ml_platform_quality_slice_difference_upper', 'measure', 'slice')} < 0"
                        f" or {_latest('ml_platform_quality_slice_difference_lower', 'measure', 'slice')} > 0)",
                        "{{model}} {{version}} {{slice}}",
                    ),
                ),
                graph(
                    "Predictions with a true outcome",
                    Unit.NUMBER,
                    "Too few, and nothing is measured.",
                    (_latest("ml_platform_quality_rows"), "{{model}} {{version}}"),
                ),
                graph(
                    "Outcomes that have come",
                    Unit.SHARE,
                    "Share of the predictions that are old enough to have one.",
                    (_latest("ml_platform_quality_labelled_share"), "{{model}} {{version}}"),
                ),
            ),
        ),
        Row(
            title="Data and predictions",
            panels=(
                graph(
                    "Drift",
                    Unit.SHARE,
                    "Share of features that have drifted; from the model's threshold on it is trained again.",
                    (f"max by (model, version) (ml_platform_drift_share{{{_OF}}})", "{{model}} {{version}}"),
                ),
                graph(
                    "Failed data checks",
                    Unit.SHARE,
                    "Share of the checks of quality that failed: look at the data before the model.",
                    (
                        f"max by (model, version) (ml_platform_data_quality_failed_share{{{_OF}}})",
                        "{{model}} {{version}}",
                    ),
                ),
                graph(
                    "Predictions judged",
                    Unit.NUMBER,
                    "In the last window; too few are no verdict.",
                    (f"max by (model, version) (ml_platform_drift_rows{{{_OF}}})", "{{model}} {{version}}"),
                ),
                graph(
                    "Median prediction",
                    Unit.NUMBER,
                    "It moves before the drift job has a verdict.",
                    (
                        "histogram_quantile(0.5, sum by (model, version, le) "
                        f"(rate(ml_platform_prediction_value_bucket{{{_OF}}}[30m])))",
                        "{{model}} {{version}}",
                    ),
                ),
                graph(
                    "Low predictions",
                    Unit.SHARE,
                    "Share of values up to 0.5.",
                    (_share("0.5"), "{{model}} {{version}}"),
                ),
                graph(
                    "Predictions",
                    Unit.PER_SECOND,
                    "By version, so that a version without traffic is seen.",
                    (
                        f"sum by (model, version) (rate(ml_platform_prediction_value_count{{{_OF}}}[5m]))",
                        "{{model}} {{version}}",
                    ),
                ),
            ),
        ),
        Row(
            title="Training",
            panels=(
                graph(
                    "Waiting",
                    Unit.NUMBER,
                    "Workloads in line; inadmissible ones fit into no quota.",
                    (
                        "max by (cluster_queue, status) (kueue_pending_workloads)",
                        "{{cluster_queue}} {{status}}",
                    ),
                ),
                graph(
                    "Wait for GPUs",
                    Unit.SECONDS,
                    "95th percentile, from queueing to admission.",
                    (_WAIT, "{{cluster_queue}}"),
                ),
                graph(
                    "Evicted workloads",
                    Unit.NUMBER,
                    "Workloads an hour that Kueue evicted from their GPUs, by reason.",
                    (
                        "sum by (cluster_queue, reason) (increase(kueue_evicted_workloads_total[1h]))",
                        "{{cluster_queue}} {{reason}}",
                    ),
                ),
                graph(
                    "GPU use by pod",
                    Unit.PERCENT,
                    "Low use with a GPU held is money for nothing.",
                    (f"avg by (namespace, pod) (DCGM_FI_DEV_GPU_UTIL{{{HELD}}})", "{{namespace}}/{{pod}}"),
                ),
                graph(
                    "GPU memory",
                    Unit.SHARE,
                    "Near 1 the next larger batch fails.",
                    (
                        f"sum by (namespace, pod) (DCGM_FI_DEV_FB_USED{{{HELD}}})"
                        " / sum by (namespace, pod) (DCGM_FI_DEV_FB_USED + DCGM_FI_DEV_FB_FREE)",
                        "{{namespace}}/{{pod}}",
                    ),
                ),
                graph(
                    "Age of the last checkpoint",
                    Unit.SECONDS,
                    "What an interruption costs.",
                    (
                        "max by (job_name) (time() - ml_platform_checkpoint_last_timestamp_seconds)",
                        "{{job_name}}",
                    ),
                ),
                graph(
                    "Experiment tracking",
                    Unit.PER_SECOND,
                    "Requests to MLflow by status.",
                    ("sum by (status) (rate(mlflow_http_request_total[5m]))", "{{status}}"),
                ),
                graph(
                    "MLflow 95th percentile",
                    Unit.SECONDS,
                    "Slow logging slows training.",
                    (
                        "histogram_quantile(0.95, sum by (le) (rate(mlflow_http_request_duration_seconds_bucket[5m])))",
                        "p95",
                    ),
                ),
            ),
        ),
    ),
)
