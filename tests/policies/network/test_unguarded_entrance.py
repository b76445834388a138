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


def service(notes: dict[str, Any], **spec: Any) -> Resource:
    asked = {"type": "LoadBalancer", "loadBalancerClass": "service.k8s.aws/nlb", **spec}
    return made(SERVICE, "service", {"metadata": {"annotations": notes}, "spec": asked})


def edge(**properties: Any) -> Resource:
    modern = {
        "arn": EDGE,
        "defaultCacheBehavior": {"viewerProtocolPolicy": "https-only"},
        "viewerCertificate": {"minimumProtocolVersion": "TLSv1.2_2021"},
        "loggingConfig": {"bucket": "logs"},
    }
    return made("aws:cloudfront/distribution:Distribution", "edge", {**modern, **properties})


def gateway(*protocols: str) -> Resource:
    listeners = [{"protocol": protocol} for protocol in protocols]
    return made(GATEWAY, "gateway", {"spec": {"listeners": listeners}})


ATTRIBUTES = "load-balancer-attributes"
LOGGED = {ATTRIBUTES: "idle_timeout.timeout_seconds=60,access_logs.s3.enabled=true,access_logs.s3.bucket=logs"}
LISTS = {
    "idle_timeout.timeout_seconds=60, access_logs.s3.enabled=true": Outcome.PASS,
    "access_logs.s3.enabled=true ,access_logs.s3.bucket=logs": Outcome.PASS,
    # The controller keeps the space, and AWS refuses the attribute.
    "access_logs.s3.enabled = true": Outcome.FAIL,
    "access_logs.s3.enabled=false,access_logs.s3.prefix=access_logs.s3.enabled=true": Outcome.FAIL,
    "access_logs.s3.enabled=trueish": Outcome.FAIL,
}
"""Attributes of a load balancer as text, to what NET-06 says of them."""
EDGE = "arn:aws:cloudfront::111122223333:distribution/E1"
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
        (ingress({"ssl-policy": MODERN, **LOGGED}, ingressClassName="alb"), Outcome.PASS),
        (ingress({"ssl-policy": UNKNOWN, **LOGGED}, ingressClassName="alb"), Outcome.UNKNOWN),
        (ingress({"ssl-policy": MODERN}, ingressClassName="alb"), Outcome.FAIL),
        (ingress({"ssl-policy": MODERN, ATTRIBUTES: UNKNOWN}, ingressClassName="alb"), Outcome.UNKNOWN),
        (ingress({"ssl-policy": MODERN, ATTRIBUTES: "idle_timeout=60"}, ingressClassName="alb"), Outcome.FAIL),
        *(
            (ingress({"ssl-policy": MODERN, ATTRIBUTES: text}, ingressClassName="alb"), outcome)
            for text, outcome in LISTS.items()
        ),
        (service({SCHEME: "internal"}), Outcome.PASS),
        (service({}), Outcome.FAIL),
        (service({SCHEME: "internal"}, loadBalancerClass=None), Outcome.FAIL),
        (service({SCHEME: "internal"}, loadBalancerClass="other"), Outcome.FAIL),
        (edge(), Outcome.PASS),
        (edge(defaultCacheBehavior={"viewerProtocolPolicy": "allow-all"}), Outcome.FAIL),
        (edge(viewerCertificate={"cloudfrontDefaultCertificate": True}), Outcome.FAIL),
        (edge(viewerCertificate={"minimumProtocolVersion": "TLSv1.1_2016"}), Outcome.FAIL),
        (edge(viewerCertificate=UNKNOWN), Outcome.UNKNOWN),
        (edge(loggingConfig=None), Outcome.FAIL),
        (made(SERVICE, "service", {"spec": {}}), Outcome.NOT_APPLICABLE),
        (gateway("HTTPS", "TLS"), Outcome.PASS),
        (gateway("HTTPS", "HTTP"), Outcome.FAIL),
    ],
)
def test_entrances(found: Resource, outcome: Outcome) -> None:
    assert judged(RULE, found)[0] is outcome


@pytest.mark.parametrize(
    ("arn", "outcome"),
    [(EDGE, Outcome.PASS), (EDGE.replace("E1", "E2"), Outcome.FAIL), (UNKNOWN, Outcome.UNKNOWN)],
)
def test_a_delivery_of_logs_is_of_one_distribution(arn: Any, outcome: Outcome) -> None:
    delivery = made("aws:cloudwatch/logDeliverySource:LogDeliverySource", "edge", {"resourceArn": arn})
    assert judged(RULE, edge(loggingConfig=None), delivery)[0] is outcome
