"""Load balancers and what they listen to."""

from collections.abc import Iterator
from typing import Any

from policies._view import UNKNOWN, Resource
from policies.live._answers import tags
from policies.live._camel import camel
from policies.live.reader import Reader, collects

_BALANCER, _LISTENER = "aws:lb/loadBalancer:LoadBalancer", "aws:lb/listener:Listener"


@collects(_BALANCER, _LISTENER)
def load_balancers(read: Reader) -> Iterator[Resource]:
    """Load balancers of any kind, also those that a controller in a cluster makes."""

    def one(item: dict[str, Any]) -> Iterator[Resource]:
        arn = item["LoadBalancerArn"]
        attributes = read.get("elbv2", "describe_load_balancer_attributes", LoadBalancerArn=arn)
        labels = read.get("elbv2", "describe_tags", ResourceArns=[arn])
        found = {
            "name": item["LoadBalancerName"],
            "internal": item.get("Scheme") == "internal",
            "loadBalancerType": item.get("Type"),
            "accessLogs": _access_logs(attributes),
            "tags": UNKNOWN if labels is UNKNOWN else tags(labels["TagDescriptions"][0]["Tags"]),
        }
        yield Resource(_BALANCER, arn, found, protect=None)
        for listener in read.list("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=arn):
            properties = {
                "loadBalancerArn": arn,
                "port": listener.get("Port"),
                "protocol": listener.get("Protocol"),
                "sslPolicy": listener.get("SslPolicy"),
                "defaultActions": [
                    {"type": action["Type"], "redirect": camel(action.get("RedirectConfig"))}
                    for action in listener.get("DefaultActions", [])
                ],
            }
            yield Resource(_LISTENER, listener["ListenerArn"], properties, protect=None)

    yield from read.each(one, read.list("elbv2", "describe_load_balancers", "LoadBalancers"))


def _access_logs(answer: Any) -> Any:
    if answer is UNKNOWN:
        return UNKNOWN
    found = {one["Key"]: one["Value"] for one in answer["Attributes"]}
    return {"enabled": found.get("access_logs.s3.enabled") == "true", "bucket": found.get("access_logs.s3.bucket")}
