"""What watches the account, and the account itself: a stack's provider, as rules see it."""

from collections.abc import Iterator
from typing import Any

from policies._view import ABSENT, UNKNOWN, Resource
from policies.live._answers import pick
from policies.live._camel import camel
from policies.live.reader import Reader, collects

_RECORDER, _STATUS = "aws:cfg/recorder:Recorder", "aws:cfg/recorderStatus:RecorderStatus"
_DETECTOR, _FEATURE = "aws:guardduty/detector:Detector", "aws:guardduty/detectorFeature:DetectorFeature"
_HUB, _ANALYZER = "aws:securityhub/account:Account", "aws:accessanalyzer/analyzer:Analyzer"
_ACCOUNT = "pulumi:providers:aws"
_VOLUMES = "aws:ebs/encryptionByDefault:EncryptionByDefault"
_BUCKETS = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
_LOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


@collects(_ACCOUNT, _VOLUMES, _BUCKETS)
def settings(read: Reader) -> Iterator[Resource]:
    """The account in this region, and the settings that every account has."""
    root = f"arn:aws:iam::{read.account}:root"
    yield Resource(_ACCOUNT, root, {"region": read.region}, protect=None)
    volumes = pick(read.get("ec2", "get_ebs_encryption_by_default"), "EbsEncryptionByDefault")
    yield Resource(_VOLUMES, root, {"enabled": volumes}, protect=None)
    absent = ["NoSuchPublicAccessBlockConfiguration"]
    block = read.get("s3control", "get_public_access_block", absent=absent, AccountId=read.account)
    # Without a configuration nothing is blocked.
    locks = {name: False if block is ABSENT else pick(block, "PublicAccessBlockConfiguration", name) for name in _LOCKS}
    yield Resource(_BUCKETS, root, camel(locks), protect=None)


@collects(_RECORDER, _STATUS)
def recorders(read: Reader) -> Iterator[Resource]:
    """Recorders of configuration, and whether they run."""
    for item in read.list("config", "describe_configuration_recorders", "ConfigurationRecorders"):
        properties = {"name": item["name"], "recordingGroup": camel(item.get("recordingGroup"))}
        yield Resource(_RECORDER, _urn(read, "config", item["name"]), properties, protect=None)
    for item in read.list("config", "describe_configuration_recorder_status", "ConfigurationRecordersStatus"):
        properties = {"name": item["name"], "isEnabled": item.get("recording", False)}
        yield Resource(_STATUS, _urn(read, "config", item["name"]), properties, protect=None)


@collects(_DETECTOR, _FEATURE)
def detectors(read: Reader) -> Iterator[Resource]:
    """GuardDuty, and what it looks at."""
    for id_ in read.list("guardduty", "list_detectors", "DetectorIds"):
        answer, urn = read.get("guardduty", "get_detector", DetectorId=id_), _urn(read, "guardduty", id_)
        status, features = pick(answer, "Status"), pick(answer, "Features")
        enabled = status if status is UNKNOWN else status == "ENABLED"
        yield Resource(_DETECTOR, urn, {"enable": enabled, "tags": pick(answer, "Tags")}, protect=None)
        for item in [UNKNOWN] if features is UNKNOWN else features or []:
            properties = {"detectorId": id_, "name": pick(item, "Name"), "status": pick(item, "Status")}
            yield Resource(_FEATURE, f"{urn}/{properties['name']}", properties, protect=None)


@collects(_HUB)
def hubs(read: Reader) -> Iterator[Resource]:
    """Security Hub, where it is on."""
    absent = ["InvalidAccessException", "ResourceNotFoundException"]
    answer = read.get("securityhub", "describe_hub", absent=absent)
    if answer is not ABSENT:
        unread = "the audit could not read whether Security Hub is on" if answer is UNKNOWN else ""
        yield Resource(_HUB, _urn(read, "securityhub", "hub/default"), protect=None, unread=unread)


@collects(_ANALYZER)
def analyzers(read: Reader) -> Iterator[Resource]:
    """Analyzers that work."""
    for item in read.list("accessanalyzer", "list_analyzers", "analyzers"):
        if item.get("status") == "ACTIVE":
            properties: dict[str, Any] = {"analyzerName": item["name"], "type": item["type"], "tags": item.get("tags")}
            yield Resource(_ANALYZER, item["arn"], properties, protect=None)


def _urn(read: Reader, service: str, name: str) -> str:
    return f"arn:aws:{service}:{read.region}:{read.account}:{name}"
