"""EKS-08: pods do not get the rights of their node."""

from policies._controls import cis_4, cis_7, nist
from policies._nodes import LAUNCH_TEMPLATE, NODE_CLASS
from policies._rule import Admission, Rule, Target
from policies._verdict import PASS, Verdict, require, require_if_set, worst
from policies._view import Resource, Stack
from policies.profiles import Severity


def _check(resource: Resource, stack: Stack) -> Verdict:
    karpenter = resource.type == NODE_CLASS
    options = "spec.metadataOptions" if karpenter else "metadataOptions"
    if resource.get(f"{options}.httpEndpoint") == "disabled":
        return PASS
    tokens, hops = f"{options}.httpTokens", f"{options}.httpPutResponseHopLimit"
    # Without a value the API server sets Karpenter's own, which does; EC2's does not.
    demand = require_if_set if karpenter else require
    return worst(
        [
            demand(resource, path, accept, wanted)
            for path, accept, wanted in (
                (tokens, lambda value: value == "required", "required"),
                (hops, lambda value: value == 1 and value is not True, "1"),
            )
        ]
    )


RULE = Rule(
    id="EKS-08",
    name="node-metadata-for-pods",
    title="Nodes answer questions about their instance with a token alone, and only to themselves.",
    why="The instance metadata service hands out the credentials of the node. Without tokens any program that can be "
    "made to fetch a URL hands them on; with a second hop every pod gets them.",
    instead="Set `httpTokens` to `required` and `httpPutResponseHopLimit` to 1 in the `metadataOptions`, and give pods "
    "their own rights by Pod Identity.",
    severity=Severity.HIGH,
    types=(LAUNCH_TEMPLATE, NODE_CLASS),
    controls=(*cis_4("5.7"), *cis_7("6.7"), *nist("AC-3", "AC-6")),
    check=_check,
    good="""
found = [{"tags": {"karpenter.sh/discovery": "ml"}}]
k8s.apiextensions.CustomResource(
    "training",
    api_version="karpenter.k8s.aws/v1",
    kind="EC2NodeClass",
    metadata={"name": "training"},
    spec={
        "role": "node",
        "amiSelectorTerms": [{"alias": "al2023@v20261023"}],
        "subnetSelectorTerms": found,
        "securityGroupSelectorTerms": found,
        "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
    },
)
aws.ec2.LaunchTemplate("system", metadata_options={"http_tokens": "required", "http_put_response_hop_limit": 1})
""",
    bad="""
found = [{"tags": {"karpenter.sh/discovery": "ml"}}]
k8s.apiextensions.CustomResource(
    "training",
    api_version="karpenter.k8s.aws/v1",
    kind="EC2NodeClass",
    metadata={"name": "training"},
    spec={
        "role": "node",
        "amiSelectorTerms": [{"alias": "al2023@v20261023"}],
        "subnetSelectorTerms": found,
        "securityGroupSelectorTerms": found,
        "metadataOptions": {"httpTokens": "optional", "httpPutResponseHopLimit": 2},
    },
)
aws.ec2.LaunchTemplate("system", metadata_options={"http_tokens": "optional", "http_put_response_hop_limit": 2})
""",
    admission=Admission(
        Target.NODE_CLASSES,
        {
            "object.spec.?metadataOptions.?httpEndpoint.orValue('') == 'disabled' || "
            "object.spec.?metadataOptions.?httpTokens.orValue('required') == 'required' && "
            "object.spec.?metadataOptions.?httpPutResponseHopLimit.orValue(1) == 1": "spec.metadataOptions must have "
            "httpTokens required and httpPutResponseHopLimit 1",
        },
    ),
)
