"""What services, jobs, nodes and GPUs of the sample environment say: well, with every week's mishaps, or with a fault.

The controllers and the account are in `week_platform`.
"""

import math

from tests.monitoring.week_platform import account, controllers, keeping
from tests.monitoring.world import DAY, GONE, World, every, rhythm

CREDIT = 'namespace="serving", pod="credit-1", model="credit", version="1"'
CHAT = 'namespace="language", pod="chat-1", model="chat", version="1"'
INFER = 'path="/v2/models/fraud/infer", method="POST"'
SECONDS = "rest_server_request_duration_seconds"
FAST = {"0.05": 0.7, "0.1": 0.9, "0.25": 0.97, "0.5": 0.997, "1.0": 0.999, "2.5": 1.0, "+Inf": 1.0}
"""Bound to the share of requests in it: those of fraud."""


DEPLOYED = frozenset(day * DAY + 600 for day in range(1, 60) if day % 7 < 5)
"""Minutes in which a new version takes the place of the old one: on every working day."""


def ready(w: World, pod: str, fault: str) -> None:
    """Whether a pod is ready; `fault` is that none is, though each runs."""
    where = f'namespace="serving", pod="{pod}"'
    for status in ("true", "false"):
        series = f'kube_pod_status_ready{{{where}, condition="{status}"}}'
        w.gauge(series, lambda t, status=status: (status == "true") != w.broken(fault, t))


def fraud(w: World, pod: str, restarts: frozenset[int] = frozenset()) -> None:
    """A pod of the service fraud; at each of `restarts` a new version takes its place."""
    labels = f'namespace="serving", pod="{pod}", model="fraud", version="3"'
    lost = [w.broken("pods gone", t) or w.broken("model unloaded", t) for t in w.minutes]
    here = [GONE if lost[t] else 60 * rhythm(t) * w.noise(0.2) for t in w.minutes]
    w.gauge(f"up{{{labels}}}", lambda t: 0 if w.broken("pods gone", t) or t in restarts else 1)
    ready(w, pod, "model unloaded")

    def failing(t: int) -> float:
        return 0.1 if w.broken("errors", t) else 0.0055 if w.broken("few errors", t) else 0.0002 * w.noise(0.9)

    failed = [here[t] * failing(t) for t in w.minutes]
    total = f"rest_server_requests_total{{{labels}, {INFER}"
    w.counter(f'{total}, status_code="200"}}', lambda t: here[t] - failed[t], restarts)
    w.counter(f'{total}, status_code="500"}}', lambda t: failed[t], restarts)
    w.counter(f'{total}, status_code="422"}}', lambda t: here[t] * 0.01, restarts)

    def within(t: int, bound: str, share: float) -> float:
        slow = 0.7 if w.broken("slow", t) and float(bound) < 1 else 1
        most = 0.98 if w.broken("slow tail", t) and float(bound) < 2 else 1
        return here[t] * min(share * slow * (w.noise(0.002) if share < 1 else 1), most)

    for bound, share in FAST.items():
        bucket = f'{SECONDS}_bucket{{{labels}, {INFER}, le="{bound}"}}'
        w.counter(bucket, lambda t, bound=bound, share=share: within(t, bound, share), restarts)
    w.counter(f"{SECONDS}_count{{{labels}, {INFER}}}", lambda t: here[t], restarts)
    busy = f"rest_server_requests_in_progress{{{labels}}}"
    w.gauge(busy, lambda t: 16 if w.broken("saturated", t) else w.some(3 * rhythm(t)))

    def low(t: int) -> float:
        return here[t] * (0.9 if w.broken("other predictions", t) else 0.6 + 0.04 * math.sin(t / 200))

    w.counter(f'ml_platform_prediction_value_bucket{{{labels}, output="score", le="0.5"}}', low, restarts)
    w.counter(f'ml_platform_prediction_value_count{{{labels}, output="score"}}', lambda t: here[t], restarts)
    w.counter(f"ml_platform_predictions_captured_total{{{labels}}}", lambda t: here[t] / 5, restarts)
    dropped = f'ml_platform_predictions_dropped_total{{{labels}, reason="refused"}}'
    w.counter(dropped, lambda t: here[t] * (0.1 if w.broken("captures refused", t) else 0.0001), restarts)


def candidate(w: World) -> None:
    """A new version beside fraud, which fails all that is mirrored to it: no objective covers it."""
    labels = 'namespace="serving", pod="fraud-candidate-1", model="fraud", version="4", role="candidate"'
    w.gauge(f"up{{{labels}}}", 1)
    w.counter(f'rest_server_requests_total{{{labels}, {INFER}, status_code="500"}}', lambda t: 20 * rhythm(t))
    w.counter(f'{SECONDS}_bucket{{{labels}, {INFER}, status_code="500", le="0.5"}}', 0)
    w.counter(f'{SECONDS}_count{{{labels}, {INFER}, status_code="500"}}', lambda t: 20 * rhythm(t))


