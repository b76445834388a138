"""YACE, the CloudWatch exporter: what AWS says of the account's resources."""

from monitoring.metric import TARGET, Emitter

EMITTER = Emitter(
    name="yet-another-cloudwatch-exporter",
    version="0.62.1",
    target_labels=TARGET,
    source="prometheus-community/yet-another-cloudwatch-exporter, names by pkg/promutil/migrate.go",
    heartbeat="yace_cloudwatch_requests_total",
)
_RESOURCE = ("name", "account_id", "region")

METRICS = (
    EMITTER.counter("yace_cloudwatch_requests_total", "requests", "requests to CloudWatch"),
    EMITTER.gauge(
        "aws_backup_number_of_backup_jobs_completed_sum",
        "jobs",
        "backups that ended well in the last day",
        *_RESOURCE,
        "dimension_BackupVaultName",
    ),
    EMITTER.gauge(
        "aws_backup_number_of_backup_jobs_failed_sum",
        "jobs",
        "backups that failed in the last day",
        *_RESOURCE,
        "dimension_BackupVaultName",
    ),
    EMITTER.gauge(
        "aws_sqs_approximate_number_of_messages_visible_maximum",
        "messages",
        "messages that wait in a queue",
        *_RESOURCE,
        "dimension_QueueName",
    ),
    EMITTER.gauge(
        "aws_rds_free_storage_space_minimum",
        "bytes",
        "room left in a database",
        *_RESOURCE,
        "dimension_DBInstanceIdentifier",
    ),
)
