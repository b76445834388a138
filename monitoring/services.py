"""What is recorded of model services: what each promises, and what MLServer and vLLM did, under the same names.

A candidate beside a service has `role="candidate"`. In a shadow test no user gets its answers, in an A/B test only the
users of the test do; what it does is no part of what the service promises.
"""

from monitoring.rule import Group, Recording
from monitoring.watched import Server, Service, Watched

OF = "namespace, model"
"""A service, in `by` and `on`."""
SERVICE = "{{ $labels.namespace }}/{{ $labels.model }}"
"""The same in a summary."""
WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
"""Windows of burn rates."""
OWN = 'role!="candidate"'
"""Pods that serve."""
INFER = f'path=~".+/infer", {OWN}'
ANSWERED = f"rest_server_requests_total{{{INFER}}}"
"""MLServer's answers to inference; probes and its own metrics are left out. `429` says that it is full."""
FAILED = f'rest_server_requests_total{{{INFER}, status_code=~"5..|429"}}'
GENERATED = f'http_requests_total{{handler=~"/v1/.+", {OWN}}}'
"""vLLM's answers to its OpenAI interface; it counts classes of status only."""
NOT_GENERATED = f'http_requests_total{{handler=~"/v1/.+", status="5xx", {OWN}}}'
SECONDS = "rest_server_request_duration_seconds"
WHOLE = "vllm:e2e_request_latency_seconds"
FIRST_TOKEN = "vllm:time_to_first_token_seconds"
NEXT_TOKEN = "vllm:inter_token_latency_seconds"
PODS = f'up{{model!="", {OWN}}}'
"""Pods of services."""

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
    "min_drift_rows",
    "truth_seconds",
)
"""Fields of a service that are recorded as they are, so that one rule compares every service with its own."""


BUDGETS = ("error_budget", "slow_budget")
"""Shares that may be bad, which follow from the objectives."""
PER_SERVICE = ("late", "timed", "late_tokens", "tokens")
"""Rates that have a rule for each service that promises something of them."""


def promised(name: str) -> str:
    """Series of a promise."""
    return f"ml_platform:promised:{name}"


KNOWN = {
    name: frozenset({"namespace", "model"})
    for name in (
        *map(promised, (*PROMISES, *BUDGETS)),
        *(f"ml_platform:{name}:rate5m" for name in PER_SERVICE),
    )
}
"""What is recorded for each service, to its labels; an environment without services has none of it."""


def promises(services: tuple[Service, ...]) -> Group:
    """What services promise, as series with the labels of the service."""
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


def _rate(selector: str, by: str = OF) -> str:
    return f"sum by ({by}) (rate({selector}[5m]))"


def _quantile(share: float) -> str:
    return _both(
        f"histogram_quantile({share:g}, {_rate(f'{SECONDS}_bucket{{{INFER}}}', f'{OF}, le')})",
        f"histogram_quantile({share:g}, {_rate(f'{WHOLE}_bucket{{{OWN}}}', f'{OF}, le')})",
    )


def _windows(bad: str, total: str, ratio: str) -> list[Recording]:
    """The bad share in each window, from what was recorded of the last five minutes: a few series, not every pod's."""
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
    total, failed, late, timed, slow, tokens = (
        f"ml_platform:{name}:rate5m" for name in ("requests", "failures", *PER_SERVICE)
    )
    nothing = f"0 * {total}"
    found = [
        Recording(name=total, expr=_both(_rate(ANSWERED), _rate(GENERATED))),
        Recording(name="ml_platform:requests:rate1h", expr=f"avg_over_time({total}[1h])"),
        # A service that has never failed has no series of failures: that is a ratio of 0, not of nothing.
        Recording(name=failed, expr=f"{_both(_rate(FAILED), _rate(NOT_GENERATED))} or {nothing}"),
        *_windows(failed, total, "ml_platform:errors:ratio"),
        *(one for service in services for one in _late(service)),
        *_windows(late, timed, "ml_platform:slow:ratio"),
        *_windows(slow, tokens, "ml_platform:slow_tokens:ratio"),
        *(
            Recording(name=f"ml_platform:latency_seconds:p{share * 100:.0f}", expr=_quantile(share))
            for share in (0.5, 0.95, 0.99)
        ),
    ]
    return Group(name="measured", recordings=tuple(found))


def _late(one: Service) -> list[Recording]:
    """What took longer than promised, and what was timed; rules for each service, as the bound is a text in `le`."""
    metric, chosen = (SECONDS, f"{INFER}, ") if one.server is Server.MLSERVER else (FIRST_TOKEN, f"{OWN}, ")
    where = f'{chosen}namespace="{one.namespace}", model="{one.model}"'
    found = [("late", "timed", metric, one.in_time), ("late_tokens", "tokens", NEXT_TOKEN, one.token_seconds)]
    return [
        recording
        for late, timed, histogram, seconds in found
        if seconds is not None
        for recording in (
            Recording(
                name=f"ml_platform:{late}:rate5m",
                expr=f"{_rate(f'{histogram}_count{{{where}}}')} - {_rate(_fast(histogram, where, seconds))}",
                labels=one.labels,
            ),
            Recording(
                name=f"ml_platform:{timed}:rate5m", expr=_rate(f"{histogram}_count{{{where}}}"), labels=one.labels
            ),
        )
    ]


def _fast(histogram: str, where: str, seconds: float) -> str:
    return f'{histogram}_bucket{{{where}, le="{seconds}"}}'


def groups(watched: Watched) -> list[Group]:
    """Everything that alerts and dashboards read of services."""
    return [promises(watched.services), measured(watched.services)]
