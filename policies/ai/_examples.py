"""Example programs that are too long to lie beside their rule."""

APPROVED = """
k8s.core.v1.ConfigMap(
    "approvals",
    metadata={"namespace": "kube-system", "name": "ml-platform-approvals"},
    data={
        "fraud-7.model": "fraud",
        "fraud-7.version": "7",
        "fraud-7.digest": "sha256:" + "0" * 64,
        "fraud-7.author": "ana",
        "fraud-7.approvers": "fraud-lead,model-risk",
        "fraud-7.expires": "2099-01-01T00:00:00Z",
    },
)
k8s.core.v1.Pod(
    "fraud",
    metadata={
        "namespace": "vision",
        "labels": {
            "ml-platform/model": "fraud",
            "ml-platform/version": "7",
            "ml-platform/risk-tier": "high",
        },
        "annotations": {
            "ml-platform/model-digest": "sha256:" + "0" * 64,
            "ml-platform/approval": "fraud-7",
        },
    },
    spec={"containers": [{"name": "server", "image": "fraud"}]},
)
"""
UNAPPROVED = APPROVED.replace("fraud-lead,model-risk", "ana,model-risk").replace("fraud-7", "fraud-8")
