"""What the engine shows of resources that `--target` or `--exclude` leaves out of an operation."""

from typing import Any

from policies._operation import Operation
from policies._view import Resource
from policies.registry import RULES
from tests.policies.world import BUCKET, urn


def test_an_object_of_kubernetes_that_an_operation_excludes_is_not_judged() -> None:
    # The engine analyzes it without inputs; EKS-09 refuses such a class of nodes, which has no disk in it.
    kind = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
    operation = Operation()

    def refused(properties: dict[str, Any]) -> set[str]:
        found = Resource(kind, urn(kind, "general"), properties)
        return {told.rule.id for told in operation.judge([found], RULES) if told.level}

    assert refused({}) == set()
    assert "EKS-09" in refused({"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "spec": {}})


def test_a_resource_of_aws_without_inputs_is_judged() -> None:
    found = Resource(BUCKET, urn(BUCKET, "careless"), {})
    assert any(told.level for told in Operation().judge([found], RULES))
