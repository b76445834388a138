"""What the emitters of the sample environment say: well, with the mishaps of every week, or with a fault."""

import math

from tests.monitoring.world import DAY, GONE, World, every, rhythm

CHAT = 'namespace="language", pod="chat-1", model="chat", version="1"'
INFER = 'path="/v2/models/fraud/infer", method="POST"'
SECONDS = "rest_server_request_duration_seconds"
FAST = {"0.05": 0.7, "0.1": 0.9, "0.25": 0.97, "0.5": 0.997, "1.0": 0.999, "2.5": 1.0, "+Inf": 1.0}
"""Bound to the share of requests in it: those of fraud."""
HEARTBEATS = (
    "keda_build_info{}",
    "argo_rollouts_controller_info{}",
    "kueue_build_info{}",
    "kube_node_info{}",
    "prometheus_tsdb_head_series{}",
    "alertmanager_config_last_reload_successful{}",
)


def fraud(w: World, pod: str, restart: int | None) -> None:
    """A pod of the service fraud; at `restart` a new version takes its place."""
    labels = f'namespace="serving", pod="{pod}", model="fraud", version="3"'
    here = [GONE if w.broken("pods gone", t) else 60 * rhythm(t) * w.noise(0.2) for t in w.minutes]
    w.gauge(f"up{{{labels}}}", lambda t: 0 if w.broken("pods gone", t) or t == restart else 1)

    def failing(t: int) -> float:
        return 0.1 if w.broken("errors", t) else 0.0055 if w.broken("few errors", t) else 0.0002 * w.noise(0.9)

    failed = [here[t] * failing(t) for t in w.minutes]
    total = f"rest_server_requests_total{{{labels}, {INFER}"
    w.counter(f'{total}, status_code="200"}}', lambda t: here[t] - failed[t], restart)
    w.counter(f'{total}, status_code="500"}}', lambda t: failed[t], restart)
    w.counter(f'{total}, status_code="422"}}', lambda t: here[t] * 0.01, restart)

    def within(t: int, bound: str, share: float) -> float:
        slow = 0.7 if w.broken("slow", t) and float(bound) < 1 else 1
        most = 0.98 if w.broken("slow tail", t) and float(bound) < 2 else 1
        return here[t] * min(share * slow * (w.noise(0.002) if share < 1 else 1), most)

    for bound, share in FAST.items():
        bucket = f'{SECONDS}_bucket{{{labels}, {INFER}, le="{bound}"}}'
        w.counter(bucket, lambda t, bound=bound, share=share: within(t, bound, share), restart)
    w.counter(f"{SECONDS}_count{{{labels}, {INFER}}}", lambda t: here[t], restart)
    busy = f"rest_server_requests_in_progress{{{labels}}}"
    w.gauge(busy, lambda t: 16 if w.broken("saturated", t) else w.some(3 * rhythm(t)))

    def low(t: int) -> float:
        return here[t] * (0.9 if w.broken("other predictions", t) else 0.6 + 0.04 * math.sin(t / 200))

    w.counter(f'ml_platform_prediction_value_bucket{{{labels}, output="score", le="0.5"}}', low, restart)
    w.counter(f'ml_platform_prediction_value_count{{{labels}, output="score"}}', lambda t: here[t], restart)


def serving(w: World) -> None:
    """The service fraud, its autoscaler, and a rollout on the second day."""
    fraud(w, "fraud-1", None)
    fraud(w, "fraud-2", DAY + 600)
    scaled = 'namespace="serving", horizontalpodautoscaler="keda-hpa-fraud"'
    peak = every(DAY, 20)
    most = f"kube_horizontalpodautoscaler_spec_max_replicas{{{scaled}}}"
    now = f"kube_horizontalpodautoscaler_status_current_replicas{{{scaled}}}"
    w.gauge(most, 6)
    w.gauge(now, lambda t: 6 if peak(t) else round(2 + 2 * rhythm(t)))
    rollout, aborted = range(DAY + 570, DAY + 630), lambda t: w.broken("canary aborted", t)
    named = 'namespace="serving", name="fraud", strategy="canary"'
    w.gauge(f'rollout_info{{{named}, phase="Progressing"}}', lambda t: 1 if t in rollout else GONE)
    w.gauge(f'rollout_info{{{named}, phase="Degraded"}}', lambda t: 1 if aborted(t) else GONE)
    w.gauge(f'rollout_info{{{named}, phase="Healthy"}}', lambda t: GONE if t in rollout or aborted(t) else 1)
    once = every(2000)
    errors = 'keda_scaled_object_errors_total{namespace="serving", scaledObject="fraud"}'
    w.counter(errors, lambda t: w.broken("scaler errors", t) or once(t))


