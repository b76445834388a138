"""What watches an account, by the resources that show it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from policies._verdict import PASS, Outcome, Verdict, fail, require, require_if_set, unknown, worst
from policies._view import ABSENT, Resource, Stack

Demand = Callable[[Resource], Verdict]
_LOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


@dataclass(frozen=True)
class Part:
    """A resource that an account needs one of.

    Attributes:
        type: Its type token.
        demands: What it must be like.
        what: What the account lacks without it.
    """

    type: str
    demands: Demand
    what: str

    def judge(self, resources: list[Resource]) -> Verdict:
        """The best verdict on those of the type; none at all fails."""
        found = {
            Outcome.UNKNOWN if resource.unread else self.demands(resource).outcome
            for resource in resources
            if resource.type == self.type
        }
        if Outcome.PASS in found:
            return PASS
        return unknown(self.what) if Outcome.UNKNOWN in found else fail(f"the account has no {self.what}")


def _all_on(*paths: str, default: Any = ABSENT) -> Demand:
    """All are true; one that is not set counts as `default`."""

    def demand(resource: Resource) -> Verdict:
        unset = [path for path in paths if resource.get(path) is ABSENT and default is True]
        return worst(require(resource, path, lambda on: on is True, "true") for path in paths if path not in unset)

    return demand


def _feature(*names: str) -> Demand:
    return lambda feature: worst(
        [
            require(feature, "name", lambda name: name in names, names[0]),
            require(feature, "status", lambda status: status == "ENABLED", "ENABLED"),
        ]
    )


def _external(analyzer: Resource) -> Verdict:
    kinds = ("ACCOUNT", "ORGANIZATION")
    return require_if_set(analyzer, "type", lambda kind: kind in kinds, " or ".join(kinds))


SERVICES: Mapping[str, tuple[Part, ...]] = {
    "config": (
        Part("aws:cfg/recorder:Recorder", _all_on("recordingGroup.allSupported", default=True), "whole recorder"),
        Part("aws:cfg/recorderStatus:RecorderStatus", _all_on("isEnabled"), "recorder that runs"),
    ),
    "guardduty": (
        Part("aws:guardduty/detector:Detector", _all_on("enable", default=True), "GuardDuty detector that runs"),
    ),
    "guardduty-eks": (
        Part("aws:guardduty/detectorFeature:DetectorFeature", _feature("EKS_AUDIT_LOGS"), "watch on EKS audit logs"),
        Part(
            "aws:guardduty/detectorFeature:DetectorFeature",
            _feature("RUNTIME_MONITORING", "EKS_RUNTIME_MONITORING"),
            "watch on what runs in EKS",
        ),
    ),
    "guardduty-rds": (
        Part("aws:guardduty/detectorFeature:DetectorFeature", _feature("RDS_LOGIN_EVENTS"), "watch on logins to RDS"),
    ),
    "security-hub": (Part("aws:securityhub/account:Account", lambda hub: PASS, "Security Hub"),),
    "access-analyzer": (Part("aws:accessanalyzer/analyzer:Analyzer", _external, "analyzer of external access"),),
    "ebs-encryption": (
        Part("aws:ebs/encryptionByDefault:EncryptionByDefault", _all_on("enabled", default=True), "volume encryption"),
    ),
    "public-access-block": (
        Part("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock", _all_on(*_LOCKS), "public access block"),
    ),
}
TYPES = tuple(dict.fromkeys(part.type for parts in SERVICES.values() for part in parts))


def beside(provider: Resource, stack: Stack) -> list[Resource]:
    """The account's services among a stack's resources, as far as they lie in the provider's region."""
    region = provider.get("region")
    return [resource for resource in stack.of_types(TYPES) if resource.provider.get("region", region) == region]
