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


class IdleStopArgs(TypedDict):
    """When the database is stopped and started again; never in prod.

    Nodes are not stopped on a schedule. Karpenter runs on the system nodes; without it the nodes that it launched keep
    running, and no controller removes them. Karpenter removes nodes without pods by itself.
    """

    stop: str
    """When to stop, as EventBridge Scheduler has it: `cron(0 20 ? * MON-FRI *)`."""
    start: str
    """When to start again."""
    timezone: str
    """IANA time zone of both, for example `Europe/Berlin`."""
    database: pulumi.Input[str]
    """Identifier of the RDS instance to stop. AWS starts it by itself after seven days."""
    database_arn: pulumi.Input[str]
    """ARN of that instance."""


class CostGuardArgs(TypedDict):
    """Inputs of CostGuard."""

    monthly_limit_usd: int
    """Budget of the account, US dollars a month."""
    topic_arns: Sequence[pulumi.Input[str]]
    """Topics that hear of thresholds and anomalies; `budgets` and `costalerts` must be allowed to publish."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    emails: NotRequired[Sequence[str]]
    """Addresses that hear of thresholds, besides the topics. Default: none."""
    service_limits_usd: NotRequired[Mapping[str, int]]
    """AWS service, as Cost Explorer names it, to a budget of its own in US dollars a month. Default: none."""
    anomaly_usd: NotRequired[int]
    """Least cost above the expected that is reported, US dollars. Default 100."""
    monitor_arn: NotRequired[pulumi.Input[str]]
    """ARN of a cost anomaly monitor that the account already has, for example AWS's own `Default-Services-Monitor`. An
    account has room for one monitor of AWS services. Default: create that one."""
    activate_tags: NotRequired[bool]
    """Activate the mandatory tags for cost allocation. Only a payer account may, and only a day after Cost Explorer has
    first seen resources with these tags. They stay active when the component is destroyed. Default false."""
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
        # By account: a filter by tag counts nothing until the tag is active for cost allocation.
        account: Any = {"name": "LinkedAccount", "values": [self._caller()["account"]]}
        limits = {"": int(args["monthly_limit_usd"]), **args.get("service_limits_usd", {})}
        budgets = [
            aws.budgets.Budget(
                "-".join(filter(None, [name, re.sub(r"\W+", "-", service).lower()])),
                budget_type="COST",
                time_unit="MONTHLY",
                limit_amount=str(int(limit)),
                limit_unit="USD",
                cost_filters=[account, {"name": "Service", "values": [service]}] if service else [account],
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
        monitor_arn = args.get("monitor_arn") or self._monitor()
        aws.costexplorer.AnomalySubscription(
            name,
            frequency="IMMEDIATE",
            monitor_arn_lists=[monitor_arn],
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
            # Deactivating a tag would take it from the reports of the whole organization.
            aws.costexplorer.CostAllocationTag(
                f"{name}-{tag}", tag_key=tag, status="Active", opts=self._child(retain=True)
            )
        schedules = self._idle_stop(args["idle_stop"]) if "idle_stop" in args else []
        self._finish(
            budget_names=pulumi.Output.all(*[budget.name for budget in budgets]),
            monitor_arn=pulumi.Output.from_input(monitor_arn),
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
        if "idle_stop" in args and args["tags"]["environment"] == "prod":
            raise ValueError(f"{label}: idle_stop is set in prod, which is never idle; remove it")

    def _monitor(self) -> pulumi.Output[str]:
        return aws.costexplorer.AnomalyMonitor(
            self._name, monitor_type="DIMENSIONAL", monitor_dimension="SERVICE", tags=self._tags, opts=self._child()
        ).arn

    def _idle_stop(self, stop: IdleStopArgs) -> "list[aws.scheduler.Schedule]":
        """Schedules that call RDS themselves, under a role that may do nothing else."""
        name = f"{self._name}-idle"
        role = self._service_role(name, "scheduler.amazonaws.com")
        grant = aws.iam.RolePolicy(
            name,
            role=role.name,
            policy=pulumi.Output.from_input(stop["database_arn"]).apply(
                lambda arn: documents.render([idle_stop(arn)]),
            ),
            opts=self._child(),
        )
        partition = self._caller()["partition"]
        return [
            aws.scheduler.Schedule(
                f"{self._name}-{verb}-database",
                schedule_expression=when,
                schedule_expression_timezone=stop["timezone"],
                flexible_time_window={"mode": "OFF"},
                target={
                    "arn": pulumi.Output.concat("arn:", partition, f":scheduler:::aws-sdk:rds:{verb}DBInstance"),
                    "role_arn": role.arn,
                    "input": pulumi.Output.json_dumps({"DbInstanceIdentifier": stop["database"]}),
                    "retry_policy": {"maximum_retry_attempts": 3, "maximum_event_age_in_seconds": 3600},
                },
                opts=self._child([grant]),
            )
            for verb, when in (("stop", stop["stop"]), ("start", stop["start"]))
        ]


def idle_stop(database_arn: str) -> documents.Statement:
    """Stop and start exactly this database."""
    return documents.allow(["rds:StartDBInstance", "rds:StopDBInstance"], database_arn)
