from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN, Resource
from policies.network._entrances import GATEWAY, INGRESS, SERVICE
from policies.network.unguarded_entrance import RULE
from tests.policies.world import judged, made

MODERN = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
LOGS = {"accessLogs": {"enabled": True, "bucket": "logs"}}


def balancer(**properties: Any) -> Resource:
    return made("aws:lb/loadBalancer:LoadBalancer", "balancer", properties)


def listener(**properties: Any) -> Resource:
    return made("aws:lb/listener:Listener", "listener", properties)


def ingress(notes: dict[str, Any], **spec: Any) -> Resource:
    annotations = {f"alb.ingress.kubernetes.io/{key}" if "/" not in key else key: one for key, one in notes.items()}
    tls = {"tls": [{"hosts": ["a.example.com"]}], **spec}
    return made(INGRESS, "ingress", {"metadata": {"annotations": annotations}, "spec": tls})


def service(notes: dict[str, Any]) -> Resource:
    return made(SERVICE, "service", {"metadata": {"annotations": notes}, "spec": {"type": "LoadBalancer"}})


def gateway(*protocols: str) -> Resource:
    listeners = [{"protocol": protocol} for protocol in protocols]
    return made(GATEWAY, "gateway", {"spec": {"listeners": listeners}})


SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
REDIRECT = [{"type": "redirect", "redirect": {"protocol": "HTTPS"}}]


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (balancer(internal=True, **LOGS), Outcome.PASS),
        (balancer(internal=True), Outcome.FAIL),
        (balancer(**LOGS), Outcome.FAIL),
        (balancer(tags={"exposure": "public"}, **LOGS), Outcome.PASS),
        (balancer(tags=UNKNOWN, **LOGS), Outcome.UNKNOWN),
        (balancer(loadBalancerType="gateway"), Outcome.NOT_APPLICABLE),
        (listener(protocol="HTTPS", sslPolicy=MODERN), Outcome.PASS),
        (listener(protocol="HTTPS", sslPolicy="ELBSecurityPolicy-TLS13-1-0-2021-06"), Outcome.FAIL),
        (listener(protocol="TLS"), Outcome.FAIL),
        (listener(protocol="HTTP"), Outcome.FAIL),
        (listener(protocol="HTTP", defaultActions=REDIRECT), Outcome.PASS),
        (listener(protocol="TCP"), Outcome.NOT_APPLICABLE),
        (ingress({}), Outcome.PASS),
        (ingress({"scheme": "internet-facing"}), Outcome.FAIL),
        (ingress({"scheme": "internet-facing", "ml-platform/exposure": "public"}), Outcome.PASS),
        (ingress({}, tls=[]), Outcome.FAIL),
        (ingress({}, ingressClassName="alb"), Outcome.FAIL),
        (ingress({"ssl-policy": MODERN}, ingressClassName="alb"), Outcome.PASS),
        (ingress({"ssl-policy": UNKNOWN}, ingressClassName="alb"), Outcome.UNKNOWN),
        (service({SCHEME: "internal"}), Outcome.PASS),
        (service({}), Outcome.FAIL),
        (made(SERVICE, "service", {"spec": {}}), Outcome.NOT_APPLICABLE),
        (gateway("HTTPS", "TLS"), Outcome.PASS),
        (gateway("HTTPS", "HTTP"), Outcome.FAIL),
    ],
)
def test_entrances(found: Resource, outcome: Outcome) -> None:
    assert judged(RULE, found)[0] is outcome
