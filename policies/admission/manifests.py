"""The objects by which a cluster enforces the rules: a policy and a binding for each target and level."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from policies._rule import Admission, Rule, Target
from policies.admission.parameters import otherwise, parameters, variables
from policies.admission.targets import TARGETS
from policies.exemptions import Exemption
from policies.profiles import Level, Profile
from policies.registry import RULES

API = "admissionregistration.k8s.io/v1"
ACTIONS = {Level.MANDATORY: ("deny", ["Deny"]), Level.ADVISORY: ("warn", ["Warn", "Audit"])}
"""What the API server does for a level, and how the policy's name ends; for one that is not here, nothing."""
OPERATIONS = ["CREATE", "UPDATE"]
JUDGED = {
    # What is on its way out must be able to go.
    "stays": "!has(object.metadata.deletionTimestamp)",
    # The control plane makes its own roles anew at each start, and EKS its add-ons: no rule of ours may stop either.
    "is-not-of-the-control-plane": "request.userInfo.username != 'system:apiserver' && "
    "!request.userInfo.username.startsWith('eks:')",
}
"""Which requests are judged, besides that their namespace is none of the system's."""


def objects(
    profile: Profile,
    exemptions: Iterable[Exemption] = (),
    approvals: Mapping[str, str] = MappingProxyType({}),
    rules: Sequence[Rule] = RULES,
) -> list[dict[str, Any]]:
    """The manifests for a cluster, each policy before its binding.

    Args:
        profile: The demands of the cluster's environment.
        exemptions: Failures that are accepted for a while.
        approvals: The facts of the approvals, `<approval>.<fact>` to text.
        rules: The rules; those without a part for the API server are left out.
    """
    grouped: dict[tuple[Target, Level], list[tuple[Rule, Admission]]] = {}
    for rule in rules:
        for part in rule.admissions:
            grouped.setdefault((part.target, profile.level(rule.severity, rule.name)), []).append((rule, part))
    params = parameters(profile, rules, exemptions, approvals)
    enforced = [key for key in sorted(grouped) if key[1] in ACTIONS]
    return [one for key in enforced for one in _pair(profile, params, *key, grouped[key])]


def _pair(
    profile: Profile, params: Mapping[str, str], target: Target, level: Level, parts: list[tuple[Rule, Admission]]
) -> Iterator[dict[str, Any]]:
    """A policy and its binding: a policy costs a request half a millisecond, an expression in it some hundredths."""
    ending, actions = ACTIONS[level]
    name, looks = f"ml-platform-{target}-{ending}", TARGETS[target]
    ids = dict.fromkeys(rule.id for rule, _ in parts)
    yield _object(
        "ValidatingAdmissionPolicy",
        name,
        {
            "failurePolicy": "Fail",
            "matchConstraints": {
                "resourceRules": [
                    {
                        "apiGroups": [group],
                        "apiVersions": ["*"],
                        "operations": ["CREATE", "UPDATE"],
                        "resources": [*names],
                    }
                    for group, names in looks.resources.items()
                ]
            },
            "matchConditions": [_named(*one) for one in {**JUDGED, **looks.conditions}.items()],
            "variables": [_named(*one) for one in {**looks.variables, **variables(params, ids)}.items()],
            "validations": [
                {
                    "expression": f"({_filled(expression, profile)}) || {otherwise(rule.id)}",
                    "message": f"{rule.id}: {_filled(message, profile)}",
                    "reason": "Forbidden",
                }
                for rule, part in parts
                for expression, message in part.expressions.items()
            ],
        },
    )
    spaces = {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": [*profile.system_namespaces]}
    yield _object(
        "ValidatingAdmissionPolicyBinding",
        name,
        {
            "policyName": name,
            "validationActions": actions,
            "matchResources": {"namespaceSelector": {"matchExpressions": [spaces]}},
        },
    )


def _object(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": API, "kind": kind, "metadata": {"name": name}, "spec": spec}


def _named(name: str, expression: str) -> dict[str, str]:
    return {"name": name, "expression": expression}


def _filled(text: str, profile: Profile) -> str:
    """A text with `{field}` replaced by that field of the profile as a CEL literal."""
    fields = profile.model_dump(mode="json")
    return re.sub(r"\{([a-z_]+)\}", lambda found: json.dumps(fields[found[1]], ensure_ascii=False), text)
