"""AUD-04: the account watches itself.

A stack's account is its provider: account and region that it works in. In an account that is read, the settings for
volumes and public access are always there, so that it is always judged.
"""

from functools import partial

from policies._controls import ai_rmf, cis_4, cis_7, nist
from policies._rule import Rule
from policies._verdict import Outcome, Verdict, not_applicable, worst
from policies._view import Resource, Stack
from policies.audit._services import SERVICES, beside
from policies.profiles import Profile, Severity

ACCOUNT = "pulumi:providers:aws"


def _check(account: Resource, stack: Stack) -> Verdict:
    found, wanted = beside(account, stack), stack.profile.account_services
    if not found:
        return not_applicable("the stack sets up no services of the account")
    verdicts = {name: worst(part.judge(found) for part in SERVICES[name]) for name in wanted}
    whole = worst(verdicts.values())
    lacking = tuple(name for name, verdict in verdicts.items() if verdict.outcome is Outcome.FAIL)
    return Verdict(whole.outcome, whole.message, lacking)


_CONTROLS = {
    "access-analyzer": ("1.20", "2.18"),
    "config": ("3.3", "4.3"),
    "ebs-encryption": ("5.1.1", "6.1.1"),
    "security-hub": ("4.16", "5.16"),
}
"""Service to the controls that ask for it, by their numbers in either version of the benchmark."""


def _demands(service: str, profile: Profile) -> bool:
    return service in profile.account_services


RULE = Rule(
    id="AUD-04",
    name="unguarded-account",
    title="An account records its configuration, looks for intruders and open doors, and closes both by default.",
    why="What nobody watches is found by others first: a change that no recorder holds cannot be traced, a bucket that "
    "became public is seen by whoever scans for it.",
    instead="Add the component `ThreatDetection`, or turn on the missing services once for the account. Leave out of "
    "`account_services` those that the account's organisation turns on and this stack does not create.",
    severity=Severity.HIGH,
    types=(ACCOUNT,),
    controls=(
        *cis_4("3.3", "4.16", "1.20", "5.1.1"),
        *cis_7("4.3", "5.16", "2.18", "6.1.1"),
        *nist("CA-7", "SI-4"),
        *ai_rmf("MANAGE 4.1"),
    ),
    check=_check,
    good="""
provider = aws.Provider("account", region="eu-central-1")
there = pulumi.ResourceOptions(provider=provider)
recorder = aws.cfg.Recorder("all", role_arn="arn:aws:iam::111122223333:role/config", opts=there)
aws.cfg.RecorderStatus("all", name=recorder.name, is_enabled=True, opts=there)
detector = aws.guardduty.Detector("all", enable=True, opts=there)
for feature in ("EKS_AUDIT_LOGS", "RDS_LOGIN_EVENTS", "RUNTIME_MONITORING"):
    aws.guardduty.DetectorFeature(feature, detector_id=detector.id, name=feature, status="ENABLED", opts=there)
aws.securityhub.Account("all", opts=there)
aws.accessanalyzer.Analyzer("all", analyzer_name="external", type="ACCOUNT", opts=there)
aws.ebs.EncryptionByDefault("all", enabled=True, opts=there)
locks = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
aws.s3.AccountPublicAccessBlock("all", **dict.fromkeys(locks, True), opts=there)
""",
    bad="""
provider = aws.Provider("account", region="eu-central-1")
aws.guardduty.Detector("all", enable=True, opts=pulumi.ResourceOptions(provider=provider))
""",
    parameters=("account_services",),
    joins=True,
    demanded={number: partial(_demands, service) for service, numbers in _CONTROLS.items() for number in numbers},
)
