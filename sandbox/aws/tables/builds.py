"""AWS CodeBuild."""

from sandbox.aws.kind import Call, Kind, Tags

_PROJECT = {
    "cloudWatchLogs": "cloudwatchLogs",
    "queuedTimeoutInMinutes": "queuedTimeout",
    "timeoutInMinutes": "buildTimeout",
}
_FILTERS = {"filterGroups": lambda values: [one["filters"] for one in values.get("filterGroups", [])]}

KINDS = (
    Kind(
        token="aws:codebuild/project:Project",
        client="codebuild",
        id="arn:aws:codebuild:{region}:{account}:project/{name}",
        autoname="name",
        create=(Call("create_project", rename=_PROJECT),),
        update=(Call("update_project", {"name": "{name}"}, _PROJECT),),
        read=(),
        tags=Tags("update_project", "update_project", {}),
        outputs={"arn": "arn:aws:codebuild:{region}:{account}:project/{name}"},
        defaults={"badgeEnabled": False, "queuedTimeout": 480},
        emulated=False,  # moto makes projects, but does not change them
    ),
    Kind(
        token="aws:codebuild/webhook:Webhook",
        client="codebuild",
        id="{projectName}",
        create=(Call("create_webhook", _FILTERS, uses=("filterGroups",)),),
        update=(Call("update_webhook", {"projectName": "{id}", **_FILTERS}, uses=("filterGroups",)),),
        read=(),
        emulated=False,
    ),
)
