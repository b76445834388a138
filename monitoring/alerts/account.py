"""What AWS does for the platform: backups, queues, the database, the store of features, delivery, the load balancer."""

from typing import Any

from monitoring.rule import Alert, Group, Missing, Owner, Recording, Severity
from monitoring.watched import Watched

EXPORTER = "yet-another-cloudwatch-exporter"
BACKUPS = "aws_backup_number_of_backup_jobs_completed_sum"
LETTERS = '".*(dead-letter|undelivered).*"'
"""Names of queues of what was tried in vain."""
DATABASE, QUEUE = "dimension_DBInstanceIdentifier", "dimension_QueueName"
GROUP, STREAM, CACHE = "dimension_TargetGroup", "dimension_DeliveryStreamName", "dimension_CacheClusterId"
BEHIND = "tag_ingress_k8s_aws_resource"
ROOM, CONNECTIONS = "ml_platform:database:gib", "ml_platform:database:connections"


def _database(watched: Watched) -> tuple[tuple[Recording, ...], tuple[Alert, ...]]:
    """The database, against its own size and class."""
    if not (found := watched.database):
        return (), ()
    bounds, common = watched.thresholds, _common(Severity.TICKET)
    recordings, connections = [Recording(name=ROOM, expr=f"vector({found.gib:.10g})")], tuple[Alert, ...]()
    if found.connections:
        recordings.append(Recording(name=CONNECTIONS, expr=f"vector({found.connections:.10g})"))
        connections = (
            Alert(
                name="DatabaseConnectionsHigh",
                expr=f"max by ({DATABASE}) (aws_rds_database_connections_maximum)"
                f" / on () group_left () {CONNECTIONS} > {bounds.connections_used:g}",
                wait="15m",
                summary=f"{{{{ $labels.{DATABASE} }}}}: {{{{ $value | humanizePercentage }}}} of its connections are in"
                " use",
                **common,
            ),
        )
    return (
        tuple(recordings),
        (
            Alert(
                name="DatabaseFull",
                # RDS adds storage once a tenth of it or less is free. If it stays so, RDS cannot, or may not.
                expr=f"min by ({DATABASE}) (aws_rds_free_storage_space_minimum)"
                f" / 1024 ^ 3 / on () group_left () {ROOM} < {bounds.database_free:g}",
                wait="1h",
                summary=f"{{{{ $labels.{DATABASE} }}}}: {{{{ $value | humanizePercentage }}}} of its first storage is"
                " free",
                **common,
            ),
            Alert(
                name="DatabaseBusy",
                expr=f"max by ({DATABASE}) (aws_rds_cpuutilization_average) > {bounds.database_cpu_percent:g}",
                wait="30m",
                summary=f"{{{{ $labels.{DATABASE} }}}}: {{{{ $value | humanize }}}} % of its processors are in use",
                **common,
            ),
            *connections,
        ),
    )


def _common(severity: Severity) -> dict[str, Any]:
    return {
        "severity": severity,
        "owner": Owner.PLATFORM,
        "missing": Missing.SILENT,
        "noticed": "EmitterMissing",
    }


def _backup(watched: Watched) -> tuple[Alert, ...]:
    if not watched.backups:
        return ()
    backup = Alert(
        name="BackupMissing",
        # A sample is of an hour: a night that is missed is missed 26 hours after the last that was not.
        expr=f"sum(max_over_time({BACKUPS}[26h])) < 1 or absent_over_time({BACKUPS}[26h])",
        wait="1h",
        severity=Severity.TICKET,
        owner=Owner.PLATFORM,
        summary="no backup came to an end in the last 26 hours ({{ $value }})",
        missing=Missing.FIRES,
    )
    return (backup,)


def _queues(watched: Watched) -> tuple[Alert, ...]:
    common = _common(Severity.TICKET)
    return (
        Alert(
            name="RequestsUndelivered",
            expr=f"max by ({QUEUE}) (aws_sqs_approximate_number_of_messages_visible_maximum{{{QUEUE}=~{LETTERS}}}) > 0",
            wait="10m",
            summary=f"{{{{ $labels.{QUEUE} }}}}: {{{{ $value }}}} requests were tried in vain",
            **common,
        ),
        Alert(
            name="RequestsWaiting",
            expr=f"max by ({QUEUE}) (aws_sqs_approximate_age_of_oldest_message_maximum{{{QUEUE}!~{LETTERS}}})"
            f" > {watched.thresholds.message_hours * 3600:g}",
            wait="15m",
            summary=f"{{{{ $labels.{QUEUE} }}}}: a request waits for {{{{ $value | humanizeDuration }}}}; no program"
            " takes it",
            **common,
        ),
        Alert(
            name="DeliveryLate",
            expr=f"max by ({STREAM}) (aws_firehose_delivery_to_s3_data_freshness_maximum)"
            f" > {watched.thresholds.delivery_minutes * 60:g}",
            wait="10m",
            summary=f"{{{{ $labels.{STREAM} }}}}: its oldest record waits for {{{{ $value | humanizeDuration }}}} to be"
            " written to S3",
            **common,
        ),
        Alert(
            name="FeatureStoreFull",
            expr=f"max by ({CACHE}) (aws_elasticache_database_memory_usage_percentage_maximum)"
            f" > {watched.thresholds.cache_percent:g}",
            wait="15m",
            summary=f"{{{{ $labels.{CACHE} }}}}: {{{{ $value | humanize }}}} % of its memory is in use",
            **common,
        ),
    )


def _balancer(watched: Watched) -> tuple[Alert, ...]:
    """What users of the load balancer see, whatever the pods say of themselves."""
    common = _common(Severity.PAGE)
    failed = "sum by (dimension_LoadBalancer) (aws_applicationelb_httpcode_elb_5_xx_count_sum)"
    passed = "sum by (dimension_LoadBalancer) (aws_applicationelb_request_count_sum)"
    return (
        Alert(
            name="ServiceUnreachable",
            # An empty group, as of a preview, is no fault; ServiceDown knows of pods that are not there.
            expr=f"min by ({GROUP}, {BEHIND}) (aws_applicationelb_un_healthy_host_count_minimum) > 0"
            f" unless max by ({GROUP}, {BEHIND}) (aws_applicationelb_healthy_host_count_maximum) > 0",
            wait="5m",
            summary=f"{{{{ $labels.{BEHIND} }}}}: the load balancer finds all of {{{{ $value }}}} targets unhealthy",
            **common,
        ),
        Alert(
            name="BalancerFailing",
            # `RequestCount` has only requests for which a target was found.
            expr=f"{failed} / ({failed} + {passed}) > {watched.thresholds.balancer_errors:g}"
            f" and {failed} >= {watched.thresholds.min_failures:g}",
            wait="5m",
            summary="{{ $labels.dimension_LoadBalancer }}: the load balancer itself answers"
            " {{ $value | humanizePercentage }} of requests with 5xx",
            **common,
        ),
    )


def group(watched: Watched) -> Group:
    """Alerts of the account; none where nothing asks CloudWatch."""
    if EXPORTER not in watched.emitters:
        return Group(name="account")
    recordings, database = _database(watched)
    alerts = (*_backup(watched), *_queues(watched), *database, *_balancer(watched))
    return Group(name="account", recordings=recordings, alerts=alerts)
