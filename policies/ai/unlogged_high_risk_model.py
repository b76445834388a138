"""AIG-04: what a model of risk tier high was asked and answered is kept."""

from collections.abc import Iterator

from policies._controls import ai_act, ai_rmf, iso_42001
from policies._pods import WORKLOADS
from policies._rule import Rule
from policies._verdict import PASS, Verdict
from policies._view import Resource, Stack
from policies.ai._facts import HIGH, Fact, admission, in_service, judge_model
from policies.ai._kept import kept
from policies.profiles import Severity

_LOG = Fact("inference-log", "s3://[!-~]+", "the s3:// URI below which requests and answers are kept")


def _check(workload: Resource, stack: Stack) -> Verdict:
    return in_service(stack) or judge_model(workload, stack, _demands(workload, stack), HIGH)


def _demands(workload: Resource, stack: Stack) -> Iterator[Verdict]:
    yield (named := _LOG.demand(workload))
    if named is PASS:
        yield kept(_LOG.of(workload), stack, stack.profile.audit_retention_days)


RULE = Rule(
    id="AIG-04",
    name="unlogged-high-risk-model",
    title="What a model of risk tier high is asked and answers is recorded, and kept as long as logs must be.",
    why="Whoever is harmed by a decision asks how it came about, often months later. Providers and deployers of "
    "high-risk systems have to keep automatic logs for six months at least.",
    instead="Capture the model (`capture.samplingPercent`) and keep captures for `audit_retention_days` of the profile "
    "or longer. No object lock is asked for: captures are data of people, who may have them erased.",
    severity=Severity.CRITICAL,
    types=WORKLOADS,
    controls=(
        *ai_act("Article 12", "Article 19", "Article 26(6)"),
        *iso_42001("A.6.2.8"),
        *ai_rmf("MEASURE 2.4"),
    ),
    check=_check,
    good="""
captures = aws.s3.Bucket("captures", bucket="captures-of-prod")
aws.s3.BucketLifecycleConfiguration(
    "captures",
    bucket=captures.bucket,
    rules=[{"id": "expire", "status": "Enabled", "expiration": {"days": 400}}],
)
k8s.core.v1.Pod(
    "fraud",
    metadata={
        "namespace": "vision",
        "labels": {"ml-platform/model": "fraud", "ml-platform/risk-tier": "high"},
        "annotations": {"ml-platform/inference-log": "s3://captures-of-prod/captures/fraud"},
    },
    spec={"containers": [{"name": "server", "image": "fraud"}]},
)
""",
    bad="""
k8s.core.v1.Pod(
    "fraud",
    metadata={
        "namespace": "vision",
        "labels": {"ml-platform/model": "fraud", "ml-platform/risk-tier": "high"},
    },
    spec={"containers": [{"name": "server", "image": "fraud"}]},
)
""",
    joins=True,
    parameters=("in_service", "audit_retention_days", "system_namespaces"),
    admission=admission([_LOG], HIGH, "!{in_service}"),
)
