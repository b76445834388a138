from google.protobuf.json_format import ParseDict
from pulumi.runtime import proto, rpc

from policies._decode import resource_of
from policies._verdict import Outcome
from policies._view import Stack
from policies.workloads.namespace_without_default_deny import RULE


def namespace(properties: dict, kubeconfig: str) -> proto.AnalyzerResource:
    return ParseDict(
        {
            "type": "kubernetes:core/v1:Namespace",
            "urn": "urn:pulumi:prod::ml-platform::kubernetes:core/v1:Namespace::vision",
            "properties": properties,
            "provider": {"type": "pulumi:providers:kubernetes", "properties": {"kubeconfig": kubeconfig}},
        },
        proto.AnalyzerResource(),
    )


def test_what_a_provider_makes_that_is_not_configured_yet_is_not_known() -> None:
    """The engine has no outputs of it before the cluster is there: nothing at all, which is not the same as empty."""
    made = resource_of(namespace({}, rpc.UNKNOWN))
    verdict = RULE.judge(made, Stack("prod", (made,)))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.message == "its provider is not configured before the update"


def test_what_a_configured_provider_makes_is_what_it_says() -> None:
    made = resource_of(namespace({}, "one"))
    assert RULE.judge(made, Stack("prod", (made,))).outcome is Outcome.FAIL
