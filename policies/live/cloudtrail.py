"""Trails, those of other regions that record this one too."""

from collections.abc import Iterator
from typing import Any

from policies._view import UNKNOWN, Resource
from policies.live._answers import pick, renamed, tags
from policies.live._camel import camel
from policies.live.reader import Reader, collects

_NAMES = {
    "name": "Name",
    "arn": "TrailARN",
    "s3BucketName": "S3BucketName",
    "isMultiRegionTrail": "IsMultiRegionTrail",
    "enableLogFileValidation": "LogFileValidationEnabled",
    "includeGlobalServiceEvents": "IncludeGlobalServiceEvents",
    "cloudWatchLogsGroupArn": "CloudWatchLogsLogGroupArn",
    "cloudWatchLogsRoleArn": "CloudWatchLogsRoleArn",
    "kmsKeyId": "KmsKeyId",
}


@collects("aws:cloudtrail/trail:Trail")
def trails(read: Reader) -> Iterator[Resource]:
    """Every trail that records the region."""

    def one(item: dict[str, Any]) -> Iterator[Resource]:
        arn = item["TrailARN"]
        selectors = read.get("cloudtrail", "get_event_selectors", TrailName=arn)
        plain, advanced = pick(selectors, "EventSelectors"), pick(selectors, "AdvancedEventSelectors")
        found = read.parts("cloudtrail", "list_tags", "ResourceTagList", ResourceIdList=[arn])
        properties = {
            **renamed(item, _NAMES),
            "enableLogging": pick(read.get("cloudtrail", "get_trail_status", Name=arn), "IsLogging"),
            "eventSelectors": _plain(plain),
            "advancedEventSelectors": _advanced(advanced),
            "tags": found if found is UNKNOWN else tags([tag for part in found for tag in part["TagsList"]]),
        }
        yield Resource("aws:cloudtrail/trail:Trail", arn, properties, protect=None)

    yield from read.each(one, read.list("cloudtrail", "describe_trails", "trailList"))


def _plain(selectors: Any) -> Any:
    return selectors if selectors is UNKNOWN else camel(selectors or [])


def _advanced(selectors: Any) -> Any:
    """Pulumi writes the operators in the plural: `StartsWith` as `startsWiths`, but `Equals` as `equals`."""
    if selectors is UNKNOWN:
        return UNKNOWN
    return [
        {
            "name": selector.get("Name"),
            "fieldSelectors": [
                {
                    "field": condition["Field"],
                    **{_plural(name): value for name, value in condition.items() if name != "Field" and value},
                }
                for condition in selector.get("FieldSelectors") or []
            ],
        }
        for selector in selectors or []
    ]


def _plural(name: str) -> str:
    first = f"{name[0].lower()}{name[1:]}"
    return first if first.endswith("quals") else f"{first}s"