def language(w: World) -> None:
    """The service chat: bursts wait for two minutes, and its cache is full for three."""
    asked = [20 * rhythm(t) * w.noise(0.3) for t in w.minutes]
    total, burst, full = f'http_requests_total{{{CHAT}, handler="/v1/chat/completions"', every(300, 2), every(500, 3)
    w.gauge(f"up{{{CHAT}}}", 1)
    w.counter(f'{total}, status="2xx"}}', lambda t: asked[t])
    w.counter(f'{total}, status="5xx"}}', lambda t: asked[t] * 0.001 * w.noise(0.9))

    def first(t: int, bound: str, share: float) -> float:
        return 0 if w.broken("slow first token", t) and float(bound) < 5 else asked[t] * share

    for bound, share in {"0.25": 0.6, "0.5": 0.9, "1.0": 0.98, "2.5": 1.0, "5.0": 1.0, "+Inf": 1.0}.items():
        bucket = f'vllm:time_to_first_token_seconds_bucket{{{CHAT}, le="{bound}"}}'
        w.counter(bucket, lambda t, bound=bound, share=share: first(t, bound, share))
    for bound, share in {"5.0": 0.8, "10.0": 0.98, "20.0": 1.0, "+Inf": 1.0}.items():
        bucket = f'vllm:e2e_request_latency_seconds_bucket{{{CHAT}, le="{bound}"}}'
        w.counter(bucket, lambda t, share=share: asked[t] * share)
    w.counter(f"vllm:e2e_request_latency_seconds_count{{{CHAT}}}", lambda t: asked[t])
    waiting = f"vllm:num_requests_waiting{{{CHAT}}}"
    w.gauge(waiting, lambda t: 12 if w.broken("queue", t) or burst(t) else w.some(0.5 * rhythm(t)))
    cache = f"vllm:kv_cache_usage_perc{{{CHAT}}}"
    w.gauge(cache, lambda t: 0.99 if w.broken("cache full", t) or full(t) else 0.4 * rhythm(t) * w.noise())


