"""The rule that no tenant gets to a GPU around the queue, as ValidatingAdmissionPolicies (plain data).

Pods of a Job do not carry its queue's label, and a list of owners is what whoever makes a pod says it is. So a pod
without the label is let through only if the controller of Jobs itself makes it; and a Job must have the label, unless
a controller that Kueue manages makes it.
"""

from collections.abc import Sequence
from typing import Any

from components._kubernetes import GPU, TENANT
from components._kueue import QUEUE

POD_MAKERS = ("system:serviceaccount:kube-system:job-controller", "system:kube-controller-manager")
"""Who makes the pods of Jobs: the controller itself, or the controller manager where it has one identity for all."""


def policy(resource: str, makers: Sequence[str]) -> dict[str, Any]:
    """Spec of the policy for `pods` or `jobs`; `makers` are users whose objects have been judged before."""
    group, spec = {"pods": ("", "object.spec"), "jobs": ("batch", "object.spec.template.spec")}[resource]
    queue = f"object.metadata.?labels[?'{QUEUE}'].orValue('')"
    names = ", ".join(f"'{one}'" for one in makers)
    variables = {
        "containers": f"{spec}.containers + {spec}.?initContainers.orValue([])",
        "asks": "variables.containers.exists(c, "
        f"'{GPU}' in c.?resources.?limits.orValue({{}}) || '{GPU}' in c.?resources.?requests.orValue({{}}))",
        # An empty key tolerates every taint.
        "tolerates": f"{spec}.?tolerations.orValue([]).exists(t, t.?key.orValue('') in ['', '{GPU}'])",
        "queued": f"{queue} == request.namespace",
        # Who only changes finalizers or owners, as the garbage collector does, changes nothing here.
        "kept": f"request.operation == 'UPDATE' && {queue} == {_old(queue)} && {spec} == {_old(spec)}",
        "made": f"request.userInfo.username in [{names}]",
    }
    one = resource.removesuffix("s")
    validations = [
        {
            "expression": "!(variables.asks || variables.tolerates) || variables.queued || variables.made "
            "|| variables.kept",
            "messageExpression": f"'this {one} asks for {GPU}, or tolerates its taint, around the queue of its team: "
            f"add the label {QUEUE}: ' + request.namespace",
            "reason": "Forbidden",
        }
    ]
    if resource == "pods":
        validations.append(
            {
                "expression": "request.operation != 'CREATE' || !has(object.spec.nodeName) "
                "|| object.spec.nodeName == ''",
                "message": "spec.nodeName goes around scheduler, taints and queue: remove it, use nodeSelector",
                "reason": "Forbidden",
            }
        )
    return {
        "failurePolicy": "Fail",
        "matchConstraints": {
            "resourceRules": [
                {
                    "apiGroups": [group],
                    "apiVersions": ["v1"],
                    "operations": ["CREATE", "UPDATE"],
                    "resources": [resource],
                }
            ]
        },
        "variables": [{"name": key, "expression": text} for key, text in variables.items()],
        "validations": validations,
    }


def _old(expression: str) -> str:
    return expression.replace("object.", "oldObject.", 1)


def binding(policy_name: str) -> dict[str, Any]:
    """Spec of the binding: every namespace of a tenant, and no other."""
    return {
        "policyName": policy_name,
        "validationActions": ["Deny"],
        "matchResources": {"namespaceSelector": {"matchExpressions": [{"key": TENANT, "operator": "Exists"}]}},
    }
