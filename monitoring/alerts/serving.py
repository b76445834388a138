"""Model services: whether they answer, in time, without error, with room to spare."""

from monitoring import slo
from monitoring.rule import Alert, Group, Missing, Owner, Severity
from monitoring.services import OF, SERVICE, promised
from monitoring.watched import Watched

BUSY = "ml_platform:requests:rate5m > 0.1"
"""A quantile of a handful of requests says nothing."""


def _quantile(percent: int) -> Alert:
    name = f"p{percent}"
    return Alert(
        name=f"Latency{name.upper()}High",
        expr=f"ml_platform:latency_seconds:{name} > {promised(f'{name}_seconds')} and {BUSY}",
        wait="10m",
        severity=Severity.TICKET,
        owner=Owner.SERVICE,
        summary=f"{SERVICE}: {percent} % of requests take up to {{{{ $value | humanizeDuration }}}}",
        missing=Missing.SILENT,
        noticed="ServiceDown",
    )


def group(watched: Watched) -> Group:
    """Alerts of model services."""
    return Group(
        name="serving",
        alerts=(
            Alert(
                name="ServiceDown",
                expr=f'{promised("min_replicas")} > 0 unless sum by ({OF}) (up{{model!=""}}) > 0',
                wait="3m",
                severity=Severity.PAGE,
                owner=Owner.SERVICE,
                summary=f"{SERVICE}: none of at least {{{{ $value }}}} replicas answers",
                missing=Missing.FIRES,
            ),
            *slo.alerts(watched.thresholds),
            *(_quantile(percent) for percent in (50, 95, 99)),
            Alert(
                name="ServiceSaturated",
                expr=f'sum by ({OF}) (rest_server_requests_in_progress) / count by ({OF}) (up{{model!=""}} == 1)'
                f" > {promised('in_progress')}",
                wait="10m",
                severity=Severity.TICKET,
                owner=Owner.SERVICE,
                summary=f"{SERVICE}: {{{{ $value | humanize }}}} requests at a time at each replica",
                missing=Missing.SILENT,
                noticed="ServiceDown",
            ),
            Alert(
                name="ServiceAtItsLimit",
                expr="kube_horizontalpodautoscaler_status_current_replicas"
                " >= kube_horizontalpodautoscaler_spec_max_replicas > 1",
                wait="30m",
                severity=Severity.TICKET,
                owner=Owner.SERVICE,
                summary="{{ $labels.namespace }}/{{ $labels.horizontalpodautoscaler }}: at its {{ $value }} replicas,"
                " it can grow no more",
                missing=Missing.SILENT,
                noticed="EmitterMissing",
            ),
            Alert(
                name="RolloutAborted",
                expr='max by (namespace, name) (rollout_info{phase="Degraded"}) == 1',
                wait="1m",
                severity=Severity.TICKET,
                owner=Owner.SERVICE,
                summary="{{ $labels.namespace }}/{{ $labels.name }}: {{ $value }} rollout went back to the old version",
                missing=Missing.SILENT,
                noticed="EmitterMissing",
            ),
            Alert(
                name="RolloutWaiting",
                expr='max by (namespace, name, phase) (rollout_info{phase=~"Paused|Progressing"}) == 1',
                wait="6h",
                severity=Severity.INFO,
                owner=Owner.SERVICE,
                summary="{{ $labels.namespace }}/{{ $labels.name }}: {{ $value }} rollout {{ $labels.phase }} long",
                missing=Missing.SILENT,
                noticed="EmitterMissing",
            ),
        ),
    )
