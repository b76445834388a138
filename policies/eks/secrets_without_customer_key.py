"""EKS-03: Kubernetes secrets are encrypted with a key of the customer's."""

from policies._controls import cis_eks, nist
from policies._keys import require_customer_key
from policies._rule import Rule
from policies._verdict import Verdict, require, worst
from policies._view import Resource, Stack
from policies.profiles import Severity


def _check(cluster: Resource, stack: Stack) -> Verdict:
    secrets = require(cluster, "encryptionConfig.resources", lambda kinds: "secrets" in kinds, "a list with secrets")
    return worst([secrets, require_customer_key(cluster, "encryptionConfig.provider.keyArn")])


RULE = Rule(
    id="EKS-03",
    name="secrets-without-customer-key",
    title="A cluster encrypts its secrets with a customer-managed KMS key.",
    why="Tokens, passwords and certificates lie in the store of the control plane; with an own key every decryption "
    "is on record, and to withdraw the key is to withdraw them all.",
    instead="Set `encryptionConfig` with `resources` `secrets` and `provider.keyArn`. It cannot be changed later.",
    severity=Severity.HIGH,
    types=("aws:eks/cluster:Cluster",),
    controls=(*cis_eks("5.3.1"), *nist("SC-28(1)")),
    check=_check,
    good="""
key = aws.kms.Key("secrets", enable_key_rotation=True)
aws.eks.Cluster(
    "ml",
    role_arn="arn:aws:iam::111122223333:role/cluster",
    vpc_config={"subnet_ids": ["subnet-1", "subnet-2"]},
    encryption_config={"resources": ["secrets"], "provider": {"key_arn": key.arn}},
)
""",
    bad="""
aws.eks.Cluster(
    "ml", role_arn="arn:aws:iam::111122223333:role/cluster", vpc_config={"subnet_ids": ["subnet-1", "subnet-2"]}
)
""",
)
