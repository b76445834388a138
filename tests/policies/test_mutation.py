"""Every part of the platform that protects something, weakened: a rule notices at plan, or it is said why none does."""

import pytest

from policies._rule import Rule
from policies._verdict import Outcome
from policies._view import Resource, Stack
from policies.registry import RULES
from tests.policies.mutants import Mutant, mutants
from tests.policies.platform import planned

REFUSED = {Outcome.FAIL, Outcome.ERROR}
SURVIVORS = {
    "BucketLogging is missing": "the trail records the data events of every bucket, which S3-06 takes as well",
    "BucketPolicy policy does not deny DenyOldTls": "S3 itself ended TLS before 1.2; this is a second lock",
    "BucketPolicy policy does not deny DenyOverwritingReleases": "the platform's own way to release",
    "BucketPolicy policy does not deny DenyRetentionBypass": "its lock is in compliance mode, without bypass",
    "Deployment spec.template.spec.automountServiceAccountToken is true": "an own account may be asked for",
    "EventArchive retentionDays is 1.0": "an archive of events is there to replay them, not a record",
    "FirehoseDeliveryStream extendedS3Configuration.cloudwatchLoggingOptions.enabled is false": (
        "log of failed deliveries, which the metrics count as well"
    ),
    "Job spec.template.spec.automountServiceAccountToken is true": "an own account may be asked for",
    "LimitRange is missing": "K8S-04 demands of every container what a LimitRange would fill in",
    "NamespacePatch metadata.labels do not enforce pod security": "the audit of the cluster reads the namespace itself",
    "Policy policy does not deny Silencing": "a pipeline that takes an environment down has to stop what watches it",
    "ReplicationGroup snapshotRetentionLimit is 1.0": "the online store is filled again from the offline one",
    "ResourceQuota is missing": "K8S-05 demands quotas where there are GPUs",
    "Rollout spec.template.spec.automountServiceAccountToken is true": "an own account may be asked for",
    "Schedule kmsKeyArn is missing": "a schedule holds the name of what it starts, no data",
    "SecurityGroupEgressRule cidrIpv4 is 0.0.0.0/0": "the way out is limited by routes and endpoints, NET-04",
}
"""Mutants that no rule refuses, and why."""


@pytest.fixture(scope="module")
def platform() -> Stack:
    """Production as it is after an update, when everything is known."""
    return planned("prod", preview=False)


def refusals(rules: list[Rule], stack: Stack, resources: tuple[Resource, ...]) -> set[tuple[str, str, str]]:
    """Rule, resource and reason of every refusal."""
    return {
        (rule.id, resource.urn, verdict.message)
        for rule in rules
        for resource in resources
        if rule.covers(resource.type) and (verdict := rule.judge(resource, stack)).outcome in REFUSED
    }


def is_noticed(mutant: Mutant) -> bool:
    """Whether a rule refuses what it did not refuse before: rules that join ask everything, others the weakened one."""
    alone = [rule for rule in RULES if not rule.joins]
    weakened = () if mutant.changed is None else (mutant.stack.resources[mutant.changed],)
    if refusals(alone, mutant.stack, weakened):
        return True
    joined = [rule for rule in RULES if rule.joins]
    return any(refusals([rule], mutant.stack, mutant.stack.resources) for rule in joined)


def test_the_platform_is_not_refused_when_everything_is_known(platform: Stack) -> None:
    assert refusals(list(RULES), platform, platform.resources) == set()


def test_what_is_weakened_is_noticed(platform: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    found = list(mutants(platform, planned("prod")))
    survivors = {mutant.name for mutant in found if not is_noticed(mutant)}
    assert survivors == set(SURVIVORS)
    share = 1 - len(survivors) / len(found)
    with capsys.disabled():
        print(f"{len(found)} mutants, {share:.1%} noticed")
    assert share >= 0.95
