"""What the contract refuses, and what labels an answer has."""

import pytest

from monitoring import promql
from monitoring.label import TARGET
from monitoring.rule import Alert, Group, Missing, Owner, Recording, Severity

RECORDED = {"ml_platform:a:b": frozenset({"namespace", "model"})}
TOTAL = "rest_server_requests_total"
SECONDS = "rest_server_request_duration_seconds"


@pytest.mark.parametrize(
    ("expr", "labels"),
    [
        (f"sum by (model) (rate({TOTAL}[5m]))", {"model"}),
        (f"sum(rate({TOTAL}[5m]))", set()),
        ("vector(1)", set()),
        ("time() - max by (model) (ml_platform_drift_last_run_timestamp_seconds)", {"model"}),
        (f"histogram_quantile(0.9, sum by (le, model) (rate({SECONDS}_bucket[5m])))", {"model"}),
        ("ml_platform:a:b > 0 unless sum by (namespace, model) (up) > 0", {"namespace", "model"}),
        (
            "avg without (job, instance) (karpenter_nodepools_usage)",
            {*(label.name for label in TARGET), "resource_type", "nodepool"} - {"job", "instance"},
        ),
        ('label_replace(max by (node) (node_gpu_hourly_cost), "Hostname", "$1", "node", "(.+)")', {"node", "Hostname"}),
        ('absent(kube_node_info{node="a", pod=~"b.*"})', {"node"}),
        (
            "max by (pod) (up) * on (pod) group_left (node) max by (pod, node) (container_gpu_allocation)",
            {"pod", "node"},
        ),
        ("max by (node) (kube_node_info) * on (node) group_right () container_gpu_allocation", None),
        ("max by (pod, node) (container_gpu_allocation) * on (pod) max by (pod) (kube_pod_owner)", {"pod"}),
        (f"max_over_time(sum by (model) (rate({TOTAL}[5m]))[1h:5m])", {"model"}),
        (f"topk by (model) (3, sum by (model, pod) (rate({TOTAL}[5m])))", {"model", "pod"}),
        (f"count by (model) ({TOTAL})", {"model"}),
        ("max by (model) (up) or max by (pod) (up)", {"model", "pod"}),
        ("max by (model, pod) (up) > ignoring (pod) max by (model) (up)", {"model"}),
        ('max by (name) (rollout_info{phase=~"Abort|Time.+"})', {"name"}),
        ('max by (model) (up{model!="", namespace=~"vision|language|team-.+"})', {"model"}),
        (f'sum(rate({TOTAL}{{path=~"/v2/models/(fraud|churn)/infer", status_code=~"5..|429"}}[5m]))', set()),
    ],
)
def test_the_labels_of_an_answer(expr: str, labels: set[str] | None) -> None:
    found = promql.labels(expr, RECORDED)
    assert labels is None or found == labels


