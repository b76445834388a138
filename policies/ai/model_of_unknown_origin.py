"""AIG-01: of a served model it is known what it is, and where it comes from."""

from policies._controls import ai_act, ai_rmf, iso_42001
from policies._pods import WORKLOADS
from policies._rule import Rule
from policies._verdict import Verdict
from policies._view import Resource, Stack
from policies.ai._facts import ADDRESS, MODEL_DIGEST, VERSION, Fact, admission, demands, judge_model
from policies.profiles import Severity

_FACTS = (
    Fact("ai-system", "[a-z0-9-]+", "the name of an AI system in the inventory", "labels"),
    VERSION,
    Fact("model-uri", ADDRESS, "where the model's files are"),
    MODEL_DIGEST,
    Fact("training-run", wanted="the run that trained it"),
    Fact("dataset", wanted="the version of its training data"),
)


def _check(workload: Resource, stack: Stack) -> Verdict:
    return judge_model(workload, stack, demands(workload, _FACTS))


RULE = Rule(
    id="AIG-01",
    name="model-of-unknown-origin",
    title="A served model says which AI system, version, files, training run and data it is of.",
    why="When it answers wrongly, somebody has to find what it was trained on and by what, and every other model that "
    "has the same fault. A version that is a name, such as `latest`, was another one yesterday.",
    instead="Give ModelService or LlmService `system` and `provenance`; elsewhere, label and annotate the pods.",
    severity=Severity.HIGH,
    types=WORKLOADS,
    controls=(
        *ai_act("Article 10", "Article 11", "Article 12"),
        *ai_rmf("GOVERN 1.6", "MAP 4.2"),
        *iso_42001("A.6.2.5", "A.7.5"),
    ),
    check=_check,
    good="""
k8s.core.v1.Pod(
    "fraud",
    metadata={
        "namespace": "vision",
        "labels": {
            "ml-platform/model": "fraud",
            "ml-platform/version": "7",
            "ml-platform/ai-system": "payment-fraud",
        },
        "annotations": {
            "ml-platform/model-uri": "s3://artifacts/models/fraud/7",
            "ml-platform/model-digest": "sha256:" + "0" * 64,
            "ml-platform/training-run": "0123456789abcdef",
            "ml-platform/dataset": "payments@2026-10",
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
        "labels": {"ml-platform/model": "fraud", "ml-platform/version": "latest"},
        "annotations": {"ml-platform/model-uri": "s3://artifacts/models/fraud/latest"},
    },
    spec={"containers": [{"name": "server", "image": "fraud"}]},
)
""",
    parameters=("system_namespaces",),
    admission=admission(_FACTS),
)
