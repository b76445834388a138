"""How a served model is reached, as plain data: Services, Ingress, HTTPRoute and NetworkPolicy."""

from typing import Any

import pulumi

from components._rollout import BESIDE, PORT, RolloutMode
from components._served_args import DoorArgs, GatewayArgs
from components._served_plan import IDLE_SECONDS, NAME, Document, Plan
from components._tenant_documents import ways_out
from components.access_logs import BALANCER_PREFIX

SKIP_AWAIT = {"pulumi.com/skipAwait": "true"}
"""For objects that are created before the pods: the provider would wait for their endpoints."""
ADDRESS = {"pulumi.com/waitFor": "jsonpath={.status.loadBalancer.ingress[0].hostname}"}
"""An Ingress has been accepted once its controller has written the load balancer's name; pods are not waited for."""


def services(plan: Plan) -> dict[str, Document]:
    owned = {RolloutMode.CANARY: "canary", RolloutMode.BLUE_GREEN: "preview"}
    selectors: dict[str, str | None] = {plan.name: plan.name}
    if plan.mode in owned:
        # The controller of Argo Rollouts writes the selector; with a second owner the two would overwrite each other.
        selectors = {plan.name: None, f"{plan.name}-{owned[plan.mode]}": None}
    elif plan.mode in BESIDE:
        selectors[f"{plan.name}-candidate"] = f"{plan.name}-candidate"
    return {
        name if name != plan.name else "service": plan.document(
            "v1",
            "Service",
            name,
            {
                "ports": [{"name": "http", "port": PORT, "targetPort": plan.program.port}],
                **({"selector": {NAME: selected}} if selected else {}),
            },
            annotations=SKIP_AWAIT,
        )
        for name, selected in selectors.items()
    }


def balancer(plan: Plan, door: DoorArgs) -> dict[str, Any]:
    """Annotations for the AWS load balancer controller: one load balancer for all models, TLS only."""
    prefix = "alb.ingress.kubernetes.io"
    notes = {
        f"{prefix}/scheme": "internal" if door.get("internal", True) else "internet-facing",
        f"{prefix}/group.name": "ml-platform",
        f"{prefix}/target-type": "ip",
        f"{prefix}/listen-ports": '[{"HTTPS":443}]',
        f"{prefix}/ssl-policy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
        f"{prefix}/healthcheck-path": plan.program.health,
        f"{prefix}/load-balancer-attributes": pulumi.Output.concat(
            "access_logs.s3.enabled=true,access_logs.s3.bucket=",
            door["log_bucket"],
            f",access_logs.s3.prefix={BALANCER_PREFIX},idle_timeout.timeout_seconds={IDLE_SECONDS}",
        ),
        # A pod with fewer requests under way gets the next one: requests of a model take unequal time.
        f"{prefix}/target-group-attributes": "load_balancing.algorithm.type=least_outstanding_requests,"
        f"deregistration_delay.timeout_seconds={plan.program.end_seconds}",
    }
    return {**notes, **({f"{prefix}/certificate-arn": door["certificate_arn"]} if "certificate_arn" in door else {})}


def ingress(plan: Plan, door: DoorArgs) -> Document:
    # Which shares go where, the controller of rollouts writes into an annotation.
    port = "use-annotation" if plan.mode is RolloutMode.CANARY else "http"
    backend = {"service": {"name": plan.name, "port": {"name": port}}}
    paths = [{"path": path, "pathType": "Prefix", "backend": backend} for path in plan.program.paths]
    return {
        "ingressClassName": "alb",
        "tls": [{"hosts": [door["host"]]}],
        "rules": [{"host": door["host"], "http": {"paths": paths}}],
    }


def route(plan: Plan, gateway: GatewayArgs) -> Document:
    own, other = ({"name": name, "port": PORT} for name in (plan.name, f"{plan.name}-candidate"))
    paths = [{"type": "PathPrefix", "value": path} for path in plan.program.paths]
    everything = {"matches": [{"path": path} for path in paths], "backendRefs": [own]}
    if plan.mode is RolloutMode.SHADOW:
        mirror = {"backendRef": other, "percent": int(plan.rollout.get("percent", 1))}
        rules = [{**everything, "filters": [{"type": "RequestMirror", "requestMirror": mirror}]}]
    else:
        match, experiment = plan.rollout.get("match", {}), plan.rollout.get("experiment", "")
        header = {"type": "Exact", "name": match.get("header"), "value": match.get("value")}
        told = {"set": [{"name": "x-experiment", "value": experiment}]}
        chosen = {
            "matches": [{"path": path, "headers": [header]} for path in paths],
            "filters": [{"type": "ResponseHeaderModifier", "responseHeaderModifier": told}],
            "backendRefs": [other],
        }
        rules = [chosen, everything]
    parent = {"name": gateway["name"], "namespace": gateway["namespace"]}
    return {"parentRefs": [parent], "hostnames": [gateway["host"]], "rules": rules}


def network(plan: Plan) -> Document:
    names = [plan.name, *([f"{plan.name}-candidate"] if "candidate" in plan.rollout else [])]
    program, place = plan.program, plan.place
    who: list[Document] = [{"podSelector": {}}]
    if plan.door:
        who += [{"ipBlock": {"cidr": cidr}} for cidr in plan.door["from_cidrs"]]
    if plan.gateway:
        who += [_space(plan.gateway.get("pods_namespace", plan.gateway["namespace"]))]
    watching = place.get("monitoring_namespace", "monitoring")
    return {
        "podSelector": {"matchExpressions": [{"key": NAME, "operator": "In", "values": names}]},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [
            {"from": who, "ports": [{"port": program.port}]},
            {"from": [_space(watching)], "ports": [{"port": program.metrics}]},
        ],
        "egress": ways_out(list(place.get("https_cidrs", []))),
    }


def _space(name: str) -> Document:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}
