"""What an auditor asks for: that the controls work, and since when."""

from monitoring.alerts.account import BACKUPS
from monitoring.dashboards.board import Board, Row, Unit, graph, number

_DAY = 24 * 60 * 60
FAILED = "aws_backup_number_of_backup_jobs_failed_sum"


def _of_a_day(jobs: str, by: str = "") -> str:
    """Backup jobs of a day: a sample is of an hour, and there are some in each hour."""
    return f"sum {by} (avg_over_time({jobs}[1d])) * 24"


BOARD = Board(
    name="compliance",
    title="Compliance",
    text="Whether controls that must work do: backups, certificates, secrets, oversight of models, alerting itself.",
    rows=(
        Row(
            title="Now",
            panels=(
                number(
                    "Backups in a day",
                    Unit.NUMBER,
                    "Backups that ended well.",
                    f"round({_of_a_day(BACKUPS)})",
                ),
                number(
                    "Backups failed",
                    Unit.NUMBER,
                    "In the last day; allowed: none.",
                    f"round({_of_a_day(FAILED)})",
                    bad=1,
                ),
                number(
                    "Days of certificates",
                    Unit.NUMBER,
                    "Until the first certificate ends.",
                    f"min(certmanager_certificate_expiration_timestamp_seconds - time()) / {_DAY}",
                ),
                number(
                    "Secrets out of step",
                    Unit.NUMBER,
                    "Secrets that are not what Secrets Manager has.",
                    'count(externalsecret_status_condition{condition="Ready", status="False"} == 1) or vector(0)',
                    bad=1,
                ),
                number(
                    "Models without a verdict",
                    Unit.NUMBER,
                    "Versions that the drift job has not judged for a day.",
                    f"count(time() - ml_platform_drift_last_run_timestamp_seconds > {_DAY}) or vector(0)",
                    bad=1,
                ),
                number(
                    "Alerting configured",
                    Unit.NUMBER,
                    "1: Alertmanager works by the configuration that was given last.",
                    "min(alertmanager_config_last_reload_successful)",
                ),
            ),
        ),
        Row(
            title="Data",
            panels=(
                graph(
                    "Backups",
                    Unit.NUMBER,
                    "In the last day, by vault.",
                    (
                        _of_a_day(BACKUPS, "by (dimension_BackupVaultName)"),
                        "{{dimension_BackupVaultName}} completed",
                    ),
                    (
                        _of_a_day(FAILED, "by (dimension_BackupVaultName)"),
                        "{{dimension_BackupVaultName}} failed",
                    ),
                ),
                graph(
                    "Certificates",
                    Unit.NUMBER,
                    "Days until each ends.",
                    (
                        "min by (namespace, name) "
                        f"((certmanager_certificate_expiration_timestamp_seconds - time()) / {_DAY})",
                        "{{namespace}}/{{name}}",
                    ),
                ),
                graph(
                    "Secrets",
                    Unit.NUMBER,
                    "Failures an hour to fetch one.",
                    (
                        "sum by (namespace, name) (increase(externalsecret_sync_calls_error[1h]))",
                        "{{namespace}}/{{name}}",
                    ),
                ),
            ),
        ),
        Row(
            title="Oversight of models",
            panels=(
                graph(
                    "Versions in service",
                    Unit.NUMBER,
                    "Each version that answers; what is not approved must not be here.",
                    (
                        "count by (model, version) (count by (model, version, pod) (rest_server_requests_in_progress))",
                        "{{model}} {{version}}",
                    ),
                ),
                graph(
                    "Age of verdicts",
                    Unit.SECONDS,
                    "Time since each version was judged for drift.",
                    (
                        "max by (model, version) (time() - ml_platform_drift_last_run_timestamp_seconds)",
                        "{{model}} {{version}}",
                    ),
                ),
                graph(
                    "Age of true outcomes",
                    Unit.SECONDS,
                    "Without them quality in use is not known.",
                    (
                        "max by (model, version) (time() - ml_platform_ground_truth_last_timestamp_seconds)",
                        "{{model}} {{version}}",
                    ),
                ),
                graph(
                    "Failed data checks",
                    Unit.SHARE,
                    "By version.",
                    (
                        "max by (model, version) (ml_platform_data_quality_failed_share)",
                        "{{model}} {{version}}",
                    ),
                ),
                graph(
                    "What happened to rollouts",
                    Unit.NUMBER,
                    "An hour, by kind: every change of a version in service is one.",
                    ("sum by (reason) (increase(rollout_events_total[1h]))", "{{reason}}"),
                ),
                graph(
                    "Analyses that refused",
                    Unit.NUMBER,
                    "Analyses in the cluster that failed or had an error; each sent a version back.",
                    ('sum(analysis_run_info{phase=~"Failed|Error"}) or vector(0)', "failed"),
                ),
            ),
        ),
        Row(
            title="Alerting",
            panels=(
                graph(
                    "Alerts",
                    Unit.NUMBER,
                    "That Alertmanager has, by state.",
                    ("sum by (state) (alertmanager_alerts)", "{{state}}"),
                ),
                graph(
                    "Messages that got through",
                    Unit.SHARE,
                    "By integration; below 1 some did not arrive.",
                    (
                        "1 - sum by (integration) (increase(alertmanager_notifications_failed_total[1h]))"
                        " / sum by (integration) (increase(alertmanager_notifications_total[1h]))",
                        "{{integration}}",
                    ),
                ),
                graph(
                    "Rules that failed",
                    Unit.NUMBER,
                    "Failed evaluations an hour, by group of rules; allowed: none. A rule that fails cannot alert, so"
                    " the alert RulesFailing opens a ticket after ten minutes. The log of Prometheus names the cause.",
                    (
                        "sum by (rule_group) (increase(prometheus_rule_evaluation_failures_total[1h]))",
                        "{{rule_group}}",
                    ),
                ),
            ),
        ),
    ),
)
