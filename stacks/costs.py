"""What the environment may cost."""

from components import CostGuard, CostGuardArgs, Database
from stacks.foundation import Foundation
from stacks.wiring import Wiring

GPU_SERVICE = "Amazon Elastic Compute Cloud - Compute"
"""What Cost Explorer calls the instances that GPUs are in."""


def costs(wiring: Wiring, base: Foundation, database: Database | None) -> None:
    """Watch it, and stop the database while nobody uses it."""
    settings = wiring.settings
    if not (wanted := settings.costs) or base.topics is None:
        return
    limits = {**wanted.service_limits_usd, **({GPU_SERVICE: settings.gpu.monthly_limit_usd} if settings.gpu else {})}
    args: CostGuardArgs = {
        "monthly_limit_usd": wanted.monthly_limit_usd,
        "service_limits_usd": limits,
        "topic_arns": [base.topics["ticket"]],
        "emails": wanted.emails,
        "anomaly_usd": wanted.anomaly_usd,
        "activate_tags": wanted.activate_tags,
        "tags": wiring.tags("internal"),
    }
    if wanted.anomaly_monitor_arn:
        args["monitor_arn"] = wanted.anomaly_monitor_arn
    if wanted.idle_stop and database:
        args["idle_stop"] = {
            "stop": wanted.idle_stop.stop,
            "start": wanted.idle_stop.start,
            "timezone": wanted.idle_stop.timezone,
            "database": database.identifier,
            "database_arn": database.arn,
        }
    CostGuard("costs", args, wiring.opts)
