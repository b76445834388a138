"""Model services: whether they answer, in time, without error, with room to spare."""

from monitoring import slo
from monitoring.rule import Alert, Group, Missing, Owner, Severity
from monitoring.services import OF, OWN, PODS, SERVICE, promised
from monitoring.watched import Watched

BUSY = "ml_platform:requests:rate5m > 0.1"
"""A quantile of a handful of requests says nothing."""
START = "45m"
"""How long a new service may take until its pods serve: the half hour that Kubernetes is given, and a node's start."""
READY = 'max by (namespace, pod) (kube_pod_status_ready{condition="true"})'
BAD_PHASES = "Abort|Timeout|Error|InvalidSpec"


UNREADY = f"sum by ({OF}) ({PODS} * on (namespace, pod) group_left () {READY}) == 0"
"""Services whose pods are scraped, and none of these is ready."""


def _down() -> str:
    """Services that should be up since before a start began, that no person has stopped, and of which no pod serves."""
    wanted = promised("min_replicas")
    expected = f"({wanted} > 0 and present_over_time({wanted}[1d] offset {START}))"
    stopped = (
        "label_replace(max by (namespace, scaledObject) (keda_scaled_object_paused) == 1,"
        ' "model", "$1", "scaledObject", "(.+)")'
    )
    return f"{expected} unless (sum by ({OF}) ({PODS}) > 0 unless {UNREADY}) unless on ({OF}) {stopped}"


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
                expr=_down(),
                wait="3m",
                severity=Severity.PAGE,
                owner=Owner.SERVICE,
                summary=f"{SERVICE}: none of at least {{{{ $value }}}} replicas serves",
                missing=Missing.FIRES,
            ),
            Alert(
                name="ReplicasMissing",
                expr="max by (namespace, name) (rollout_info_replicas_desired)"
                " - max by (namespace, name) (rollout_info_replicas_available) > 0",
                wait="30m",
                severity=Severity.TICKET,
                owner=Owner.SERVICE,
                summary="{{ $labels.namespace }}/{{ $labels.name }}: {{ $value }} replicas are not ready for half an"
                " hour",
                missing=Missing.SILENT,
                noticed="EmitterMissing",
            ),
            *slo.alerts(watched.thresholds),
            *(_quantile(percent) for percent in (50, 95, 99)),
            Alert(
                name="ServiceSaturated",
                expr=f"sum by ({OF}) (rest_server_requests_in_progress{{{OWN}}}) / count by ({OF}) ({PODS} == 1)"
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
                # One that may not grow is always at its limit.
                expr="kube_horizontalpodautoscaler_status_current_replicas"
                " >= kube_horizontalpodautoscaler_spec_max_replicas"
                " > kube_horizontalpodautoscaler_spec_min_replicas",
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
                expr=f'max by (namespace, name, phase) (rollout_info{{phase=~"{BAD_PHASES}"}}) == 1',
                wait="1m",
                severity=Severity.TICKET,
                owner=Owner.SERVICE,
                summary="{{ $labels.namespace }}/{{ $labels.name }}: {{ $value }} rollout is not served:"
                " {{ $labels.phase }}",
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