@pytest.mark.parametrize(
    ("expr", "reason"),
    [
        ("kserve_requests_total", "no program emits kserve_requests_total"),
        ("ml_platform:a:c", "no program emits ml_platform:a:c; known and near: .*ml_platform:a:b"),
        ('{job="a"}', "name the metric"),
        ("rest_server_request_duration_seconds", "no program emits"),
        ("sum by (model", "unclosed"),
        ('up{pool="a"}', "up has no label pool; it has container, endpoint"),
        ('max by (model) (up) and ml_platform:a:b{pod="a"}', "ml_platform:a:b has no label pod"),
        (f"sum by (node) (rate({TOTAL}[5m]))", "sum has no label node"),
        ("max without (node) (up)", "max has no label node"),
        ("max by (model) (max by (pod) (up))", "max has no label model; it has pod"),
        ("rate(up[5m])", r"rate\(\) of up, which is a gauge"),
        ("increase(ml_platform:a:b[5m])", "which is a gauge"),
        (f"deriv({TOTAL}[5m])", "which only rises"),
        (f"sum({TOTAL})", "is a counter: as it stands"),
        (f"max_over_time({SECONDS}_bucket[5m])", "is a counter: as it stands"),
        (f"histogram_quantile(0.9, sum by (model) (rate({SECONDS}_bucket[5m])))", "needs `le`"),
        (f"histogram_quantile(0.9, rate({SECONDS}_sum[5m]))", "needs `le`"),
        (f"sum by (le) (rate({SECONDS}_count[5m]))", "sum has no label le"),
        ("max by (model) (up) / max by (pod) (up)", "never match: only one has model, pod"),
        ("max by (model) (up) and max by (pod) (up)", "never match"),
        ("max by (model) (up) / on (pod) max by (pod) (up)", "/ on has no label pod; it has model"),
        ("max by (model) (up) / on (model) max by (pod) (up)", "/ on has no label model; it has pod"),
        ("up * on (pod) group_left (node) max by (pod) (kube_pod_owner)", "group_left has no label node"),
        ("max by (model, pod) (up) / ignoring (job) max by (model) (up)", "ignoring has no label job"),
        ('label_replace(max by (pod) (up), "a", "$1", "node", "(.+)")', "label_replace has no label node"),
        (
            'max(rollout_info{phase="Degraded"})',
            'rollout_info never has phase="Degraded"; it has "InvalidSpec", "Completed"',
        ),
        ('max(rollout_info{phase!="Healthy"})', 'never has phase="Healthy"'),
        ('max(rollout_info{phase=~"Abort|Degraded"})', 'never has phase="Degraded"'),
        ('max(rollout_info{phase!~"Abort|Degraded"})', 'never has phase="Degraded"'),
        (f'sum(rate({TOTAL}{{status_code="5xx"}}[5m]))', 'never has status_code="5xx"; it has the form'),
        (f'sum(rate({TOTAL}{{status_code=~"5..|4x."}}[5m]))', 'never has status_code="4x."'),
        (f'sum(rate({TOTAL}{{path=~".+/predict"}}[5m]))', 'never has path=".+/predict"'),
        (f'sum(rate({SECONDS}_bucket{{le="0.3"}}[5m]))', 'never has le="0.3"'),
        (f'sum(rate({SECONDS}_bucket{{le="1"}}[5m]))', 'never has le="1"'),
        ('sum(kube_node_status_condition{status="True"})', 'never has status="True"'),
        ('max(up{namespace="Vision"})', 'never has namespace="Vision"'),
    ],
)
def test_what_cannot_work_is_refused(expr: str, reason: str) -> None:
    with pytest.raises(promql.Refused, match=reason):
        promql.labels(expr, RECORDED)


def alert(**changes: object) -> Alert:
    who = {"severity": Severity.TICKET, "owner": Owner.SERVICE, "missing": Missing.SILENT}
    what = {"name": "Down", "expr": "max by (model) (up) == 0", "summary": "{{ $value }}"}
    return Alert.model_validate({**who, **what, **changes})


@pytest.mark.parametrize(
    ("group", "reason"),
    [
        (
            Group(name="a", alerts=(alert(summary="{{ $labels.pod }} {{ $value }}"),)),
            "summary of Down has no",
        ),
        (Group(name="a", alerts=(alert(noticed="Nobody"),)), "Nobody should fire, and there is no such alert"),
        (Group(name="a", alerts=(alert(expr="ml_platform:x:y > 0"),)), "Down: no program emits ml_platform:x:y"),
        (
            Group(name="a", recordings=(Recording(name="ml_platform:x:y", expr="max by (model) (ml_platform:z:y)"),)),
            "ml_platform:x:y: no program emits ml_platform:z:y",
        ),
        (
            Group(
                name="a",
                recordings=(
                    Recording(name="ml_platform:x:y", expr="max by (model) (up)"),
                    Recording(name="ml_platform:x:y", expr="max by (pod) (up)"),
                ),
            ),
            "is recorded with",
        ),
    ],
)
def test_a_rule_that_cannot_work_is_named(group: Group, reason: str) -> None:
    with pytest.raises(promql.Refused, match=reason):
        promql.check([group])


def test_what_a_group_records_is_known_to_those_after_it() -> None:
    record = Group(name="a", recordings=(Recording(name="ml_platform:x:y", expr="vector(1)", labels={"model": "a"}),))
    read = Group(name="b", alerts=(alert(expr="ml_platform:x:y == 0", summary="{{ $labels.model }} {{ $value }}"),))
    assert promql.check([record, read]) == {"ml_platform:x:y": frozenset({"model"})}
    with pytest.raises(promql.Refused, match="no program emits"):
        promql.check([read, record])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"summary": "it is down"}, "says no value"),
        ({"missing": Missing.FIRES, "noticed": "Other"}, "remove `noticed`"),
        ({"name": "service_down"}, "name"),
        ({"wait": "soon"}, "wait"),
    ],
)
def test_an_alert_that_says_too_little_is_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        alert(**changes)
