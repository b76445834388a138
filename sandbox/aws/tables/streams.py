"""Firehose, DynamoDB, Lambda, EventBridge Scheduler, Parameter Store."""

from sandbox.aws.kind import Call, Get, Kind, Listing

_SCHEDULE = {"Name": "{name}", "GroupName": "{groupName}"}

KINDS = (
    Kind(
        token="aws:scheduler/schedule:Schedule",
        client="scheduler",
        id="{groupName}/{name}",
        autoname="name",
        create=(Call("create_schedule", rename={"ScheduleArn": "arn"}),),
        update=(Call("update_schedule", _SCHEDULE),),
        read=(Get("get_schedule", _SCHEDULE),),
        delete=(Call("delete_schedule", _SCHEDULE),),
        computed=("arn",),
        defaults={"groupName": "default", "state": "ENABLED", "scheduleExpressionTimezone": "UTC"},
        listing=Listing("list_schedules", "Schedules", "Name"),
    ),
)
