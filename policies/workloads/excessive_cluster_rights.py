"""K8S-08: rights in the cluster are named, and none of them leads to all others."""

from collections.abc import Iterator
from typing import Any

from policies._controls import cis_eks, nist
from policies._kubernetes import judge_namespaced
from policies._pods import items
from policies._rule import Admission, Rule, Target
from policies._verdict import PASS, Verdict, at, fail, not_applicable, unknown
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import Severity

_RBAC = "kubernetes:rbac.authorization.k8s.io/v1"
_BINDINGS = (f"{_RBAC}:RoleBinding", f"{_RBAC}:ClusterRoleBinding")
_WILD = ("apiGroups", "resources", "verbs")
_LEADING = ("bind", "escalate", "impersonate")
_PREFIXES = ("system:", "eks:")
_NAMES = ("admin", "cluster-admin", "edit", "view", "kube-prometheus-stack-operator")
"""Kubernetes' own roles, and those with a wildcard of the platform's charts. By name: any role may have a label."""
_SYSTEMS_OWN = (
    f"['{_PREFIXES[0]}', '{_PREFIXES[1]}'].exists(prefix, object.metadata.?name.orValue('').startsWith(prefix)) || "
    f"object.metadata.?name.orValue('') in {list(_NAMES)}"
)


def _check(resource: Resource, stack: Stack) -> Verdict:
    if _is_the_systems(resource):
        return not_applicable("it is of Kubernetes, EKS or a controller's chart")
    demands = [_referred(resource)] if resource.type in _BINDINGS else _rules(resource)
    return judge_namespaced(resource, stack, demands)


def _is_the_systems(resource: Resource) -> bool:
    name = resource.get("metadata.name")
    return isinstance(name, str) and (name.startswith(_PREFIXES) or name in _NAMES)


def _rules(role: Resource) -> Iterator[Verdict]:
    for rule in items(role, "rules"):
        for name in _WILD:
            path = f"{rule}.{name}"
            yield _without(role, path, ("*", *_LEADING) if name == "verbs" else ("*",))


def _without(role: Resource, path: str, refused: tuple[str, ...]) -> Verdict:
    found: Any = role.get(path)
    found = found if isinstance(found, list) else [found]
    if wrong := [one for one in refused if one in found]:
        return fail(f"{at(role, path)} has {', '.join(wrong)}", path)
    return unknown(at(role, path)) if any(one is UNKNOWN for one in found) else PASS


def _referred(binding: Resource) -> Verdict:
    name = binding.get("roleRef.name")
    if name is UNKNOWN:
        return unknown(at(binding, "roleRef.name"))
    return fail(f"{at(binding, 'roleRef.name')} is cluster-admin", "roleRef.name") if name == "cluster-admin" else PASS


RULE = Rule(
    id="K8S-08",
    name="excessive-cluster-rights",
    title="Roles name what they allow, allow nobody to give himself more, and nobody is bound to cluster-admin.",
    why="A wildcard also allows what is installed tomorrow; who may bind, escalate or impersonate may do everything, "
    "and with it read every team's secrets and switch these rules off.",
    instead="List API groups, resources and verbs, as `Tenant` does. Administrators come by access entries of EKS, "
    "where every use is on record.",
    severity=Severity.HIGH,
    types=(f"{_RBAC}:Role", f"{_RBAC}:ClusterRole", *_BINDINGS),
    controls=(*cis_eks("4.1.1", "4.1.2", "4.1.3", "4.1.8"), *nist("AC-6", "AC-6(1)")),
    check=_check,
    good="""
group = "rbac.authorization.k8s.io"
where = {"name": "team", "namespace": "vision"}
rules = [{"api_groups": ["batch"], "resources": ["jobs"], "verbs": ["create", "delete", "get", "list"]}]
k8s.rbac.v1.Role("team", metadata=where, rules=rules)
team = {"api_group": group, "kind": "Role", "name": "team"}
who = [{"api_group": group, "kind": "Group", "name": "ml-vision"}]
k8s.rbac.v1.RoleBinding("team", metadata=where, role_ref=team, subjects=who)
""",
    bad="""
rules = [{"api_groups": ["batch"], "resources": ["jobs"], "verbs": ["*"]}]
k8s.rbac.v1.Role("team", metadata={"namespace": "vision"}, rules=rules)
group = "rbac.authorization.k8s.io"
admin = {"api_group": group, "kind": "ClusterRole", "name": "cluster-admin"}
who = [{"api_group": group, "kind": "Group", "name": "ml-vision"}]
k8s.rbac.v1.RoleBinding("team", metadata={"namespace": "vision"}, role_ref=admin, subjects=who)
""",
    parameters=("system_namespaces",),
    admission=(
        Admission(
            Target.ROLES,
            {
                # A role that others are added up to has none of its own.
                f"{_SYSTEMS_OWN} || !has(object.rules) || dyn(object.rules) == null || "
                "object.rules.all(rule, !('*' in rule.?apiGroups.orValue([])) && "
                "!('*' in rule.?resources.orValue([])) && ['*', 'bind', 'escalate', 'impersonate'].all(verb, "
                "!(verb in rule.verbs)))": "roles must have no wildcard and not bind, escalate or impersonate",
            },
        ),
        Admission(
            Target.BINDINGS,
            {f"{_SYSTEMS_OWN} || object.roleRef.name != 'cluster-admin'": "nobody may be bound to cluster-admin"},
        ),
    ),
)
