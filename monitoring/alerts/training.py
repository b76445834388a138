"""Training jobs: failed, stuck, without a checkpoint, waiting in vain."""

from monitoring.rule import Alert, Group, Missing, Owner, Severity
from monitoring.watched import Watched

JOB = "namespace, job_name"
SHOWN = "{{ $labels.namespace }}/{{ $labels.job_name }}"
AT_WORK = f"max by ({JOB}) (kube_job_status_active) > 0"
PODS = 'label_replace(kube_pod_owner{owner_kind="Job"}, "job_name", "$1", "owner_name", "(.+)")'
"""Pods of jobs, with the name of their job."""


def group(watched: Watched) -> Group:
    """Alerts of training; none where no team trains."""
    if not watched.job_namespaces:
        return Group(name="training")
    bounds, where = watched.thresholds, f'namespace=~"{"|".join(watched.job_namespaces)}"'
    failed = f'kube_job_failed{{condition="true", {where}}}'
    cores = f'sum by (namespace, pod) (rate(container_cpu_usage_seconds_total{{container!="", {where}}}[15m]))'
    return Group(
        name="training",
        alerts=(
            Alert(
                name="TrainingJobFailed",
                # What failed a day ago has been seen, and a failed job may lie there for long.
                expr=f"max by ({JOB}) ({failed}) == 1 unless max by ({JOB}) ({failed} offset 1d) == 1",
                severity=Severity.TICKET,
                owner=Owner.SERVICE,
                summary=f"{SHOWN}: {{{{ $value }}}} training job failed for good",
                missing=Missing.SILENT,
                noticed="EmitterMissing",
            ),
            Alert(
                name="TrainingJobStuck",
                expr=f"sum by ({JOB}) (max by ({JOB}, pod) ({PODS}) * on (namespace, pod) group_left () {cores})"
                f" < {bounds.stuck_cores:g} and {AT_WORK}",
                wait="30m",
                severity=Severity.TICKET,
                owner=Owner.SERVICE,
                summary=f"{SHOWN}: runs and does nothing: {{{{ $value | humanize }}}} cores in use",
                missing=Missing.SILENT,
                noticed="EmitterMissing",
            ),
            Alert(
                name="CheckpointOld",
                expr=f"time() - max by ({JOB}) (ml_platform_checkpoint_last_timestamp_seconds)"
                f" > {bounds.checkpoint_hours * 3600:g} and {AT_WORK}",
                wait="5m",
                severity=Severity.TICKET,
                owner=Owner.SERVICE,
                summary=f"{SHOWN}: its last checkpoint is {{{{ $value | humanizeDuration }}}} old",
                missing=Missing.SILENT,
                # A program that cannot be scraped has no time stamp, and its target is down.
                noticed="TargetsDown",
            ),
            Alert(
                name="TrainingQueueStalled",
                # What a queue cannot place is `inadmissible`, and waits quietly: also what is larger than the quota.
                # Jobs that wait for a full queue are no fault. Both replicas of Kueue say the same.
                expr="max by (cluster_queue) (sum by (cluster_queue, replica_role) (kueue_pending_workloads)) > 0"
                " unless sum by (cluster_queue) (increase(kueue_admitted_workloads_total[2h])) > 0"
                " unless max by (cluster_queue)"
                " (kueue_cluster_queue_resource_usage / kueue_cluster_queue_nominal_quota)"
                f" >= {bounds.queue_used:g}",
                wait="2h",
                severity=Severity.TICKET,
                owner=Owner.PLATFORM,
                summary="queue {{ $labels.cluster_queue }}: {{ $value }} jobs wait and none was admitted in two hours,"
                " though it has room",
                missing=Missing.SILENT,
                noticed="EmitterMissing",
            ),
        ),
    )
