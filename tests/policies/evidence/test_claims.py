"""A rule supports a control of CIS only if it fails what the benchmark's own audit step would find."""

from typing import Any

import pytest

from policies._controls import Control, cis_4, cis_eks
from policies._verdict import Outcome
from policies._view import Resource
from policies.evidence.controls import Support, assess, results
from policies.evidence.frameworks import by_name
from policies.profiles import ENVIRONMENTS, PROFILES
from policies.registry import RULES
from tests.policies.world import judged, made

DATABASE, CLUSTER = "aws:rds/instance:Instance", "aws:eks/cluster:Cluster"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
POSTGRES = {"engine": "postgres", "engineVersion": "17", "instanceClass": "db.t4g.medium"}
PRIVATE = {"endpointPrivateAccess": True, "endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]}
SAFE = {"backupRetentionPeriod": 35, "deletionProtection": True, "finalSnapshotIdentifier": "a"}
SECRET = {"name": "A", "valueFrom": {"secretKeyRef": {"name": "a", "key": "a"}}}


def deployment(**container: Any) -> Resource:
    pods = {"spec": {"containers": [{"name": "main", "image": "a", **container}]}}
    meta = {"name": "a", "namespace": "vision"}
    return made("kubernetes:apps/v1:Deployment", "a", {"metadata": meta, "spec": {"template": pods}})


def role(verb: str, resource: str) -> Resource:
    rules = [{"apiGroups": ["*"], "resources": [resource], "verbs": [verb]}]
    kind = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
    return made(kind, "a", {"metadata": {"name": "a"}, "rules": rules})


BROKEN: list[Any] = [
    (*cis_4("2.2.1"), made(DATABASE, "a", {**POSTGRES, "storageEncrypted": False})),
    (*cis_4("2.2.2"), made(DATABASE, "a", {**POSTGRES, "autoMinorVersionUpgrade": False})),
    (*cis_4("2.2.3"), made(DATABASE, "a", {**POSTGRES, "publiclyAccessible": True})),
    (*cis_4("2.2.4"), made(DATABASE, "a", {**POSTGRES, **SAFE, "multiAz": False})),
    (*cis_4("3.2"), made("aws:cloudtrail/trail:Trail", "a", {"enableLogFileValidation": False})),
    (*cis_4("3.6"), made("aws:kms/key:Key", "a", {"enableKeyRotation": False})),
    (*cis_4("5.7"), made(TEMPLATE, "a", {"metadataOptions": {"httpTokens": "optional"}})),
    (*cis_eks("2.1.1"), made(CLUSTER, "a", {"enabledClusterLogTypes": ["api"]})),
    (*cis_eks("4.1.3"), role("get", "*")),
    (*cis_eks("4.2.1"), deployment(securityContext={"privileged": True})),
    (*cis_eks("4.2.5"), deployment(securityContext={"allowPrivilegeEscalation": True})),
    # It prefers files to variables, wherever the variable's value comes from.
    (*cis_eks("4.4.1"), deployment(env=[SECRET])),
    (*cis_eks("5.3.1"), made(CLUSTER, "a", {"encryptionConfig": None})),
    # It wants no public endpoint, however few networks may reach it.
    (*cis_eks("5.4.2"), made(CLUSTER, "a", {"vpcConfig": PRIVATE})),
]  # fmt: skip


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize(("control", "broken"), BROKEN, ids=lambda one: getattr(one, "control", ""))
def test_what_breaks_a_control_passes_no_rule_that_supports_it(
    control: Control, broken: Resource, environment: str
) -> None:
    rules = [one for one in RULES if control in one.supported(PROFILES[environment]) and one.covers(broken.type)]
    outcomes = {rule.id: judged(rule, broken, stack=environment)[0] for rule in rules}
    assert {name: outcome for name, outcome in outcomes.items() if outcome is not Outcome.FAIL} == {}


@pytest.mark.parametrize(
    ("name", "environment", "supported"),
    [("4.16", "dev", False), ("4.16", "prod", True), ("1.20", "dev", True), ("1.20", "local", False)],
)
def test_a_service_that_an_environment_goes_without_is_no_evidence(
    name: str, environment: str, supported: bool
) -> None:
    (control,) = cis_4(name)
    framework = by_name()[control.framework, control.version]
    found = assess(framework, results([]), PROFILES[environment])
    (one,) = (one for one in found if one.control == name)
    assert one.support is (Support.UNOBSERVED if supported else Support.NONE)
