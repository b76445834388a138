"""What is recorded of model services: who promised what, and what MLServer and vLLM did, under the same names."""

from monitoring.rule import Group, Recording
from monitoring.watched import Server, Service, Watched

OF = "namespace, model"
"""A service, in `by` and `on`."""
SERVICE = "{{ $labels.namespace }}/{{ $labels.model }}"
"""The same in a summary."""
WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
"""Windows of burn rates."""
ANSWERED = 'rest_server_requests_total{path=~".+/infer"}'
"""MLServer's answers to inference; probes and its own metrics are left out. `429` says that it is full."""
FAILED = 'rest_server_requests_total{path=~".+/infer", status_code=~"5..|429"}'
GENERATED = 'http_requests_total{handler=~"/v1/.+"}'
"""vLLM's answers to its OpenAI interface; it counts classes of status only."""
NOT_GENERATED = 'http_requests_total{handler=~"/v1/.+", status="5xx"}'
SECONDS = "rest_server_request_duration_seconds"
TOKENS = "vllm:e2e_request_latency_seconds"
INFER = '{path=~".+/infer"}'

PROMISES = (
    "min_replicas",
    "p50_seconds",
    "p95_seconds",
    "p99_seconds",
    "in_progress",
    "first_token_seconds",
    "queue",
    "usd_per_thousand",
    "drift_period_seconds",
    "truth_seconds",
)
"""Fields of a service that are recorded as they are, so that one rule compares every service with its own."""


BUDGETS = ("error_budget", "slow_budget")
"""Shares that may be bad, which follow from the objectives."""


def promised(name: str) -> str:
    """Series of a promise."""
    return f"ml_platform:promised:{name}"


KNOWN = {
    name: frozenset({"namespace", "model"})
    for name in (*map(promised, (*PROMISES, *BUDGETS)), "ml_platform:late:rate5m")
}
"""What is recorded for each service, to its labels; an environment without services has none of it."""


def promises(services: tuple[Service, ...]) -> Group:
    """What was promised, as series with the labels of the service."""
    found = []
    for service in services:
        values = {name: getattr(service, name) for name in PROMISES}
        values |= dict(zip(BUDGETS, (1 - service.availability, 1 - service.fast_share), strict=True))
        found += [
            Recording(name=promised(name), expr=f"vector({value:.10g})", labels=service.labels)
            for name, value in values.items()
            if value is not None
        ]
    return Group(name="promises", recordings=tuple(found))


def _both(mlserver: str, vllm: str) -> str:
    """The same of either server; a service has only one."""
    return f"{mlserver} or {vllm}"


def _rate(selector: str, by: str = OF, window: str = "5m") -> str:
    return f"sum by ({by}) (rate({selector}[{window}]))"


def _quantile(share: float) -> str:
    return _both(
        f"histogram_quantile({share:g}, {_rate(f'{SECONDS}_bucket{INFER}', f'{OF}, le')})",
        f"histogram_quantile({share:g}, {_rate(f'{TOKENS}_bucket', f'{OF}, le')})",
    )


def _windows(bad: str, ratio: str) -> list[Recording]:
    """The bad share in each window, from what was recorded of the last five minutes: a few series, not every pod's."""
    total = "ml_platform:requests:rate5m"
    return [
        Recording(name=f"{ratio}5m", expr=f"{bad} / {total}"),
        *(
            Recording(
                name=f"{ratio}{window}", expr=f"avg_over_time({bad}[{window}]) / avg_over_time({total}[{window}])"
            )
            for window in WINDOWS[1:]
        ),
    ]


def measured(services: tuple[Service, ...]) -> Group:
    """What services do. A ratio without requests is not a number, so nothing compares with it."""
    total, failed, late = (f"ml_platform:{name}:rate5m" for name in ("requests", "failures", "late"))
    nothing = f"0 * {total}"
    found = [
        *(
            Recording(
                name=f"ml_platform:requests:rate{window}",
                expr=_both(_rate(ANSWERED, window=window), _rate(GENERATED, window=window)),
            )
            for window in WINDOWS
        ),
        # A service that has never failed has no series of failures: that is a ratio of 0, not of nothing.
        Recording(name=failed, expr=f"{_both(_rate(FAILED), _rate(NOT_GENERATED))} or {nothing}"),
        *_windows(failed, "ml_platform:errors:ratio"),
        *(_late(one) for one in services),
        *_windows(late, "ml_platform:slow:ratio"),
        *(
            Recording(name=f"ml_platform:latency_seconds:p{share * 100:.0f}", expr=_quantile(share))
            for share in (0.5, 0.95, 0.99)
        ),
    ]
    return Group(name="measured", recordings=tuple(found))


def _late(one: Service) -> Recording:
    """Requests that took longer than promised; a rule for each service, as the bound is a text in `le`."""
    metric, path = (SECONDS, 'path=~".+/infer", ') if one.server is Server.MLSERVER else (TOKENS, "")
    chosen = f'{path}namespace="{one.namespace}", model="{one.model}"'
    fast = _rate(f'{metric}_bucket{{{chosen}, le="{one.fast_seconds}"}}')
    expr = f"{_rate(f'{metric}_count{{{chosen}}}')} - {fast}"
    return Recording(name="ml_platform:late:rate5m", expr=expr, labels=one.labels)


def groups(watched: Watched) -> list[Group]:
    """Everything that alerts and dashboards read of services."""
    return [promises(watched.services), measured(watched.services)]
