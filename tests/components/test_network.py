import ipaddress
from collections import Counter
from typing import Any

import pytest

from components import NatMode, Network
from components._endpoints import INTERFACE_ENDPOINTS
from components.network import subnet_ranges
from tests.components.conftest import ACCOUNT, TAGS, Recorder, Run
from tests.components.iam import decide

ZONES = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
KINDS = ("private", "public", "isolated")


def network(**more: Any) -> Network:
    args = {"cidr": "10.0.0.0/16", "zones": ZONES, "nat": NatMode.PER_ZONE, "kms_key_arn": "arn:key", "tags": TAGS}
    return Network("net", {**args, **more})  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("cidr", ["10.0.0.0/16", "10.8.0.0/20"])
@pytest.mark.parametrize("zones", [2, 3, 4])
def test_subnets_lie_within_the_vpc_and_apart(cidr: str, zones: int) -> None:
    ranges = subnet_ranges("n", cidr, zones)
    assert {kind: len(found) for kind, found in ranges.items()} == dict.fromkeys(KINDS, zones)
    all_ = [ipaddress.IPv4Network(one) for found in ranges.values() for one in found]
    assert all(one.subnet_of(ipaddress.IPv4Network(cidr)) for one in all_)
    assert not any(a.overlaps(b) for a in all_ for b in all_ if a is not b)
    # EKS gives every pod an address of a private subnet.
    assert ipaddress.IPv4Network(ranges["private"][0]).num_addresses >= 512


