"""Ways into a cluster: Ingress, Gateway and Service, as the AWS load balancer controller reads them."""

import re
from collections.abc import Iterator
from typing import Any

from policies._kubernetes import entry
from policies._networks import EXPOSURE, PUBLIC
from policies._pods import items
from policies._verdict import PASS, Verdict, at, fail, not_applicable, require, unknown, worst
from policies._view import ABSENT, UNKNOWN, Resource

INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway"
SERVICE = "kubernetes:core/v1:Service"
MODERN_TLS = r"ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)"
"""How the names of those security policies of load balancers begin that take TLS 1.2 or later alone."""
_EXPOSURE = f"ml-platform/{EXPOSURE}"
_ALB = "alb.ingress.kubernetes.io"
_NLB_SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
NLB_CLASS = "service.k8s.aws/nlb"
"""Class of the AWS load balancer controller; a Service without it gets a load balancer of the cloud provider, which
does not read the annotation about the scheme and opens it to the internet."""
_LOGGED = "access_logs.s3.enabled=true"
_ATTRIBUTE = f"(^|,) *{_LOGGED.replace('.', '[.]')} *(,|$)"
"""How the controller reads it: it splits at commas and trims each part, and keeps spaces around the equals sign
(kubernetes-sigs/aws-load-balancer-controller, pkg/annotations/parser.go)."""

_NOTES = "object.metadata.?annotations.orValue({})"
_MEANT = f"{_NOTES}[?'{_EXPOSURE}'].orValue('') == '{PUBLIC}'"
_OF_ALB = "object.kind != 'Ingress' || dyn(object).spec.?ingressClassName.orValue('') != 'alb'"
_OF_SERVICE = "object.kind != 'Service' || dyn(object).spec.?type.orValue('') != 'LoadBalancer'"
EXPRESSIONS = {
    f"object.kind != 'Ingress' || {_NOTES}[?'{_ALB}/scheme'].orValue('internal') == 'internal' || {_MEANT}": "an "
    f"Ingress must be internal, or have the annotation {_EXPOSURE}: {PUBLIC}",
    f"{_OF_SERVICE} || {_NOTES}[?'{_NLB_SCHEME}'].orValue('') == 'internal' || {_MEANT}": "a Service of type "
    f"LoadBalancer must have the annotation {_NLB_SCHEME}: internal, or {_EXPOSURE}: {PUBLIC}",
    f"{_OF_SERVICE} || dyn(object).spec.?loadBalancerClass.orValue('') == '{NLB_CLASS}'": "a Service of type "
    f"LoadBalancer must have the loadBalancerClass {NLB_CLASS}",
    "object.kind != 'Ingress' || dyn(object).spec.?tls.orValue([]).size() > 0": "spec.tls must be set",
    f"{_OF_ALB} || {_NOTES}[?'{_ALB}/ssl-policy'].orValue('').matches('^{MODERN_TLS}')": f"the annotation "
    f"{_ALB}/ssl-policy must name a policy of TLS 1.2 or later",
    f"{_OF_ALB} || {_NOTES}[?'{_ALB}/load-balancer-attributes'].orValue('').matches('{_ATTRIBUTE}')": f"the annotation "
    f"{_ALB}/load-balancer-attributes must have {_LOGGED}",
    "object.kind != 'Gateway' || dyn(object).spec.listeners.all(one, one.protocol != 'HTTP')": "no listener may speak "
    "plain HTTP",
}


def judge_entrance(resource: Resource) -> Verdict:
    """Whether an object lets in nobody whom it should not, and nothing in plain text."""
    if resource.type == SERVICE:
        return _service(resource)
    return worst(_gateway(resource) if resource.type == GATEWAY else _ingress(resource))


def judge_tls(resource: Resource, path: str, policy: Any) -> Verdict:
    """Whether the security policy of a load balancer, which lies at a path, takes TLS 1.2 or later alone."""
    if policy is UNKNOWN:
        return unknown(at(resource, path))
    modern = isinstance(policy, str) and re.match(MODERN_TLS, policy)
    return PASS if modern else fail(f"{at(resource, path)} must be a security policy of TLS 1.2 or later", path)


def _service(resource: Resource) -> Verdict:
    kind = resource.get("spec.type")
    if kind is UNKNOWN:
        return unknown(at(resource, "spec.type"))
    if kind != "LoadBalancer":
        return not_applicable("it has no load balancer")
    klass = require(resource, "spec.loadBalancerClass", lambda name: name == NLB_CLASS, NLB_CLASS)
    return worst([klass, _internal(resource, _NLB_SCHEME, ("internal",))])


def _ingress(resource: Resource) -> Iterator[Verdict]:
    yield _internal(resource, f"{_ALB}/scheme", ("internal", ABSENT))
    yield require(resource, "spec.tls", lambda hosts: isinstance(hosts, list) and hosts != [], "a list of hosts")
    if resource.get("spec.ingressClassName") == "alb":
        note = f"{_ALB}/ssl-policy"
        yield judge_tls(resource, f"metadata.annotations.{note}", entry(resource, "metadata.annotations", note))
        yield _logged(resource, entry(resource, "metadata.annotations", f"{_ALB}/load-balancer-attributes"))


def _logged(resource: Resource, attributes: Any) -> Verdict:
    path = f"metadata.annotations.{_ALB}/load-balancer-attributes"
    if attributes is UNKNOWN:
        return unknown(at(resource, path))
    logged = isinstance(attributes, str) and re.search(_ATTRIBUTE, attributes)
    return PASS if logged else fail(f"{at(resource, path)} must have {_LOGGED}", path)


def _gateway(resource: Resource) -> Iterator[Verdict]:
    for listener in items(resource, "spec.listeners"):
        yield require(resource, f"{listener}.protocol", lambda protocol: protocol != "HTTP", "HTTPS, or another")


def _internal(resource: Resource, note: str, allowed: tuple[object, ...]) -> Verdict:
    scheme, meant = (entry(resource, "metadata.annotations", key) for key in (note, _EXPOSURE))
    if scheme in allowed or meant == PUBLIC:
        return PASS
    if UNKNOWN in (scheme, meant):
        return unknown(at(resource, "metadata.annotations"))
    return fail(f"{resource.name} is open to the internet: it must be internal, or be marked `{_EXPOSURE}`", note)
