"""What the environment may cost."""

from components import Cluster, CostGuard, CostGuardArgs, Database, IdleStopArgs
from stacks.foundation import Foundation
from stacks.wiring import Wiring

GPU_SERVICE = "Amazon Elastic Compute Cloud - Compute"
"""What Cost Explorer calls the instances that GPUs are in."""


def costs(wiring: Wiring, base: Foundation, database: Database | None, cluster: Cluster | None) -> None:
    """Watch it, and stop what is idle."""
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
    if wanted.idle_stop and (database or cluster):
        stop: IdleStopArgs = {
            "stop": wanted.idle_stop.stop,
            "start": wanted.idle_stop.start,
            "timezone": wanted.idle_stop.timezone,
        }
        if database:
            stop["database"] = database.identifier
            stop["database_arn"] = database.arn
        if cluster and settings.cluster:
            stop["node_group"] = {
                "cluster": cluster.cluster_name,
                "node_group": cluster.node_group_name,
                "node_group_arn": cluster.node_group_arn,
                "min_size": settings.cluster.system_nodes.min,
                "max_size": settings.cluster.system_nodes.max,
            }
        args["idle_stop"] = stop
    CostGuard("costs", args, wiring.opts)
