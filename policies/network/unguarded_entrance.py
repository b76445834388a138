"""NET-06: ways in are internal, encrypted and on record."""

from collections.abc import Iterator

from policies._controls import ai_act, cis_7, cis_eks, nist
from policies._networks import EXPOSURE, PUBLIC, marked_public
from policies._rule import Admission, Rule, Target
from policies._verdict import PASS, Verdict, at, fail, not_applicable, require, unknown, worst
from policies._view import UNKNOWN, Resource, Stack
from policies.network._edges import EDGE, judge_edge
from policies.network._entrances import EXPRESSIONS, GATEWAY, INGRESS, NLB_CLASS, SERVICE, judge_entrance, judge_tls
from policies.profiles import Severity

_BALANCERS = ("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer")
_LISTENERS = ("aws:lb/listener:Listener", "aws:alb/listener:Listener")


def _check(resource: Resource, stack: Stack) -> Verdict:
    if resource.type == EDGE:
        return worst(judge_edge(resource, stack))
    if resource.type in _BALANCERS:
        # What sends traffic through appliances has neither scheme nor logs.
        gateway = resource.get("loadBalancerType") == "gateway"
        return not_applicable("it sends traffic to appliances") if gateway else worst(_balancer(resource))
    return _listener(resource) if resource.type in _LISTENERS else judge_entrance(resource)


def _balancer(balancer: Resource) -> Iterator[Verdict]:
    internal, public = balancer.get("internal"), marked_public(balancer)
    if internal is not True and public is not True:
        open_ = f"{balancer.name} is open to the internet: `internal` must be true, or a tag `{EXPOSURE}` say {PUBLIC}"
        yield unknown(at(balancer, "internal")) if internal is UNKNOWN or public is None else fail(open_, "internal")
    yield require(balancer, "accessLogs.enabled", lambda on: on is True, "true")


def _listener(listener: Resource) -> Verdict:
    protocol = listener.get("protocol")
    if protocol is UNKNOWN:
        return unknown(at(listener, "protocol"))
    if protocol in ("HTTPS", "TLS"):
        return judge_tls(listener, "sslPolicy", listener.get("sslPolicy"))
    if protocol != "HTTP":
        return not_applicable("what it passes on is encrypted behind it or not at all")
    to = listener.get("defaultActions[0].redirect.protocol")
    if UNKNOWN in (to, listener.get("defaultActions[0].type")):
        return unknown(at(listener, "defaultActions"))
    return PASS if to == "HTTPS" else fail(f"{at(listener, 'protocol')} must be HTTPS, or a redirect to it", "protocol")


RULE = Rule(
    id="NET-06",
    name="unguarded-entrance",
    title="A way into the platform is internal unless it is marked public, speaks TLS 1.2 or later and keeps access "
    "logs.",
    why="What a caller sends to a model is often personal, and what it gets back is worth stealing; who called is "
    "known afterwards only if the load balancer wrote it down.",
    instead="Set `internal`, `accessLogs.enabled` and an `sslPolicy` as `ELBSecurityPolicy-TLS13-1-2-Res-2021-06`, "
    "for an Ingress `spec.tls` and the annotations `ssl-policy` and `load-balancer-attributes`, for a distribution of "
    "CloudFront a certificate with `minimumProtocolVersion` TLSv1.2_2021 and standard logging. A Service of type "
    f"LoadBalancer has `loadBalancerClass: {NLB_CLASS}`, without which its scheme is ignored. An entrance that "
    f"is open to the internet on purpose has the tag `{EXPOSURE}: {PUBLIC}`, or the annotation "
    f"`ml-platform/{EXPOSURE}: {PUBLIC}`.",
    severity=Severity.HIGH,
    types=(*_BALANCERS, *_LISTENERS, EDGE, INGRESS, GATEWAY, SERVICE),
    controls=(*cis_7("4.10"), *cis_eks("5.4.5"), *nist("SC-8(1)", "AU-12"), *ai_act("Article 15")),
    check=_check,
    good="""
k8s.networking.v1.Ingress(
    "fraud",
    metadata={
        "name": "fraud",
        "namespace": "vision",
        "annotations": {
            "alb.ingress.kubernetes.io/scheme": "internal",
            "alb.ingress.kubernetes.io/ssl-policy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
            "alb.ingress.kubernetes.io/load-balancer-attributes": "access_logs.s3.enabled=true",
        },
    },
    spec={
        "ingressClassName": "alb",
        "tls": [{"hosts": ["fraud.example.com"]}],
        "defaultBackend": {"service": {"name": "fraud", "port": {"name": "http"}}},
    },
)
""",
    bad="""
k8s.networking.v1.Ingress(
    "fraud",
    metadata={
        "name": "fraud",
        "namespace": "vision",
        "annotations": {"alb.ingress.kubernetes.io/scheme": "internet-facing"},
    },
    spec={
        "ingressClassName": "alb",
        "defaultBackend": {"service": {"name": "fraud", "port": {"name": "http"}}},
    },
)
""",
    joins=True,
    admission=Admission(Target.ENTRANCES, EXPRESSIONS),
)