@pytest.mark.parametrize(
    ("cidr", "zones", "told"),
    [
        ("10.0.0.0/15", 3, r"Network 'n': cidr = '10.0.0.0/15'; allowed: a network of /16 to /20"),
        ("10.0.0.0/21", 3, "allowed: a network of /16 to /20"),
        ("10.0.0.1/16", 3, "has host bits set; allowed: a network"),
        ("ten", 3, "cidr = 'ten'"),
        ("10.0.0.0/16", 1, "zones has 1; allowed: two to four"),
        ("10.0.0.0/16", 5, "zones has 5; allowed: two to four"),
    ],
)
def test_a_network_that_cannot_be_divided_is_refused(cidr: str, zones: int, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        subnet_ranges("n", cidr, zones)


def test_every_zone_has_one_subnet_of_each_kind_and_none_is_public_by_itself(recorder: Recorder, run: Run) -> None:
    outputs = run(network)
    subnets = recorder.of("Subnet")
    assert Counter(one.inputs["availabilityZone"] for one in subnets) == dict.fromkeys(ZONES, 3)
    assert {one.inputs["mapPublicIpOnLaunch"] for one in subnets} == {False}
    assert outputs["private_subnet_ids"] == [f"net-private-{zone[-1]}-0000000" for zone in ZONES]
    assert outputs["isolated_subnet_ids"] == [f"net-isolated-{zone[-1]}-0000000" for zone in ZONES]


@pytest.mark.parametrize(
    ("nat", "gateways", "used"),
    [
        (NatMode.NONE, [], []),
        (NatMode.SINGLE, ["net-a"], ["net-a"] * 3),
        (NatMode.PER_ZONE, ["net-a", "net-b", "net-c"], ["net-a", "net-b", "net-c"]),
    ],
)
def test_private_subnets_leave_through_as_many_gateways_as_asked_for(
    recorder: Recorder, run: Run, nat: NatMode, gateways: list[str], used: list[str]
) -> None:
    outputs = run(lambda: network(nat=nat))
    for kind in ("NatGateway", "Eip"):
        assert sorted(one.name for one in recorder.of(kind)) == gateways
    assert len(outputs["nat_addresses"]) == len(gateways)
    routes = [one.inputs for one in recorder.of("Route") if "natGatewayId" in one.inputs]
    assert sorted(one["natGatewayId"] for one in routes) == [f"{name}-0000000" for name in used]
    assert len({one["routeTableId"] for one in routes}) == len(routes)
    for one in recorder.of("NatGateway"):
        # A gateway that is made before there is a way out fails, and at destroy it must go first.
        assert {"InternetGateway net", "Route net-public"} <= one.depends


def test_isolated_subnets_have_no_way_out(recorder: Recorder, run: Run) -> None:
    run(network)
    tables = {one.inputs["subnetId"]: one.inputs["routeTableId"] for one in recorder.of("RouteTableAssociation")}
    assert len(tables) == 9
    routed = {one.inputs["routeTableId"] for one in recorder.of("Route")}
    for zone in ZONES:
        assert tables[f"net-isolated-{zone[-1]}-0000000"] not in routed
        assert tables[f"net-private-{zone[-1]}-0000000"] in routed
    (rule,) = recorder.inputs("NetworkAcl", "net-isolated")["egress"]
    assert rule["cidrBlock"] == "10.0.0.0/16"
    assert len(recorder.inputs("NetworkAcl", "net-isolated")["subnetIds"]) == 3


@pytest.mark.parametrize(("kind", "served"), [("private", set()), ("public", {443}), ("isolated", set())])
def test_network_acls_let_answers_in_from_the_internet_and_no_administrator(
    recorder: Recorder, run: Run, kind: str, served: set[int]
) -> None:
    # CIS AWS Foundations 3.0, 5.1: no ACL allows ingress from 0.0.0.0/0 to ports of administration.
    run(network)
    rules = recorder.inputs("NetworkAcl", f"net-{kind}")["ingress"]
    assert len({rule["ruleNo"] for rule in rules}) == len(rules)
    open_ = [rule for rule in rules if rule["cidrBlock"] == "0.0.0.0/0" and rule["protocol"] != "1"]
    assert {rule["protocol"] for rule in open_} == (set() if kind == "isolated" else {"6", "17"})
    ports = [set(range(int(rule["fromPort"]), int(rule["toPort"]) + 1)) for rule in open_ if rule["protocol"] == "6"]
    found = set[int]().union(*ports)
    assert {22, 3389} & found == set()
    assert {port for port in found if port < 1024} == served
    # Linux answers and a NAT gateway come from these.
    assert kind == "isolated" or {32768, 60999, 1024, 65535} <= found


def test_what_aws_makes_with_a_vpc_is_emptied(recorder: Recorder, run: Run) -> None:
    run(network)
    group = recorder.inputs("DefaultSecurityGroup", "net-default")
    assert (group["ingress"], group["egress"]) == ([], [])
    acl = recorder.inputs("DefaultNetworkAcl", "net-default", "tags")
    assert set(acl) == {"defaultNetworkAclId"}


def test_aws_is_reached_privately_from_the_vpc_only(recorder: Recorder, run: Run) -> None:
    run(network)
    endpoints = {
        (one.inputs["vpcEndpointType"], one.inputs["serviceName"].removeprefix("com.amazonaws.eu-central-1.")): one
        for one in recorder.of("VpcEndpoint")
    }
    gateways = [("Gateway", service) for service in ("s3", "dynamodb")]
    interfaces = [("Interface", service) for service in INTERFACE_ENDPOINTS]
    assert set(endpoints) == {*gateways, *interfaces}
    for one in gateways:
        assert len(endpoints[one].inputs["routeTableIds"]) == 4
    for one in interfaces:
        assert endpoints[one].inputs["privateDnsEnabled"]
        assert endpoints[one].inputs["securityGroupIds"] == ["net-endpoints-0000000"]
    (rule,) = recorder.of("SecurityGroupIngressRule")
    assert (rule.inputs["fromPort"], rule.inputs["toPort"], rule.inputs["cidrIpv4"]) == (443, 443, "10.0.0.0/16")
    assert not recorder.of("SecurityGroupEgressRule")


def test_requests_to_s3_stay_at_addresses_of_the_vpc(recorder: Recorder, run: Run) -> None:
    # Otherwise EC2 routes them to the gateway endpoint, and to addresses that no network policy can name.
    run(network)
    options = {one.name: one.inputs.get("dnsOptions") for one in recorder.of("VpcEndpoint")}
    assert options["net-endpoints-s3-interface"] == {"privateDnsOnlyForInboundResolverEndpoint": False}
    assert {name for name, given in options.items() if given} == {"net-endpoints-s3-interface"}


@pytest.mark.parametrize("service", ["s3", "dynamodb", "s3-interface", *sorted({*INTERFACE_ENDPOINTS} - {"s3"})])
def test_an_endpoint_lets_only_principals_of_this_account_through(recorder: Recorder, run: Run, service: str) -> None:
    run(network)
    statements = recorder.statements("VpcEndpoint", f"net-endpoints-{service}")
    own, other = {"aws:PrincipalAccount": ACCOUNT}, {"aws:PrincipalAccount": "210987654321"}
    action = f"{service.partition('.')[0].removesuffix('-interface')}:PutObject"
    assert decide(statements, action, "arn:aws:s3:::a/b", context=own) == "Allow"
    assert decide(statements, action, "arn:aws:s3:::a/b", context=other) == "no"
    assert decide(statements, action, "arn:aws:s3:::a/b", context={}) == "no"


@pytest.mark.parametrize(
    ("bucket", "signer"),
    [
        # Presigned by an account of ECR: aws-samples/data-perimeter-policy-examples, service_owned_resources.md.
        ("prod-eu-central-1-starport-layer-bucket", {"aws:PrincipalAccount": "210987654321"}),
        # Anonymous.
        ("prod-registry-k8s-io-eu-central-1", {}),
        ("al2023-repos-eu-central-1-de612dc2", {}),
    ],
)
@pytest.mark.parametrize("endpoint", ["s3", "s3-interface"])
def test_nodes_read_the_buckets_that_images_and_packages_come_from(
    recorder: Recorder, run: Run, endpoint: str, bucket: str, signer: dict[str, str]
) -> None:
    run(network)
    statements = recorder.statements("VpcEndpoint", f"net-endpoints-{endpoint}")
    assert decide(statements, "s3:GetObject", f"arn:aws:s3:::{bucket}/layer", context=signer) == "Allow"
    assert decide(statements, "s3:PutObject", f"arn:aws:s3:::{bucket}/layer", context=signer) == "no"
    assert decide(statements, "s3:GetObject", "arn:aws:s3:::strangers-bucket/layer", context=signer) == "no"


def test_tokens_are_exchanged_through_the_endpoint_of_sts(recorder: Recorder, run: Run) -> None:
    # The call is not signed, so it has no principal.
    run(network)
    statements = recorder.statements("VpcEndpoint", "net-endpoints-sts")
    own, other = (f"arn:aws:iam::{account}:role/a" for account in (ACCOUNT, "210987654321"))
    assert decide(statements, "sts:AssumeRoleWithWebIdentity", own, context={}) == "Allow"
    assert decide(statements, "sts:AssumeRoleWithWebIdentity", other, context={}) == "no"


def test_endpoints_can_be_chosen(recorder: Recorder, run: Run) -> None:
    run(lambda: network(interface_endpoints=["sts"]))
    assert len(recorder.of("VpcEndpoint")) == 3


def test_all_traffic_is_recorded_in_an_encrypted_group(recorder: Recorder, run: Run) -> None:
    outputs = run(lambda: network(flow_log_days=30))
    group = recorder.inputs("LogGroup", "net-flow-logs")
    assert (group["kmsKeyId"], group["retentionInDays"]) == ("arn:key", 30)
    assert outputs["flow_log_group_name"] == group["name"] == "/aws/vpc/ml-platform-dev-net"
    log = recorder.one("FlowLog", "net-flow-logs")
    assert (log.inputs["trafficType"], log.inputs["logDestinationType"]) == ("ALL", "cloud-watch-logs")
    assert "RolePolicy net-flow-logs" in log.depends
    arn = log.inputs["logDestination"]
    statements = recorder.statements("RolePolicy", "net-flow-logs")
    assert decide(statements, "logs:PutLogEvents", f"{arn}:log-stream:eni-1") == "Allow"
    assert decide(statements, "logs:PutLogEvents", f"{arn}-other:log-stream:eni-1") == "no"
    assert decide(statements, "logs:DeleteLogGroup", arn) == "no"
    # VPC User Guide, "IAM role for publishing flow logs to CloudWatch Logs".
    for action in ("CreateLogGroup", "CreateLogStream", "PutLogEvents", "DescribeLogGroups", "DescribeLogStreams"):
        assert decide(statements, f"logs:{action}", arn) == "Allow"


@pytest.mark.parametrize(("more", "seconds"), [({}, 600), ({"flow_log_seconds": 60.0}, 60)])
def test_a_record_is_of_ten_minutes_unless_it_is_asked_for_one(
    recorder: Recorder, run: Run, more: dict[str, Any], seconds: int
) -> None:
    run(lambda: network(**more))
    assert recorder.inputs("FlowLog", "net-flow-logs")["maxAggregationInterval"] == seconds


def test_a_record_of_another_length_is_refused(run: Run) -> None:
    with pytest.raises(ValueError, match="flow_log_seconds = 300; allowed: 60 or 600"):
        run(lambda: network(flow_log_seconds=300))


def test_subnets_that_pass_through_the_default_acl_are_no_difference(recorder: Recorder, run: Run) -> None:
    run(network)
    assert recorder.one("DefaultNetworkAcl", "net-default").ignored == ("subnetIds",)


def test_load_balancers_and_karpenter_find_their_subnets(recorder: Recorder, run: Run) -> None:
    run(lambda: network(cluster_name="ml"))
    found = {one.name: one.inputs["tags"] for one in recorder.of("Subnet")}
    for name, tags in found.items():
        assert ("kubernetes.io/role/internal-elb" in tags) is ("private" in name)
        assert ("kubernetes.io/role/elb" in tags) is ("public" in name)
        assert (tags.get("karpenter.sh/discovery") == "ml") is ("private" in name)
