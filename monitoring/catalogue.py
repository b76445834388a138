"""The contract: every metric that a rule, a dashboard, an analysis, a scaler or a trigger may read."""

from collections.abc import Mapping
from types import MappingProxyType

from monitoring.emitters import drift_job, mlserver, reference_server
from monitoring.metric import Metric

EMITTERS = (drift_job, mlserver, reference_server)

CATALOGUE: Mapping[str, Metric] = MappingProxyType(
    {metric.name: metric for emitter in EMITTERS for metric in emitter.METRICS}
)
SERIES: Mapping[str, Metric] = MappingProxyType(
    {series: metric for metric in CATALOGUE.values() for series in metric.series}
)
