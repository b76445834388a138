"""What the platform's own emitters of the sample environment say: controllers, what must be kept, and the account."""

from tests.monitoring.world import DAY, GONE, World, every, rhythm

HEARTBEATS = (
    "keda_build_info{}",
    "argo_rollouts_controller_info{}",
    "kueue_build_info{}",
    "kube_node_info{}",
    "prometheus_tsdb_head_series{}",
    "alertmanager_config_last_reload_successful{}",
)


def controllers(w: World) -> None:
    """Controllers are updated, pods start twice, the registry fails one request in two hundred."""
    update, again = every(4000, 3), every(2500, 4)
    for job in ("karpenter", "keda-operator", "kueue"):

        def answers(t: int, job: str = job) -> float:
            return not (update(t) or (job == "kueue" and w.broken("target down", t)))

        w.gauge(f'up{{namespace="platform", job="{job}", pod="{job}-1"}}', answers)
    for heartbeat in HEARTBEATS:
        w.gauge(heartbeat, 1)
    w.counter("yace_cloudwatch_requests_total{}", 10)
    w.counter('container_cpu_usage_seconds_total{namespace="platform", pod="a", container="a"}', 5)
    w.counter('prometheus_rule_evaluation_failures_total{rule_group="serving"}', lambda t: w.broken("rules fail", t))
    refused = 'alertmanager_notifications_failed_total{integration="sns", reason="other"}'
    w.counter(refused, lambda t: w.broken("topic refuses", t))
    labels = 'namespace="mlflow", pod="mlflow-1", container="mlflow", reason="CrashLoopBackOff"'
    crashing = f"kube_pod_container_status_waiting_reason{{{labels}}}"
    # Between two waits it runs for a minute.
    w.gauge(crashing, lambda t: 1 if (w.broken("crash loop", t) and t % 5) or again(t) else GONE)
    labels = 'namespace="serving", pod="fraud-3", container="fetch", reason="CrashLoopBackOff"'
    fetching = f"kube_pod_init_container_status_waiting_reason{{{labels}}}"
    w.gauge(fetching, lambda t: 1 if w.broken("model not fetched", t) and t % 5 else GONE)
    container, restart = 'namespace="serving", pod="fraud-2", container="server"', every(700)
    restarts = f"kube_pod_container_status_restarts_total{{{container}}}"
    w.counter(restarts, lambda t: restart(t) or (w.broken("out of memory", t) and t % 10 == 0))
    for reason in ("OOMKilled", "Error"):
        ended = f'kube_pod_container_status_last_terminated_reason{{{container}, reason="{reason}"}}'
        killed = reason == "OOMKilled"
        w.gauge(ended, lambda t, killed=killed: 1 if w.broken("out of memory", t) == killed else GONE)
    for status, share in {"200": 0.995, "500": 0.005}.items():

        def answered(t: int, share: float = share) -> float:
            return 30 * (0.5 if w.broken("registry fails", t) else share) * w.noise(0.3)

        w.counter(f'mlflow_http_request_total{{status="{status}"}}', answered)


def keeping(w: World) -> None:
    """A certificate renewed on the fourth day, a secret that fails to come for five minutes."""
    late = every(3000, 5)
    named = 'namespace="serving", name="gateway"'

    def ends(t: int) -> float:
        return 60 * t + 5 * 86400 if w.broken("not renewed", t) else (33 if t < 3 * DAY else 93) * 86400

    w.gauge(f"certmanager_certificate_expiration_timestamp_seconds{{{named}}}", ends)
    w.gauge(
        f'certmanager_certificate_ready_status{{{named}, condition="True"}}', lambda t: not w.broken("not issued", t)
    )
    secret = 'externalsecret_status_condition{namespace="mlflow", name="admin", condition="Ready", status="False"}'
    w.gauge(secret, lambda t: w.broken("secret not fetched", t) or late(t))
    volume = '{namespace="monitoring", persistentvolumeclaim="prometheus"}'
    w.gauge(f"kubelet_volume_stats_capacity_bytes{volume}", 100)
    left = f"kubelet_volume_stats_available_bytes{volume}"
    w.gauge(left, lambda t: 4 if w.broken("volume full", t) else 50 - t / DAY)


def account(w: World) -> None:
    """What CloudWatch says: a backup every night, a queue that is emptied, a database that is busy now and then."""
    backup = 'aws_backup_number_of_backup_jobs_completed_sum{dimension_BackupVaultName="prod"}'
    # The sample of an hour is there in the hour after it.
    w.gauge(backup, lambda t: t % DAY < 60 and not w.broken("no backup", t))
    letters = "aws_sqs_approximate_number_of_messages_visible_maximum"
    w.gauge(f'{letters}{{dimension_QueueName="retraining-dead-letter.fifo"}}', lambda t: w.broken("dead letter", t))
    oldest, cooldown = "aws_sqs_approximate_age_of_oldest_message_maximum", every(DAY, 180)
    waited, ages = 0, []
    for t in w.minutes:
        waited = waited + 60 if cooldown(t) or w.broken("requests not taken", t) else 0
        ages.append(waited)
    w.put(f'{oldest}{{dimension_QueueName="retraining.fifo"}}', ages)
    fresh = 'aws_firehose_delivery_to_s3_data_freshness_maximum{dimension_DeliveryStreamName="captures"}'
    w.gauge(fresh, lambda t: 3600 if w.broken("not delivered", t) else 300 + 500 * w.noise())
    memory = 'aws_elasticache_database_memory_usage_percentage_maximum{dimension_CacheClusterId="features-001"}'
    w.gauge(memory, lambda t: 95 if w.broken("features full", t) else 40 + 20 * rhythm(t))
    database, busy = 'dimension_DBInstanceIdentifier="platform"', every(DAY, 10)
    room = f"aws_rds_free_storage_space_minimum{{{database}}}"
    w.gauge(room, lambda t: (4 if w.broken("database full", t) else 80) * 2**30 * w.noise(0.01))
    cpu = f"aws_rds_cpuutilization_average{{{database}}}"
    w.gauge(cpu, lambda t: 98 if w.broken("database busy", t) or busy(t) else 30 * rhythm(t))
    used = f"aws_rds_database_connections_maximum{{{database}}}"
    w.gauge(used, lambda t: 440 if w.broken("connections leak", t) else 60 * rhythm(t))
    group = 'dimension_TargetGroup="targetgroup/k8s-serving-fraud/01"'
    preview = 'dimension_TargetGroup="targetgroup/k8s-serving-preview/02"'
    unhealthy, healthy = (
        "aws_applicationelb_un_healthy_host_count_minimum",
        "aws_applicationelb_healthy_host_count_maximum",
    )
    w.gauge(f"{unhealthy}{{{group}}}", lambda t: 2 if w.broken("health checks fail", t) else 0)
    w.gauge(f"{healthy}{{{group}}}", lambda t: 0 if w.broken("health checks fail", t) else 2)
    for name in (unhealthy, healthy):
        w.gauge(f"{name}{{{preview}}}", 0)
    balancer = 'dimension_LoadBalancer="app/k8s-mlplatform/01"'
    refused = f"aws_applicationelb_httpcode_elb_5_xx_count_sum{{{balancer}}}"
    w.gauge(refused, lambda t: 60 if w.broken("no target", t) else w.some(0.02))
    w.gauge(f"aws_applicationelb_request_count_sum{{{balancer}}}", lambda t: 600 * rhythm(t) * w.noise())
