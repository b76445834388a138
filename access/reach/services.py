"""How AWS services are reached from a VPC, as data."""

from dataclasses import dataclass

ENDPOINTS = {
    "backup": "backup",
    "cloudwatch": "monitoring",
    "elasticloadbalancing": "elasticloadbalancing",
    "firehose": "kinesis-firehose",
    "tag": "tagging",
}
"""Service in IAM actions to the last part of its endpoint's name, where the two differ.

Source: AWS PrivateLink Guide, "AWS services that integrate with AWS PrivateLink",
https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
"""
ECR_API = ("ecr:GetAuthorizationToken", "ecr:Describe", "ecr:List", "ecr:BatchImportUpstreamImage")
"""How the ECR actions begin that clients call on `ecr.api`; the registry itself is `ecr.dkr`.

Source: Amazon ECR User Guide, "Amazon ECR interface VPC endpoints",
https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
"""
GLOBAL = frozenset({"ce", "cloudfront", "iam", "organizations", "pricing", "route53", "shield", "waf-regional"})
"""Services that are reached by a public address outside of the region, or have no endpoint in a VPC."""
GITHUB, KUBERNETES = "github", "kubernetes"
"""What is called and is no service of AWS: GitHub, and the API server of a cluster."""
ASSUME = "sts:AssumeRoleWithWebIdentity"
"""A call that is not signed: its caller has no credentials yet (AWS STS API Reference)."""
GATEWAYS = ("s3", "dynamodb")
"""Services that have gateway endpoints.

Source: AWS PrivateLink Guide, "Gateway endpoints",
https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
"""
NOT_CALLED = frozenset({"iam:PassRole", "sts:TagSession"})
"""Actions that another call checks; no client sends them."""
DIRECT_KEY_ACTIONS = ("kms:Encrypt", "kms:GenerateMac", "kms:GetPublicKey", "kms:Sign", "kms:Verify")
"""How the KMS actions begin that a client calls itself; the others, services call on its behalf (`kms:ViaService`)."""
READS, WRITES = ("kms:Decrypt",), ("kms:Decrypt", "kms:GenerateDataKey")
KEY_USES = {
    "s3:GetObject": READS,
    "s3:PutObject": ("kms:GenerateDataKey",),
    "secretsmanager:GetSecretValue": READS,
    "sns:Publish": WRITES,
    "sqs:ReceiveMessage": READS,
    "sqs:SendMessage": WRITES,
}
"""Action to what the service does on the caller's behalf with the customer key of the resource.

Sources: Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys"; Secrets Manager User Guide, "Secret
encryption and decryption"; Amazon SNS Developer Guide and Amazon SQS Developer Guide, "Key management".
"""
CREDENTIALS = "169.254.170.23/32"
"""Address of the Pod Identity Agent, port 80 (EKS User Guide, "Understand how EKS Pod Identity works")."""


@dataclass(frozen=True)
class Download:
    """Objects that nodes download from a bucket that is not the account's.

    Attributes:
        bucket: Name; `{region}` is the region.
        needs: The action that a role of the node has if it downloads them; empty if every node does.
        dualstack: Whether the client asks for `s3.dualstack`, a name that no endpoint's private DNS has.
        signed: Whether an account of AWS signs the request; otherwise it is anonymous.
        source: Address of the document.
    """

    bucket: str
    needs: str
    dualstack: bool
    signed: bool
    source: str


DOWNLOADS = (
    Download(
        "prod-{region}-starport-layer-bucket",
        "ecr:BatchGetImage",
        False,
        True,
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html",
    ),
    Download(
        "prod-registry-k8s-io-{region}",
        "eks:DescribeCluster",
        True,
        False,
        "https://github.com/kubernetes/registry.k8s.io/blob/main/cmd/archeio/internal/app/buckets.go",
    ),
    Download(
        "al2023-repos-{region}-de612dc2",
        "",
        True,
        False,
        "https://docs.aws.amazon.com/linux/al2023/ug/managing-repos-os-updates.html",
    ),
    *(
        Download(
            f"{bucket}-{{region}}",
            "ssm:UpdateInstanceInformation",
            False,
            False,
            "https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-technical-details.html",
        )
        for bucket in ("amazon-ssm", "aws-ssm")
    ),
)
"""What nodes download: layers of images, packages of Amazon Linux 2023, and what the SSM Agent runs."""


def endpoint_of(action: str) -> str:
    """Last part of the name of the endpoint of an action, such as `ecr.api`; empty for global services."""
    service = action.partition(":")[0]
    if service in GLOBAL or service in (GITHUB, KUBERNETES):
        return ""
    if service == "ecr":
        return "ecr.api" if action.startswith(ECR_API) else "ecr.dkr"
    return ENDPOINTS.get(service, service)
