"""What the environment may cost."""

from components import CostGuard, CostGuardArgs, Notifications
from stacks._fields import Layer
from stacks.wiring import Wiring

DATABASE = "database"
"""Name of the component that is the database."""

GPU_SERVICE = "Amazon Elastic Compute Cloud - Compute"
"""What Cost Explorer calls the instances that GPUs are in."""


def costs(wiring: Wiring, topics: Notifications) -> None:
    """Create the budgets, and the schedules that stop the database, in the foundation.

    The database belongs to a layer above, so its ARN is derived from its name.
    """
    settings = wiring.settings
    if not (wanted := settings.costs):
        return
    limits = {**wanted.service_limits_usd, **({GPU_SERVICE: settings.gpu.monthly_limit_usd} if settings.gpu else {})}
    args: CostGuardArgs = {
        "monthly_limit_usd": wanted.monthly_limit_usd,
        "service_limits_usd": limits,
        "topic_arns": [topics.topic_arns["ticket"]],
        "emails": wanted.emails,
        "anomaly_usd": wanted.anomaly_usd,
        "activate_tags": wanted.activate_tags,
        "tags": wiring.tags("internal"),
    }
    if wanted.anomaly_monitor_arn:
        args["monitor_arn"] = wanted.anomaly_monitor_arn
    if wanted.idle_stop and settings.database:
        database = f"{settings.prefix(Layer.PLATFORM)}-{DATABASE}"
        args["idle_stop"] = {
            "stop": wanted.idle_stop.stop,
            "start": wanted.idle_stop.start,
            "timezone": wanted.idle_stop.timezone,
            "database": database,
            "database_arn": f"arn:aws:rds:{settings.region}:{settings.account}:db:{database}",
        }
    CostGuard("costs", args, wiring.opts)
