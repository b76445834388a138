"""AIG-06: a model of risk tier limited or high has a model card, which stays what it was."""

from collections.abc import Iterator

from policies._controls import ai_act, ai_rmf, iso_42001
from policies._pods import WORKLOADS
from policies._rule import Rule
from policies._verdict import Verdict
from policies._view import Resource, Stack
from policies.ai._facts import ADDRESS, DIGEST, HIGH, LIMITED, Fact, admission, demands, judge_model
from policies.ai._kept import kept
from policies.profiles import Severity

_CARD = Fact("model-card", ADDRESS, "the address of its model card")
_FACTS = (_CARD, Fact("model-card-digest", DIGEST, "the digest of the card, sha256:..."))


def _check(workload: Resource, stack: Stack) -> Verdict:
    return judge_model(workload, stack, _demands(workload, stack), HIGH + LIMITED)


def _demands(workload: Resource, stack: Stack) -> Iterator[Verdict]:
    yield from demands(workload, _FACTS)
    yield kept(_CARD.of(workload), stack, stack.profile.documentation_days)


RULE = Rule(
    id="AIG-06",
    name="model-without-card",
    title="A model of risk tier limited or high has a model card with its digest, in a bucket that keeps it.",
    why="Who uses a model has to know what it is for, how good it is and where it fails. A card that can be changed "
    "afterwards says what is convenient; documents of high-risk systems are kept for ten years.",
    instead="Write the card into the model's folder as `README.md`, and give `provenance.card` its digest.",
    severity=Severity.HIGH,
    types=WORKLOADS,
    controls=(
        *ai_act("Article 11", "Article 13", "Article 18"),
        *iso_42001("A.6.2.7", "A.8.2"),
        *ai_rmf("MEASURE 2.8"),
    ),
    check=_check,
    good="""
k8s.core.v1.Pod(
    "fraud",
    metadata={
        "namespace": "vision",
        "labels": {"ml-platform/model": "fraud", "ml-platform/risk-tier": "high"},
        "annotations": {
            "ml-platform/model-card": "s3://artifacts/models/fraud/7/README.md",
            "ml-platform/model-card-digest": "sha256:" + "0" * 64,
        },
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
        "annotations": {"ml-platform/model-card": "s3://artifacts/models/fraud/7/README.md"},
    },
    spec={"containers": [{"name": "server", "image": "fraud"}]},
)
""",
    joins=True,
    parameters=("documentation_days", "system_namespaces"),
    admission=admission(_FACTS, HIGH + LIMITED),
)
