"""What an environment may cost, and who hears of it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _documents as documents
from components._component import MANDATORY_TAGS, Component

ACTUAL_PERCENT = (50, 80, 100)
FORECAST_PERCENT = (100,)
EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s.]+"


class NodeGroupStopArgs(TypedDict):
    """A managed node group that is scaled to zero."""

    cluster: pulumi.Input[str]
    """EKS cluster."""
    node_group: pulumi.Input[str]
    """Name of the node group."""
    node_group_arn: pulumi.Input[str]
    """ARN of the node group."""
    min_size: int
    """Least nodes while it runs."""
    max_size: int
    """Most nodes while it runs."""


class IdleStopArgs(TypedDict):
    """When idle capacity is stopped and started again; never in prod."""

    stop: str
    """When to stop, as EventBridge Scheduler has it: `cron(0 20 ? * MON-FRI *)`."""
    start: str
    """When to start again."""
    timezone: str
    """IANA time zone of both, for example `Europe/Berlin`."""
    database: NotRequired[pulumi.Input[str]]
    """Identifier of an RDS instance to stop. AWS starts it by itself after seven days."""
    database_arn: NotRequired[pulumi.Input[str]]
    """ARN of that instance."""
    node_group: NotRequired[NodeGroupStopArgs]
    """Node group to scale to zero."""


class CostGuardArgs(TypedDict):
    """Inputs of CostGuard."""

    monthly_limit_usd: int
    """Budget of everything tagged with the environment, US dollars a month."""
    topic_arns: Sequence[pulumi.Input[str]]
    """Topics that hear of thresholds and anomalies; `budgets` and `costalerts` must be allowed to publish."""
    tags: Mapping[str, str]
    """Mandatory tags; `environment` is also what is counted."""
    emails: NotRequired[Sequence[str]]
    """Addresses that hear of thresholds, besides the topics. Default: none."""
    service_limits_usd: NotRequired[Mapping[str, int]]
    """AWS service, as Cost Explorer names it, to a budget of its own in US dollars a month. Default: none."""
    anomaly_usd: NotRequired[int]
    """Least cost above the expected that is reported, US dollars. Default 100."""
    activate_tags: NotRequired[bool]
    """Activate the mandatory tags for cost allocation, as only a payer account may. Default false."""
    idle_stop: NotRequired[IdleStopArgs]
    """Stop idle capacity. Default: never."""


class CostGuard(Component):
    """Budgets that tell before the money is spent, an anomaly monitor, and a nightly stop of what nobody uses."""

    budget_names: pulumi.Output[list[str]]
    """Names of the budgets."""
    monitor_arn: pulumi.Output[str]
    """ARN of the anomaly monitor."""
    schedule_arns: pulumi.Output[list[str]]
    """ARNs of the schedules that stop and start; empty without `idle_stop`."""

    def __init__(self, name: str, args: CostGuardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        emails = list(args.get("emails", []))
        self._validate(args, emails)
        environment: Any = {"name": "TagKeyValue", "values": [f"user:environment${args['tags']['environment']}"]}
        limits = {"": int(args["monthly_limit_usd"]), **args.get("service_limits_usd", {})}
        budgets = [
            aws.budgets.Budget(
                "-".join(filter(None, [name, re.sub(r"\W+", "-", service).lower()])),
                budget_type="COST",
                time_unit="MONTHLY",
                limit_amount=str(int(limit)),
                limit_unit="USD",
                cost_filters=[environment, {"name": "Service", "values": [service]}] if service else [environment],
                notifications=[
                    {
                        "notification_type": kind,
                        "comparison_operator": "GREATER_THAN",
                        "threshold": percent,
                        "threshold_type": "PERCENTAGE",
                        "subscriber_sns_topic_arns": list(args["topic_arns"]),
                        "subscriber_email_addresses": emails,
                    }
                    for kind, percents in (("ACTUAL", ACTUAL_PERCENT), ("FORECASTED", FORECAST_PERCENT))
                    for percent in percents
                ],
                tags=self._tags,
                opts=self._child(),
            )
            for service, limit in limits.items()
        ]
        monitor = aws.costexplorer.AnomalyMonitor(
            name, monitor_type="DIMENSIONAL", monitor_dimension="SERVICE", tags=self._tags, opts=self._child()
        )
        aws.costexplorer.AnomalySubscription(
            name,
            frequency="IMMEDIATE",
            monitor_arn_lists=[monitor.arn],
            subscribers=[{"type": "SNS", "address": arn} for arn in args["topic_arns"]],
            threshold_expression={
                "dimension": {
                    "key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                    "match_options": ["GREATER_THAN_OR_EQUAL"],
                    "values": [str(int(args.get("anomaly_usd", 100)))],
                }
            },
            tags=self._tags,
            opts=self._child(),
        )
        for tag in (*MANDATORY_TAGS, "component") if args.get("activate_tags", False) else ():
            aws.costexplorer.CostAllocationTag(f"{name}-{tag}", tag_key=tag, status="Active", opts=self._child())
        schedules = self._idle_stop(args["idle_stop"]) if "idle_stop" in args else []
        self._finish(
            budget_names=pulumi.Output.all(*[budget.name for budget in budgets]),
            monitor_arn=monitor.arn,
            schedule_arns=pulumi.Output.all(*[schedule.arn for schedule in schedules]),
        )

    def _validate(self, args: CostGuardArgs, emails: Sequence[str]) -> None:
        label = f"CostGuard {self._name!r}"
        if not args["topic_arns"]:
            raise ValueError(f"{label}: topic_arns is empty, so nobody hears of a budget; allowed: at least one topic")
        if len(args["topic_arns"]) > 1 or len(emails) > 10:
            raise ValueError(f"{label}: AWS tells one topic and ten addresses of a budget; allowed: no more")
        for number, email in enumerate(emails):
            if not re.fullmatch(EMAIL, email):
                raise ValueError(f"{label}: emails[{number}] = {email!r}; allowed: an e-mail address")
        for path, limit in {
            "monthly_limit_usd": args["monthly_limit_usd"],
            **args.get("service_limits_usd", {}),
        }.items():
            if limit < 1:
                raise ValueError(f"{label}: {path} = {limit}; allowed: 1 or more US dollars")
        if (stop := args.get("idle_stop")) is None:
            return
        if args["tags"]["environment"] == "prod":
            raise ValueError(f"{label}: idle_stop is set in prod, which is never idle; remove it")
        if ("database" in stop) != ("database_arn" in stop) or not {"database", "node_group"} & set(stop):
            raise ValueError(f"{label}: idle_stop; allowed: database with database_arn, node_group, or both")

    def _idle_stop(self, stop: IdleStopArgs) -> "list[aws.scheduler.Schedule]":
        """Schedules that call the services themselves, under a role that may do nothing else."""
        name = f"{self._name}-idle"
        targets: list[tuple[str, str, str, pulumi.Input[str]]] = []
        resources: dict[str, pulumi.Input[str]] = {}
        if "database" in stop and "database_arn" in stop:
            document = pulumi.Output.json_dumps({"DbInstanceIdentifier": stop["database"]})
            targets += [("stop", "database", "rds:stopDBInstance", document)]
            targets += [("start", "database", "rds:startDBInstance", document)]
            resources["database"] = stop["database_arn"]
        if group := stop.get("node_group"):
            for verb, least, most in (("stop", 0, 0), ("start", int(group["min_size"]), int(group["max_size"]))):
                # A node group's most must be one or more, even while it has none.
                scaling = {"MinSize": least, "MaxSize": max(most, 1), "DesiredSize": least}
                document = pulumi.Output.json_dumps(
                    {"ClusterName": group["cluster"], "NodegroupName": group["node_group"], "ScalingConfig": scaling}
                )
                targets.append((verb, "nodes", "eks:updateNodegroupConfig", document))
            resources["nodes"] = group["node_group_arn"]
        role = self._service_role(name, "scheduler.amazonaws.com")
        grant = aws.iam.RolePolicy(
            name,
            role=role.name,
            policy=pulumi.Output.all(**resources).apply(lambda found: documents.render(idle_stop(found))),
            opts=self._child(),
        )
        return [
            aws.scheduler.Schedule(
                f"{self._name}-{verb}-{what}",
                schedule_expression=stop["stop"] if verb == "stop" else stop["start"],
                schedule_expression_timezone=stop["timezone"],
                flexible_time_window={"mode": "OFF"},
                target={
                    "arn": f"arn:aws:scheduler:::aws-sdk:{action}",
                    "role_arn": role.arn,
                    "input": document,
                    "retry_policy": {"maximum_retry_attempts": 3, "maximum_event_age_in_seconds": 3600},
                },
                opts=self._child([grant]),
            )
            for verb, what, action, document in targets
        ]


def idle_stop(resources: Mapping[str, str]) -> list[documents.Statement]:
    """Stop and start exactly these: `database`, `nodes`, each an ARN."""
    actions = {"database": ["rds:StartDBInstance", "rds:StopDBInstance"], "nodes": ["eks:UpdateNodegroupConfig"]}
    return [{"Effect": "Allow", "Action": actions[what], "Resource": arn} for what, arn in sorted(resources.items())]
