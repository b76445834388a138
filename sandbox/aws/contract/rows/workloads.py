"""Who assumes the roles of pods and of pipelines."""

import json
from collections.abc import Iterator
from typing import Any

from sandbox.aws.contract.row import Call, Row
from sandbox.aws.contract.rows._parts import GUIDE
from sandbox.values import Properties

_CLUSTER = "arn:{partition}:eks:{region}:{account}:cluster/{clusterName}"
_PODS = "service pods.eks.amazonaws.com"
_SESSION = ("sts:AssumeRole", "sts:TagSession")
_TAG = "aws:RequestTag/kubernetes-"
_POD_IDENTITY = (
    f"{GUIDE}/eks/latest/userguide/pod-id-role.html",
    f"{GUIDE}/eks/latest/userguide/pod-id-abac.html",
)


def _pods(role: str, namespace: str, account: str) -> Call:
    sends = {
        "aws:SourceAccount": "{account}",
        "aws:SourceArn": _CLUSTER,
        f"{_TAG}namespace": namespace,
        f"{_TAG}service-account": account,
    }
    return Call(_PODS, _SESSION, role, sends, tuple((key,) for key in sends))


def _federated(values: Properties) -> tuple[Call, ...]:
    """Sign-ins through the identity providers that the trust policy names: one call for each subject."""
    found = json.loads(values["assumeRolePolicy"])["Statement"]
    return tuple(
        Call(
            f"federated {one['Principal']['Federated']}",
            ("sts:AssumeRoleWithWebIdentity",),
            "{arn}",
            {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": subject},
            ((f"{issuer}:aud",), (f"{issuer}:sub",)),
        )
        for one in found
        if "Federated" in one.get("Principal", {})
        for issuer, subject in _subjects(one)
    )


def _subjects(statement: dict[str, Any]) -> Iterator[tuple[str, str]]:
    keys = {key: value for one in statement.get("Condition", {}).values() for key, value in one.items()}
    issuer = statement["Principal"]["Federated"].partition(":oidc-provider/")[2]
    subjects = keys.get(f"{issuer}:sub", f"anything of {issuer}")
    for subject in [subjects] if isinstance(subjects, str) else subjects:
        yield issuer, subject


ROWS = (
    Row(
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
        "CreatePodIdentityAssociation",
        (_pods("{roleArn}", "{namespace}", "{serviceAccount}"),),
        _POD_IDENTITY,
        "InvalidParameterException: Trust policy of role is invalid",
    ),
    Row(
        "aws:eks/addon:Addon",
        "CreateAddon",
        (_pods("{podIdentityAssociations.*.roleArn}", "kube-system", "{podIdentityAssociations.*.serviceAccount}"),),
        (f"{GUIDE}/eks/latest/userguide/add-ons-iam.html", *_POD_IDENTITY),
        "InvalidParameterException: Trust policy of role is invalid",
    ),
    Row(
        "aws:iam/role:Role",
        "CreateRole",
        _federated,
        (
            f"{GUIDE}/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html#idp_oidc_Create_GitHub",
            f"{GUIDE}/eks/latest/userguide/iam-roles-for-service-accounts.html",
        ),
        document="assumeRolePolicy",
        advice=True,
    ),
)
