"""YACE, the CloudWatch exporter: what AWS says of the account's resources.

It asks every five minutes for the last whole period before that, so a gauge is up to one period and five minutes old
(pkg/job/getmetricdata/windowcalculator.go). A statistic without data is 0 for sums, and no number otherwise.
"""

from monitoring.label import REGION, TARGET, Label, formed, known, named
from monitoring.metric import Emitter, Metric

EMITTER = Emitter(
    name="yet-another-cloudwatch-exporter",
    version="0.67.0",
    target_labels=TARGET,
    source="prometheus-community/yet-another-cloudwatch-exporter, names by pkg/promutil/migrate.go",
    heartbeat="yace_cloudwatch_requests_total",
)
_RESOURCE = (
    named("name", "arn:aws:service:eu-central-1:111111111111:resource/a"),
    formed("account_id", r"[0-9]{12}", "111111111111"),
    REGION,
)
_QUEUE = formed(
    "dimension_QueueName",
    r"[\w-]+(\.fifo)?",
    *("retraining.fifo", "retraining-dead-letter.fifo", "batch-undelivered", "karpenter-interruption"),
    source="components/retraining_bus.py, components/batch_inference.py",
)
_DATABASE = named("dimension_DBInstanceIdentifier", "database")
_CACHE = named("dimension_CacheClusterId", "features-001")
_STREAM = named("dimension_DeliveryStreamName", "captures")
_BALANCER = formed("dimension_LoadBalancer", r"app/[\w-]+/[0-9a-f]+", "app/k8s-mlplatform/0a1b2c3d4e5f6071")
_GROUP = formed(
    "dimension_TargetGroup", r"targetgroup/[\w-]+/[0-9a-f]+", "targetgroup/k8s-vision-fraud/0a1b2c3d4e5f6071"
)
_BEHIND = formed(
    "tag_ingress_k8s_aws_resource",
    r"[a-z0-9-]+/[a-z0-9.-]+:[a-z0-9-]+",
    "vision/fraud-fraud:http",
    source="kubernetes-sigs/aws-load-balancer-controller, docs/guide/tasks/migrate_v1_v2.md",
)


def _of(name: str, unit: str, text: str, *labels: Label) -> Metric:
    return EMITTER.gauge(name, unit, text, *_RESOURCE, *labels)


_VAULT = (
    named("dimension_BackupVaultName", "backups"),
    known(
        "dimension_ResourceType",
        *("RDS", "S3", "EFS", "EBS", "EC2", "DynamoDB", "Aurora", "FSx"),
        examples=("RDS", "S3"),
        source="https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html",
    ),
)

METRICS = (
    EMITTER.counter(
        "yace_cloudwatch_requests_total",
        "requests",
        "requests to CloudWatch",
        known(
            "api_name",
            *("ListMetrics", "GetMetricData", "GetMetricStatistics"),
            source=f"{EMITTER.name} v{EMITTER.version}, pkg/clients/cloudwatch/client.go",
        ),
    ),
    _of("aws_backup_number_of_backup_jobs_completed_sum", "jobs", "backups that ended well in an hour", *_VAULT),
    _of("aws_backup_number_of_backup_jobs_failed_sum", "jobs", "backups that failed in an hour", *_VAULT),
    _of("aws_sqs_approximate_number_of_messages_visible_maximum", "messages", "messages that wait in a queue", _QUEUE),
    _of("aws_sqs_approximate_age_of_oldest_message_maximum", "seconds", "age of the oldest message", _QUEUE),
    _of("aws_rds_free_storage_space_minimum", "bytes", "room left in a database", _DATABASE),
    _of("aws_rds_cpuutilization_average", "percent", "processor time that a database uses", _DATABASE),
    _of("aws_rds_database_connections_maximum", "connections", "connections to a database", _DATABASE),
    _of("aws_elasticache_database_memory_usage_percentage_maximum", "percent", "memory that a cache uses", _CACHE),
    _of("aws_firehose_delivery_to_s3_data_freshness_maximum", "seconds", "age of what is not delivered", _STREAM),
    _of(
        "aws_applicationelb_healthy_host_count_maximum",
        "targets",
        "targets of a group that the load balancer sends requests to",
        _BALANCER,
        _GROUP,
        _BEHIND,
    ),
    _of(
        "aws_applicationelb_un_healthy_host_count_minimum",
        "targets",
        "targets of a group whose health check fails",
        _BALANCER,
        _GROUP,
        _BEHIND,
    ),
    _of("aws_applicationelb_request_count_sum", "requests", "requests in five minutes", _BALANCER),
    _of(
        "aws_applicationelb_httpcode_elb_5_xx_count_sum",
        "requests",
        "requests in five minutes that the load balancer itself answered with 5xx",
        _BALANCER,
    ),
)
