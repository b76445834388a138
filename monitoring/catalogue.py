"""The contract: every metric that a rule, a dashboard, an analysis, a scaler or a trigger may read."""

from collections.abc import Mapping
from types import MappingProxyType

from monitoring.emitters import (
    alertmanager,
    cert_manager,
    checkpoints,
    cloudwatch,
    dcgm,
    drift_job,
    external_secrets,
    karpenter,
    keda,
    kube_state,
    kubelet,
    kueue,
    mlflow,
    mlserver,
    opencost,
    prometheus,
    reference_server,
    rollouts,
    vllm,
)
from monitoring.metric import Metric

EMITTERS = (
    alertmanager,
    cert_manager,
    checkpoints,
    cloudwatch,
    dcgm,
    drift_job,
    external_secrets,
    karpenter,
    keda,
    kube_state,
    kubelet,
    kueue,
    mlflow,
    mlserver,
    opencost,
    prometheus,
    reference_server,
    rollouts,
    vllm,
)

CATALOGUE: Mapping[str, Metric] = MappingProxyType(
    {metric.name: metric for emitter in EMITTERS for metric in emitter.METRICS}
)
SERIES: Mapping[str, Metric] = MappingProxyType(
    {series: metric for metric in CATALOGUE.values() for series in metric.series}
)
