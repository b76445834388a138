"""AIG-12: of a model in service it can be looked up how it was built."""

from policies._controls import ai_act, iso_42001, nist
from policies._pods import WORKLOADS
from policies._rule import Rule
from policies._verdict import Verdict
from policies._view import Resource, Stack
from policies.ai._facts import ADDRESS, Fact, admission, in_service, judge_model
from policies.profiles import Severity

_ATTESTATION = Fact("attestation", ADDRESS, "where the attestation of its build is")


def _check(workload: Resource, stack: Stack) -> Verdict:
    return in_service(stack) or judge_model(workload, stack, [_ATTESTATION.demand(workload)])


RULE = Rule(
    id="AIG-12",
    name="unattested-model",
    title="A model in service names the signed attestation of how it was built.",
    why="A digest says that files are the same as before, not who made them. Whether the signature is right this rule "
    "does not ask: that takes a verifier in the cluster, such as the policy controller of Sigstore.",
    instead="Attest the build in its pipeline, and give `provenance.attestation` the address.",
    severity=Severity.MEDIUM,
    types=WORKLOADS,
    controls=(*nist("SI-7"), *ai_act("Article 15"), *iso_42001("A.10.3")),
    check=_check,
    good="""
k8s.core.v1.Pod(
    "churn",
    metadata={
        "namespace": "vision",
        "labels": {"ml-platform/model": "churn"},
        "annotations": {"ml-platform/attestation": "oci://registry.example.com/churn@sha256:" + "0" * 64},
    },
    spec={"containers": [{"name": "server", "image": "churn"}]},
)
""",
    bad="""
k8s.core.v1.Pod(
    "churn",
    metadata={"namespace": "vision", "labels": {"ml-platform/model": "churn"}},
    spec={"containers": [{"name": "server", "image": "churn"}]},
)
""",
    parameters=("in_service", "system_namespaces"),
    admission=admission([_ATTESTATION], unless="!{in_service}"),
)