def credit(w: World) -> None:
    """A service that is asked five times an hour; one request in two days fails, and one in a hundred is slow."""
    asked = [w.some(5 / 60) for _ in w.minutes]
    once, slow = every(2 * DAY), every(20 * 60)
    failed = [int(bool(asked[t]) and w.broken("few requests fail", t)) or int(once(t)) for t in w.minutes]
    labels = f"{CREDIT}, {INFER.replace('fraud', 'credit')}"
    total = f"rest_server_requests_total{{{labels}"
    w.gauge(f"up{{{CREDIT}}}", 1)
    w.counter(f'{total}, status_code="200"}}', lambda t: max(asked[t] - failed[t], 0))
    w.counter(f'{total}, status_code="500"}}', lambda t: failed[t])
    for bound in ("0.5", "+Inf"):
        bucket = f'{SECONDS}_bucket{{{labels}, le="{bound}"}}'
        w.counter(bucket, lambda t, bound=bound: 0 if bound == "0.5" and slow(t) else asked[t])
    w.counter(f"{SECONDS}_count{{{labels}}}", lambda t: asked[t])


def serving(w: World) -> None:
    """The services fraud and credit, their autoscalers, and a rollout on every working day."""
    fraud(w, "fraud-1")
    fraud(w, "fraud-2", DEPLOYED)
    candidate(w)
    credit(w)
    scaled = 'namespace="serving", horizontalpodautoscaler="keda-hpa-fraud"'
    peak = every(DAY, 20)
    most = f"kube_horizontalpodautoscaler_spec_max_replicas{{{scaled}}}"
    now = f"kube_horizontalpodautoscaler_status_current_replicas{{{scaled}}}"
    w.gauge(most, 6)
    w.gauge(f"kube_horizontalpodautoscaler_spec_min_replicas{{{scaled}}}", 2)
    w.gauge(now, lambda t: 6 if peak(t) or w.broken("at its limit", t) else round(2 + 2 * rhythm(t)))
    deploying = frozenset(minute for start in DEPLOYED for minute in range(start - 30, start + 30))
    faults = {"Abort": "canary aborted", "Timeout": "canary not ready", "Paused": "canary paused"}

    def phase(t: int) -> str:
        broken = next((name for name, fault in faults.items() if w.broken(fault, t)), "")
        return broken or ("Progressing" if t in deploying else "Completed")

    for name in ("Progressing", "Completed", *faults):
        info = f'rollout_info{{namespace="serving", name="fraud", phase="{name}"}}'
        w.gauge(info, lambda t, name=name: 1 if phase(t) == name else GONE)
    w.gauge('rollout_info_replicas_desired{namespace="serving", name="fraud"}', 3)
    available = 'rollout_info_replicas_available{namespace="serving", name="fraud"}'
    w.gauge(available, lambda t: 2 if w.broken("pod evicted", t) or (t in deploying and t % 30 < 10) else 3)
    once = every(2000)
    errors = 'keda_scaled_object_errors_total{namespace="serving", scaledObject="fraud"}'
    w.counter(errors, lambda t: w.broken("scaler errors", t) or once(t))
    w.gauge('keda_scaled_object_paused{namespace="serving", scaledObject="fraud"}', 0)


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
    w.counter(f"vllm:time_to_first_token_seconds_count{{{CHAT}}}", lambda t: asked[t])
    fast = f'vllm:inter_token_latency_seconds_bucket{{{CHAT}, le="0.2"}}'
    w.counter(fast, lambda t: 300 * asked[t] * (0.05 if w.broken("slow tokens", t) else 0.995))
    w.counter(f"vllm:inter_token_latency_seconds_count{{{CHAT}}}", lambda t: 300 * asked[t])
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
    w.gauge(f"ml_platform_drift_rows{labels}", lambda t: 300 if w.broken("few rows", t) else 2000 * rhythm(t))
    truth = f"ml_platform_ground_truth_last_timestamp_seconds{labels}"
    w.gauge(truth, lambda t: (t - 4 * DAY if w.broken("no outcomes", t) else t // DAY * DAY) * 60)
    w.gauge(f"ml_platform_quality_lost{labels}", lambda t: w.broken("worse predictions", t))
    auc = labels.replace("}", ', measure="auc"}')
    w.gauge(f"ml_platform_quality{auc}", lambda t: 0.7 if w.broken("worse predictions", t) else 0.9)
    for t in w.minutes:
        ran = 60 * t if hourly(t) and not w.broken("drift job stopped", t) else ran
        stamps.append(ran)
    w.put(f"ml_platform_drift_last_run_timestamp_seconds{labels}", stamps)


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
    w.put(f"ml_platform_checkpoint_last_timestamp_seconds{{{job}}}", stamps)
    queue, admits = 'cluster_queue="vision"', every(45)
    stalled = [w.broken("queue stalled", t) for t in w.minutes]
    # For five hours a day a job has the whole quota, and others wait.
    full = [not stalled[t] and t % DAY < 300 for t in w.minutes]
    w.gauge(f'kueue_pending_workloads{{{queue}, status="active"}}', lambda t: 1 if admits(t) else 0)
    w.gauge(f'kueue_pending_workloads{{{queue}, status="inadmissible"}}', lambda t: 4 if stalled[t] or full[t] else 0)
    w.counter(f"kueue_admitted_workloads_total{{{queue}}}", lambda t: not (stalled[t] or full[t]) and admits(t))
    quota = f'{queue}, resource="nvidia.com/gpu"'
    w.gauge(f"kueue_cluster_queue_nominal_quota{{{quota}}}", 8)
    w.gauge(f"kueue_cluster_queue_resource_usage{{{quota}}}", lambda t: 8 if full[t] else 0 if stalled[t] else 3)


def nodes(w: World) -> None:
    """Spot comes and goes; EC2 interrupts two nodes at a time, twice a day."""
    pairs = [2 * w.some(0.0015) for _ in w.minutes]
    interrupted = 'karpenter_interruption_received_messages_total{message_type="spot_interrupted"}'
    w.counter(interrupted, lambda t: 2 if w.broken("interruptions", t) else pairs[t])
    read, night = every(50), every(DAY, 200)
    for bound in ("1.0", "60.0", "120.0", "+Inf"):

        def within(t: int, bound: str = bound) -> float:
            return float(bound) >= 120 if w.broken("warnings late", t) else read(t)

        w.counter(f'karpenter_interruption_message_queue_duration_seconds_bucket{{le="{bound}"}}', within)
    labels = 'capacity_type="spot", reason="InsufficientInstanceCapacity"'
    failures, search = f"karpenter_cloudprovider_instance_launch_failures_total{{{labels}}}", every(600, 6)
    # A search through types and zones is refused often, and finds a node.
    w.counter(failures, lambda t: 4 if w.broken("no capacity", t) else 5 * search(t) or w.some(0.3) * night(t))
    came = 'karpenter_nodes_created_total{nodepool="serving-spot"}'
    w.counter(came, lambda t: not w.broken("no capacity", t) and (search(t) or w.some(0.02)))
    pool, wait, start = 'nodepool="serving-spot", resource_type="nvidia.com/gpu"', every(700, 6), every(900, 4)
    w.gauge(f"karpenter_nodepools_limit{{{pool}}}", 16)
    w.gauge(f"karpenter_nodepools_usage{{{pool}}}", lambda t: 15 if w.broken("pool full", t) else 6 * rhythm(t))
    w.gauge("karpenter_scheduler_unschedulable_pods_count{}", lambda t: 2 * (wait(t) or w.broken("no pool fits", t)))
    w.gauge("karpenter_cluster_state_synced{}", lambda t: GONE if w.broken("Karpenter silent", t) else 1)
    is_ready = 'kube_node_status_condition{node="gpu-1", condition="Ready", status="true"}'
    w.gauge(is_ready, lambda t: not (w.broken("node dead", t) or start(t)))
    short, wiped = 'kube_node_status_condition{node="gpu-1", condition="DiskPressure", status="true"}', every(3000, 4)
    w.gauge(short, lambda t: w.broken("disk full", t) or wiped(t))


def gpus(w: World) -> None:
    """Four GPUs at work; between two epochs they rest, and once a program does something that they dislike."""
    rest = every(240, 15)
    for number in range(4):
        card = f'Hostname="gpu-{number}", gpu="0", modelName="A10G"'
        gpu = f'{{{card}, namespace="vision", pod="train-{number}"}}'

        def used(t: int, number: int = number) -> float:
            return 0 if rest(t) or (number == 3 and w.broken("idle GPU", t)) else 80 * w.noise(0.2)

        free = [number == 2 and w.broken("no pod has a GPU", t) for t in w.minutes]
        w.gauge(f"DCGM_FI_DEV_GPU_UTIL{gpu}", lambda t, used=used, free=free: GONE if free[t] else used(t))
        own = f'DCGM_FI_DEV_GPU_UTIL{{{card}, namespace="nvidia", pod="dcgm-exporter-{number}"}}'
        w.gauge(own, lambda t, free=free: 0 if free[t] else GONE)
        w.gauge(f"DCGM_FI_DEV_GPU_TEMP{gpu}", lambda t: 92 if w.broken("hot GPUs", t) else 68 * w.noise())
        w.gauge(f"DCGM_FI_DEV_XID_ERRORS{gpu}", lambda t: 79 if w.broken("GPU broken", t) else 13 if t > DAY else 0)
        w.gauge(f"DCGM_FI_DEV_ROW_REMAP_FAILURE{gpu}", lambda t: w.broken("memory broken", t))
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


def fill(w: World) -> World:
    """Everything."""
    for part in (serving, language, models, training, nodes, gpus, money, controllers, keeping, account):
        part(w)
    return w
