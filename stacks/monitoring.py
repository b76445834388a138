"""What is watched: the rules, dashboards and routes of `monitoring/`, and the component that ships them."""

import re
from collections.abc import Mapping
from typing import Any

import pulumi

from components import Cluster, MonitoringArgs
from components import Monitoring as MonitoringComponent
from monitoring.watched import Database, Watched
from stacks.drift_rules import WEBHOOK_URL
from stacks.foundation import Foundation
from stacks.monitoring_rules import promised, watched_models
from stacks.monitoring_settings import Monitoring
from stacks.settings import Settings
from stacks.wiring import Wiring

NAMESPACE = "monitoring"
"""Namespace of Prometheus: network policies must allow traffic from it to what it scrapes."""
WATCHDOG_FILE = "/etc/alertmanager/secrets/watchdog/url"
"""Where the pods of Alertmanager have the address of the dead man's switch."""
ASKING = ("argo-rollouts", "keda")
"""Namespaces that ask Prometheus: whether a new version is good, and how many replicas there should be."""
EMITTERS = (
    "alertmanager",
    "argo-rollouts",
    "cert-manager",
    "external-secrets",
    "keda",
    "kube-state-metrics",
    "kubelet",
    "opencost",
    "prometheus",
    "yet-another-cloudwatch-exporter",
)
"""Emitters that every cluster has that is watched."""


def watched(settings: Settings, monitoring: Monitoring) -> Watched:
    """What an environment has, as rules want to know it."""
    also = {"dcgm-exporter": settings.gpu, "karpenter": settings.gpu, "kueue": settings.queue}
    return Watched(
        services=tuple(promised(settings, model) for model in watched_models(settings)),
        job_namespaces=tuple(settings.tenants),
        monthly_usd=monitoring.monthly_limit_usd,
        emitters=(*EMITTERS, *(name for name, there in also.items() if there)),
        database=_database(settings),
        backups=bool(settings.backups),
        thresholds=monitoring.thresholds,
    )


_LARGE_GIB = {"t": 8, "m": 8, "r": 16}
"""First letter of an instance family to the memory of its size `large`; AWS doubles or halves it from size to size."""
_SMALLER = {"micro": 1 / 8, "small": 1 / 4, "medium": 1 / 2, "large": 1, "xlarge": 2}
BYTES_A_CONNECTION, MOST_CONNECTIONS = 9531392, 5000
"""RDS sets max_connections of PostgreSQL to LEAST(memory / 9531392, 5000).
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections
"""


def _database(settings: Settings) -> Database | None:
    if not (found := settings.database):
        return None
    return Database(gib=found.storage_gib, connections=connections(found.instance_class))


def connections(instance_class: str) -> float | None:
    """Connections that RDS for PostgreSQL allows by default; None for a family whose memory is not known here.

    Args:
        instance_class: Class of the instance, such as `db.t4g.medium`.
    """
    _, family, size = instance_class.split(".")
    times = re.fullmatch(r"([0-9]+)xlarge", size)
    share = 2 * int(times[1]) if times else _SMALLER.get(size)
    if share is None or family[0] not in _LARGE_GIB:
        return None
    return min(_LARGE_GIB[family[0]] * share * 1024**3 // BYTES_A_CONNECTION, MOST_CONNECTIONS)


def watch(
    wiring: Wiring,
    base: Foundation,
    cluster: Cluster,
    monitoring: Monitoring,
    after: list[pulumi.Output[str]],
    opts: pulumi.ResourceOptions,
) -> MonitoringComponent:
    """Wire monitoring once the controllers serve that it needs."""
    # They take half a second to import, which a layer without a cluster need not wait for.
    from monitoring import dashboards, routes, rules

    settings = wiring.settings
    assert settings.notifications
    assert settings.secrets
    assert settings.addons
    assert settings.cluster
    assert base.topics is not None
    assert base.secrets is not None
    topics, watchdog = base.topics, monitoring.watchdog_secret
    switch = {"watchdog_url_file": WATCHDOG_FILE} if watchdog else {}
    switch |= {"retraining_url": WEBHOOK_URL} if settings.drift else {}
    args: MonitoringArgs = {
        "cluster_name": cluster.cluster_name,
        "grafana_secret_arn": base.secrets[monitoring.grafana_secret],
        "topic_arns": {severity: topics[severity] for severity in ("page", "ticket", "info")},
        "topic_kms_key_arn": base.keys[settings.notifications.data_class],
        "cloudwatch_exporter_image": wiring.image(monitoring.cloudwatch_exporter_image),
        "rules": rules.groups(watched(settings, monitoring), *_runbooks(settings)),
        "routes": topics.apply(lambda found: routes.configuration(found, settings.region, **switch)),
        "dashboards": dashboards.documents(),
        "replicas": settings.addons.replicas,
        "retention_days": monitoring.retention_days,
        "storage_gib": monitoring.storage_gib,
        "memory_gib": monitoring.memory_gib,
        "callers": ASKING,
        "after": after,
        "tags": wiring.tags(settings.cluster.data_class),
    }
    if watchdog:
        args["watchdog_secret_arn"] = base.secrets[watchdog]
    return MonitoringComponent("monitoring", args, opts)


def exported(found: MonitoringComponent) -> pulumi.Output[Mapping[str, Any]]:
    """What others need of it."""
    return pulumi.Output.all(
        namespace=found.namespace,
        prometheus=found.prometheus_url,
        alertmanagerRole=found.alertmanager_role_arn,
        releases=found.release_versions,
    )


def _runbooks(settings: Settings) -> list[str]:
    """Address of the runbooks: in the repository that deploys, if there is one."""
    if not settings.ci:
        return []
    return [f"https://github.com/{settings.ci.repository}/blob/{settings.ci.branch}/docs/runbooks"]
