"""What the owner of a model service looks at."""

from monitoring.dashboards.board import Board, Row, Unit, Variable, graph, number

_OF = 'namespace=~"$namespace", model=~"$model"'
_INFER = f'{_OF}, path=~".+/infer"'
_BAD = 'status_code=~"5..|429"'


def _quantile(share: str, histogram: str, chosen: str, by: str = "version") -> str:
    return f"histogram_quantile({share}, sum by ({by}, le) (rate({histogram}_bucket{{{chosen}}}[5m])))"


_ERRORS = (
    f"(sum(rate(rest_server_requests_total{{{_INFER}, {_BAD}}}[5m])) or vector(0))"
    f" / sum(rate(rest_server_requests_total{{{_INFER}}}[5m]))"
)

BOARD = Board(
    name="service-owner",
    title="Service owner",
    text="Whether a model service answers, how fast, and how a new version does beside the old one.",
    variables=(
        Variable(name="namespace", metric="rest_server_requests_total", label="namespace"),
        Variable(name="model", metric="rest_server_requests_total", label="model"),
    ),
    rows=(
        Row(
            title="Now",
            panels=(
                number(
                    "Requests",
                    Unit.PER_SECOND,
                    "Inferences answered a second.",
                    f"sum(rate(rest_server_requests_total{{{_INFER}}}[5m]))",
                ),
                number("Errors", Unit.SHARE, "Share answered with 5xx, or 429 for want of room.", _ERRORS),
                number(
                    "95th percentile",
                    Unit.SECONDS,
                    "Nineteen of twenty answers were faster.",
                    f"histogram_quantile(0.95, sum by (le) "
                    f"(rate(rest_server_request_duration_seconds_bucket{{{_INFER}}}[5m])))",
                ),
                number(
                    "Replicas ready",
                    Unit.NUMBER,
                    "Replicas that serve, all versions together.",
                    'sum(rollout_info_replicas_available{namespace=~"$namespace"})',
                ),
                number(
                    "Rollouts under way",
                    Unit.NUMBER,
                    "Rollouts that shift traffic, wait or have failed.",
                    'sum(rollout_info{namespace=~"$namespace", phase!="Completed"}) or vector(0)',
                ),
                number(
                    "Restarts in an hour",
                    Unit.NUMBER,
                    "More than none asks for the logs.",
                    'round(sum(increase(kube_pod_container_status_restarts_total{namespace=~"$namespace"}[1h])))',
                    bad=1,
                ),
            ),
        ),
        Row(
            title="Requests",
            panels=(
                graph(
                    "Requests by version",
                    Unit.PER_SECOND,
                    "Two versions show how traffic is shifted.",
                    (
                        f"sum by (model, version) (rate(rest_server_requests_total{{{_INFER}}}[5m]))",
                        "{{model}} {{version}}",
                    ),
                ),
                graph(
                    "Errors by version",
                    Unit.SHARE,
                    "A new version above the old one is a reason to return.",
                    (
                        f"sum by (model, version) (rate(rest_server_requests_total{{{_INFER}, {_BAD}}}[5m]))"
                        f" / sum by (model, version) (rate(rest_server_requests_total{{{_INFER}}}[5m]))",
                        "{{model}} {{version}}",
                    ),
                ),
                graph(
                    "Latency",
                    Unit.SECONDS,
                    "Median, 95th and 99th percentile of all versions chosen.",
                    *(
                        (
                            f"histogram_quantile({share}, sum by (le) "
                            f"(rate(rest_server_request_duration_seconds_bucket{{{_INFER}}}[5m])))",
                            name,
                        )
                        for share, name in (("0.5", "p50"), ("0.95", "p95"), ("0.99", "p99"))
                    ),
                ),
                graph(
                    "95th percentile by version",
                    Unit.SECONDS,
                    "Whether a new version is slower.",
                    (_quantile("0.95", "rest_server_request_duration_seconds", _INFER), "{{version}}"),
                ),
                graph(
                    "Requests in progress",
                    Unit.NUMBER,
                    "By pod; a pod far above the others hangs.",
                    (f"sum by (pod) (rest_server_requests_in_progress{{{_OF}}})", "{{pod}}"),
                ),
                graph(
                    "What scales it",
                    Unit.NUMBER,
                    "The values that KEDA goes by.",
                    (
                        'keda_scaler_metrics_value{namespace=~"$namespace"}',
                        "{{scaledObject}} {{metric}}",
                    ),
                ),
                graph(
                    "Replicas",
                    Unit.NUMBER,
                    "Desired above available for long: no room, or pods that do not get ready.",
                    ('sum by (name) (rollout_info_replicas_desired{namespace=~"$namespace"})', "{{name}} desired"),
                    ('sum by (name) (rollout_info_replicas_available{namespace=~"$namespace"})', "{{name}} available"),
                ),
                graph(
                    "Analyses",
                    Unit.NUMBER,
                    "Verdicts on new versions; Failed has returned the traffic.",
                    ('sum by (phase) (analysis_run_info{namespace=~"$namespace"})', "{{phase}}"),
                ),
                graph(
                    "Throttled",
                    Unit.SHARE,
                    "Share of periods in which a pod wanted more processor than its limit; best 0.",
                    (
                        'sum by (pod) (rate(container_cpu_cfs_throttled_periods_total{namespace=~"$namespace"}[5m]))'
                        ' / sum by (pod) (rate(container_cpu_cfs_periods_total{namespace=~"$namespace"}[5m]))',
                        "{{pod}}",
                    ),
                ),
            ),
        ),
        Row(
            title="Language models",
            panels=(
                graph(
                    "Time to the first token",
                    Unit.SECONDS,
                    "95th percentile; what a reader waits for.",
                    (
                        _quantile("0.95", "vllm:time_to_first_token_seconds", _OF, "model_name"),
                        "{{model_name}}",
                    ),
                ),
                graph(
                    "Time between tokens",
                    Unit.SECONDS,
                    "95th percentile.",
                    (_quantile("0.95", "vllm:inter_token_latency_seconds", _OF, "model_name"), "{{model_name}}"),
                ),
                graph(
                    "Waiting and running",
                    Unit.NUMBER,
                    "Requests that wait have no room in the batch: more replicas.",
                    (f"sum by (model_name) (vllm:num_requests_waiting{{{_OF}}})", "{{model_name}} waiting"),
                    (f"sum by (model_name) (vllm:num_requests_running{{{_OF}}})", "{{model_name}} running"),
                ),
                graph(
                    "KV cache",
                    Unit.SHARE,
                    "Full, it puts requests back that had begun.",
                    (f"max by (model_name) (vllm:kv_cache_usage_perc{{{_OF}}})", "{{model_name}}"),
                ),
                graph(
                    "Tokens a second",
                    Unit.NUMBER,
                    "Read and written.",
                    (f"sum by (model_name) (rate(vllm:prompt_tokens_total{{{_OF}}}[5m]))", "{{model_name}} read"),
                    (
                        f"sum by (model_name) (rate(vllm:generation_tokens_total{{{_OF}}}[5m]))",
                        "{{model_name}} written",
                    ),
                ),
                graph(
                    "Put back",
                    Unit.NUMBER,
                    "Requests a second that lost their place in the cache; best 0.",
                    (f"sum by (model_name) (rate(vllm:num_preemptions_total{{{_OF}}}[5m]))", "{{model_name}}"),
                ),
            ),
        ),
    ),
)