def models(w: World) -> None:
    """The drift job of fraud, every hour."""
    labels, hourly, ran, stamps = '{model="fraud", version="3"}', every(60), 0, []
    w.gauge(f"ml_platform_drift_share{labels}", lambda t: 0.7 if w.broken("drift", t) else 0.1 * w.noise(0.9))
    w.gauge(f"ml_platform_drift_detected{labels}", lambda t: w.broken("drift", t))
    w.gauge(f"ml_platform_data_quality_failed_share{labels}", lambda t: 0.3 if w.broken("bad data", t) else 0)
    w.gauge(f"ml_platform_drift_rows{labels}", lambda t: 800 * rhythm(t))
    w.gauge(f"ml_platform_ground_truth_last_timestamp_seconds{labels}", lambda t: t // DAY * DAY * 60)
    for t in w.minutes:
        ran = 60 * t if hourly(t) and not w.broken("drift job stopped", t) else ran
        stamps.append(ran)
    w.series[f"ml_platform_drift_last_run_timestamp_seconds{labels}"] = stamps


def training(w: World) -> None:
    """A job of fourteen hours every day, and the queue that it came from."""
    job, pod = 'namespace="vision", job_name="train"', 'namespace="vision", pod="train-x"'
    running = [60 <= t % DAY < 900 or w.broken("job hangs", t) for t in w.minutes]
    w.gauge(f"kube_job_status_active{{{job}}}", lambda t: running[t])
    w.gauge(f'kube_job_failed{{{job}, condition="true"}}', lambda t: w.broken("job failed", t))
    w.gauge(f'kube_pod_owner{{{pod}, owner_kind="Job", owner_name="train"}}', lambda t: 1 if running[t] else GONE)
    cores = f'container_cpu_usage_seconds_total{{{pod}, container="main"}}'
    used = [0.1 if w.broken("job hangs", t) else 400 * w.noise() for t in w.minutes]
    w.counter(cores, lambda t: used[t] if running[t] else GONE)
    saved, stamps = 0, []
    for t in w.minutes:
        fresh = running[t] and (t % 30 == 0 or not running[t - 1]) and not w.broken("no checkpoints", t)
        saved = 60 * t if fresh else saved
        stamps.append(saved if running[t] else GONE)
    w.series[f"ml_platform_checkpoint_last_timestamp_seconds{{{job}}}"] = stamps
    w.gauge('kueue_pending_workloads{cluster_queue="vision", status="active"}', lambda t: 3 if t % DAY < 400 else 0)
    w.counter('kueue_admitted_workloads_total{cluster_queue="vision"}', every(45))


def nodes(w: World) -> None:
    """Spot comes and goes; two nodes are taken back at a time, twice a day."""
    pairs = [2 * w.some(0.0015) for _ in w.minutes]
    interrupted = 'karpenter_interruption_received_messages_total{message_type="spot_interrupted"}'
    w.counter(interrupted, lambda t: 2 if w.broken("interruptions", t) else pairs[t])
    read, night = every(50), every(DAY, 200)
    for bound in ("1", "60", "120", "+Inf"):

        def within(t: int, bound: str = bound) -> float:
            return float(bound) >= 120 if w.broken("warnings late", t) else read(t)

        w.counter(f'karpenter_interruption_message_queue_duration_seconds_bucket{{le="{bound}"}}', within)
    labels = 'capacity_type="spot", reason="InsufficientInstanceCapacity"'
    failures = f"karpenter_cloudprovider_instance_launch_failures_total{{{labels}}}"
    w.counter(failures, lambda t: 4 if w.broken("no capacity", t) else w.some(0.3) * night(t))
    pool, wait, start = 'nodepool="serving-spot", resource_type="nvidia_com_gpu"', every(700, 6), every(900, 4)
    w.gauge(f"karpenter_nodepools_limit{{{pool}}}", 16)
    w.gauge(f"karpenter_nodepools_usage{{{pool}}}", lambda t: 15 if w.broken("pool full", t) else 6 * rhythm(t))
    w.gauge("karpenter_scheduler_unschedulable_pods_count{}", lambda t: 2 * wait(t))
    w.gauge("karpenter_cluster_state_synced{}", lambda t: GONE if w.broken("Karpenter silent", t) else 1)
    ready = 'kube_node_status_condition{node="gpu-1", condition="Ready", status="true"}'
    w.gauge(ready, lambda t: not (w.broken("node dead", t) or start(t)))


def gpus(w: World) -> None:
    """Four GPUs at work; between two epochs they rest, and once a program does something that they dislike."""
    rest = every(240, 15)
    for number in range(4):
        gpu = f'{{Hostname="gpu-{number}", gpu="0", modelName="A10G", namespace="vision", pod="train-{number}"}}'

        def used(t: int, number: int = number) -> float:
            return 0 if rest(t) or (number == 3 and w.broken("idle GPU", t)) else 80 * w.noise(0.2)

        w.gauge(f"DCGM_FI_DEV_GPU_UTIL{gpu}", used)
        w.gauge(f"DCGM_FI_DEV_GPU_TEMP{gpu}", lambda t: 92 if w.broken("hot GPUs", t) else 68 * w.noise())
        w.gauge(f"DCGM_FI_DEV_XID_ERRORS{gpu}", lambda t: 79 if w.broken("GPU broken", t) else 13 if t > DAY else 0)
        w.gauge(f"DCGM_FI_DEV_ROW_REMAP_FAILURE{gpu}", 0)
        w.gauge(f'kube_node_status_capacity{{node="gpu-{number}", resource="nvidia_com_gpu"}}', 1)


def money(w: World) -> None:
    """What three nodes cost, and a pod of fraud on one of them."""
    for number in range(3):
        node = f'{{node="gpu-{number}"}}'
        hourly = f"node_total_hourly_cost{node}"
        w.gauge(hourly, lambda t: (60 if w.broken("cost", t) else 10) * (0.8 + 0.2 * rhythm(t)) * w.noise(0.2))
        w.gauge(f"node_gpu_hourly_cost{node}", 0.9)
        w.gauge(f"node_cpu_hourly_cost{node}", 0.04)
        w.gauge(f"node_ram_hourly_cost{node}", 0.005)
    container = '{namespace="serving", pod="fraud-1", container="main", node="gpu-0"}'
    w.gauge(f"container_cpu_allocation{container}", 4)
    w.gauge(f"container_memory_allocation_bytes{container}", 2**33)
    w.gauge(f"container_gpu_allocation{container}", 0)


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
    w.counter('prometheus_rule_evaluation_failures_total{rule_group="serving"}', 0)
    refused = 'alertmanager_notifications_failed_total{integration="sns", reason="other"}'
    w.counter(refused, lambda t: w.broken("topic refuses", t))
    labels = 'namespace="mlflow", pod="mlflow-1", container="mlflow", reason="CrashLoopBackOff"'
    crashing = f"kube_pod_container_status_waiting_reason{{{labels}}}"
    w.gauge(crashing, lambda t: 1 if w.broken("crash loop", t) or again(t) else GONE)
    for status, share in {"200": 0.995, "500": 0.005}.items():

        def answered(t: int, share: float = share) -> float:
            return 30 * (0.5 if w.broken("registry fails", t) else share) * w.noise(0.3)

        w.counter(f'mlflow_http_request_total{{status="{status}"}}', answered)


def keeping(w: World) -> None:
    """A backup every night, a certificate renewed on the fourth day, a secret that fails to come for five minutes."""
    late = every(3000, 5)
    backup = 'aws_backup_number_of_backup_jobs_completed_sum{dimension_BackupVaultName="prod"}'
    w.gauge(backup, lambda t: t % DAY < 30 and not w.broken("no backup", t))
    letters = "aws_sqs_approximate_number_of_messages_visible_maximum"
    w.gauge(f'{letters}{{dimension_QueueName="retraining-dead-letter.fifo"}}', lambda t: w.broken("dead letter", t))
    room = 'aws_rds_free_storage_space_minimum{dimension_DBInstanceIdentifier="platform"}'
    w.gauge(room, lambda t: 80 * 2**30 * w.noise(0.01))
    named = 'namespace="serving", name="gateway"'

    def ends(t: int) -> float:
        return 60 * t + 5 * 86400 if w.broken("not renewed", t) else (33 if t < 3 * DAY else 93) * 86400

    w.gauge(f"certmanager_certificate_expiration_timestamp_seconds{{{named}}}", ends)
    w.gauge(f'certmanager_certificate_ready_status{{{named}, condition="True"}}', 1)
    secret = 'externalsecret_status_condition{namespace="mlflow", name="admin", condition="Ready", status="False"}'
    w.gauge(secret, lambda t: w.broken("secret not fetched", t) or late(t))
    volume = '{namespace="monitoring", persistentvolumeclaim="prometheus"}'
    w.gauge(f"kubelet_volume_stats_capacity_bytes{volume}", 100)
    left = f"kubelet_volume_stats_available_bytes{volume}"
    w.gauge(left, lambda t: 4 if w.broken("volume full", t) else 50 - t / DAY)


def fill(w: World) -> World:
    """Everything."""
    for part in (serving, language, models, training, nodes, gpus, money, controllers, keeping):
        part(w)
    return w
