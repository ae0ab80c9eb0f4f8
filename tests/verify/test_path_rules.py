"""Routes, security groups and ACLs against brute force, and what becomes of an answer when a value is hidden.

The oracles know nothing of the code: routes by longest prefix, groups and ACLs by asking about every
address and every port.
"""

from __future__ import annotations

import copy
import ipaddress
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from private_fargate.verify.checking import verify
from private_fargate.verify.examples import parse, patched
from private_fargate.verify.model import Model
from private_fargate.verify.network.groups import Side
from private_fargate.verify.templates.places import Place
from private_fargate.verify.templates.sources import Template, read
from private_fargate.verify.templates.systems import Loader, systems
from private_fargate.verify.templates.values import Items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.templates.values import Truth

Body = dict[str, Any]

BASES = Path(__file__).parents[2] / "private_fargate" / "verify" / "examples" / "bases"
CORRECT = Path(__file__).parent / "correct"
UNKNOWN: Body = {"Type": "String"}
PROBES = {"0.0.0.0/1": "52.94.5.1", "128.0.0.0/1": "209.54.176.1"}


class Ready(Loader):
    """Hands out one template without a file."""

    def __init__(self, body: Body) -> None:
        super().__init__()
        self.path = Path("network.json")
        self._templates[self.path] = Template(self.path, json.dumps(body))


def model(resources: Body) -> Model:
    loader = Ready({"Parameters": {"Hidden": UNKNOWN}, "Resources": resources})
    return Model(systems(loader.path, {}, Place(), loader)[0])


def resource(kind: str, **properties: Any) -> Body:
    return {"Type": f"AWS::EC2::{kind}", "Properties": properties}


def ref(name: str) -> Body:
    return {"Ref": name}


def hidden(resources: Body) -> Iterator[Body]:
    """Give the same resources with one value after another replaced by a parameter without a value."""
    for path in _leaves(resources, ()):
        changed = copy.deepcopy(resources)
        node: Any = changed
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = ref("Hidden")
        yield changed


def _leaves(node: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    is_value = not isinstance(node, dict | list) or (
        isinstance(node, dict) and set(node) <= {"Ref", "Fn::GetAtt"}
    )
    if len(path) > 2 and is_value:
        yield path
    elif isinstance(node, dict):
        for key, value in node.items():
            if path[1:] != () or key != "Type":
                yield from _leaves(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _leaves(value, (*path, index))


# Routes

TARGETS = {
    "nat": {"NatGatewayId": ref("Nat")},
    "buried nat": {"NatGatewayId": ref("BuriedNat")},
    "private nat": {"NatGatewayId": ref("PrivateNat")},
    "gateway": {"GatewayId": ref("Gateway")},
    "loose gateway": {"GatewayId": ref("LooseGateway")},
    "transit": {"TransitGatewayId": "tgw-1"},
}
OUTCOMES: dict[str, Truth] = {
    "nat": True,
    "buried nat": False,
    "private nat": False,
    "gateway": False,
    "loose gateway": False,
    "transit": None,
}

route_sets = st.dictionaries(
    st.sampled_from(["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8", "192.168.0.0/16"]),
    st.sampled_from(sorted(TARGETS)),
    max_size=4,
)


def network(routes: dict[str, str], *, associated: bool) -> Body:
    vpc = {"VpcId": ref("Vpc")}
    resources = {
        "Vpc": resource("VPC", CidrBlock="10.1.0.0/16"),
        "Gateway": resource("InternetGateway"),
        "LooseGateway": resource("InternetGateway"),
        "Attachment": resource("VPCGatewayAttachment", **vpc, InternetGatewayId=ref("Gateway")),
        "Public": resource("Subnet", **vpc, CidrBlock="10.1.0.0/24"),
        "Inner": resource("Subnet", **vpc, CidrBlock="10.1.1.0/24"),
        "PublicTable": resource("RouteTable", **vpc),
        "PublicRoute": resource(
            "Route",
            RouteTableId=ref("PublicTable"),
            DestinationCidrBlock="0.0.0.0/0",
            GatewayId=ref("Gateway"),
        ),
        "PublicAssociation": resource(
            "SubnetRouteTableAssociation", SubnetId=ref("Public"), RouteTableId=ref("PublicTable")
        ),
        "Nat": resource("NatGateway", SubnetId=ref("Public"), AllocationId="eipalloc-1"),
        "BuriedNat": resource("NatGateway", SubnetId=ref("Buried"), AllocationId="eipalloc-2"),
        "Buried": resource("Subnet", **vpc, CidrBlock="10.1.2.0/24"),
        "PrivateNat": resource("NatGateway", SubnetId=ref("Public"), ConnectivityType="private"),
        "Table": resource("RouteTable", **vpc),
    }
    if associated:
        resources["Association"] = resource(
            "SubnetRouteTableAssociation", SubnetId=ref("Inner"), RouteTableId=ref("Table")
        )
    for index, (block, target) in enumerate(routes.items()):
        resources[f"Route{index}"] = resource(
            "Route", RouteTableId=ref("Table"), DestinationCidrBlock=block, **TARGETS[target]
        )
    return resources


def way_out(resources: Body) -> Truth:
    found = model(resources)
    subnet = found.system.root.resources["Inner"].ref
    return found.routes.internet(subnet).holds


def expected_way(routes: dict[str, str], *, associated: bool) -> Truth:
    """Follow the longest prefix to one address in each half of the internet."""
    outcomes: set[Truth] = set()
    for probe in PROBES.values():
        address = ipaddress.ip_address(probe)
        matching = [ipaddress.ip_network(b) for b in routes if address in ipaddress.ip_network(b)]
        if not associated or not matching:
            outcomes |= {False}
        else:
            longest = max(matching, key=lambda block: block.prefixlen)
            outcomes.add(OUTCOMES[routes[str(longest)]])
    return outcomes.pop() if len(outcomes) == 1 else None


@settings(max_examples=120, deadline=None)
@given(routes=route_sets, associated=st.booleans())
def test_a_way_out_is_that_of_the_longest_prefix(*, routes: dict[str, str], associated: bool) -> None:
    assert way_out(network(routes, associated=associated)) is expected_way(routes, associated=associated)


@settings(max_examples=25, deadline=None)
@given(route_sets)
def test_hiding_a_value_never_turns_a_way_round(routes: dict[str, str]) -> None:
    resources = network(routes, associated=True)
    known = way_out(resources)
    for changed in hidden(resources):
        assert {known, way_out(changed)} != {True, False}, changed


@pytest.mark.parametrize(
    ("connectivity", "target", "holds"),
    [
        ("public", "Nat", False),
        ("private", "Nat", False),
        ("public", "Other", False),
        ("private", "Other", None),
    ],
)
def test_a_public_nat_gateway_is_for_no_subnet_that_leads_to_another(
    connectivity: str, target: str, holds: Truth
) -> None:
    resources = network({"0.0.0.0/0": "nat"}, associated=True)
    resources["Nat"]["Properties"] |= {"SubnetId": ref("Middle"), "ConnectivityType": connectivity}
    resources |= {
        "Other": resource("NatGateway", SubnetId=ref("Public"), AllocationId="eipalloc-3"),
        "Middle": resource("Subnet", VpcId=ref("Vpc"), CidrBlock="10.1.9.0/24"),
        "MiddleTable": resource("RouteTable", VpcId=ref("Vpc")),
        "MiddleAssociation": resource(
            "SubnetRouteTableAssociation", SubnetId=ref("Middle"), RouteTableId=ref("MiddleTable")
        ),
        "MiddleRoute": resource(
            "Route",
            RouteTableId=ref("MiddleTable"),
            DestinationCidrBlock="0.0.0.0/0",
            NatGatewayId=ref(target),
        ),
    }
    assert way_out(resources) is holds


@pytest.mark.parametrize("block", ["52.0.0.0/8", "0.0.0.0/2"])
def test_a_route_to_a_part_of_the_internet_proves_nothing(block: str) -> None:
    resources = network({}, associated=True)
    resources["Part"] = resource(
        "Route", RouteTableId=ref("Table"), DestinationCidrBlock=block, NatGatewayId=ref("Nat")
    )
    assert way_out(resources) is None


@pytest.mark.parametrize(
    ("mode", "excluded", "holds"),
    [
        ("off", None, True),
        ("block-ingress", None, True),
        ("block-bidirectional", None, False),
        ("block-bidirectional", "Public", True),
        ("block-bidirectional", "Inner", False),
        (ref("Hidden"), None, None),
        ("block-bidirectional", "Hidden", None),
    ],
)
def test_public_access_is_blocked_where_the_account_says_so(
    mode: Any, excluded: str | None, holds: Truth
) -> None:
    resources = network({"0.0.0.0/0": "nat"}, associated=True)
    resources["Options"] = resource("VPCBlockPublicAccessOptions", InternetGatewayBlockMode=mode)
    if excluded:
        resources["Exclusion"] = resource("VPCBlockPublicAccessExclusion", SubnetId=ref(excluded))
    assert way_out(resources) is holds


# Security groups

SUBNETS = {"One": "10.0.0.0/29", "Two": "10.0.0.8/29"}
PORT = 443

peers = st.sampled_from(
    [
        {"SourceSecurityGroupId": ref("Caller")},
        {"SourceSecurityGroupId": ref("Stranger")},
        *(
            {"CidrIp": block}
            for block in (
                "0.0.0.0/0",
                "10.0.0.0/28",
                "10.0.0.0/29",
                "10.0.0.8/29",
                "10.0.0.0/30",
                "10.0.0.4/30",
            )
        ),
        {"CidrIp": "172.16.0.0/12"},
        {"CidrIpv6": "::/0"},
    ]
)
protocols = st.sampled_from(
    [
        {"IpProtocol": "-1"},
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443},
        {"IpProtocol": "6", "FromPort": "0", "ToPort": "65535"},
        {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80},
        {"IpProtocol": "udp", "FromPort": 443, "ToPort": 443},
    ]
)
group_rules = st.lists(st.builds(lambda one, other: {**one, **other}, protocols, peers), max_size=4)


def grouped(rules: list[Body], *, apart: bool) -> Body:
    """Give a task in two subnets that calls an endpoint, whose group has some rules."""
    vpc = {"VpcId": ref("Vpc")}
    resources = {
        "Vpc": resource("VPC", CidrBlock="10.0.0.0/16"),
        **{name: resource("Subnet", **vpc, CidrBlock=block) for name, block in SUBNETS.items()},
        "Caller": resource("SecurityGroup", **vpc, GroupDescription="caller"),
        "Stranger": resource("SecurityGroup", **vpc, GroupDescription="stranger"),
        "Called": resource("SecurityGroup", **vpc, GroupDescription="called"),
    }
    if not apart:
        resources["Called"]["Properties"]["SecurityGroupIngress"] = rules
        return resources
    for index, rule in enumerate(rules):
        resources[f"Rule{index}"] = resource("SecurityGroupIngress", GroupId=ref("Called"), **rule)
    return resources


def lets_in(resources: Body) -> Truth:
    found = model(resources)
    own = found.system.root.resources
    subnets = tuple(own[name].ref for name in SUBNETS)
    caller = Side(Items((own["Caller"].ref,)), subnets, own["Vpc"].ref)
    called = Side(Items((own["Called"].ref,)), subnets, own["Vpc"].ref)
    return found.groups.passes("ingress", called, caller, PORT).holds


def expected_entry(rules: list[Body]) -> bool:
    """Ask every rule about every address of the caller."""
    addresses = [address for block in SUBNETS.values() for address in ipaddress.ip_network(block)]
    return all(any(_admits(rule, address) for rule in rules) for address in addresses)


def _admits(rule: Body, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if rule["IpProtocol"] not in ("-1", "tcp", "6"):
        return False
    if rule["IpProtocol"] != "-1" and not int(rule["FromPort"]) <= PORT <= int(rule["ToPort"]):
        return False
    if "SourceSecurityGroupId" in rule:
        return rule["SourceSecurityGroupId"] == ref("Caller")
    return address in ipaddress.ip_network(rule.get("CidrIp") or rule["CidrIpv6"])


@settings(max_examples=200, deadline=None)
@given(rules=group_rules, apart=st.booleans())
def test_a_group_lets_in_whom_its_rules_cover(*, rules: list[Body], apart: bool) -> None:
    assert lets_in(grouped(rules, apart=apart)) is expected_entry(rules)


@settings(max_examples=25, deadline=None)
@given(rules=group_rules, apart=st.booleans())
def test_hiding_a_value_never_turns_a_group_round(*, rules: list[Body], apart: bool) -> None:
    resources = grouped(rules, apart=apart)
    known = lets_in(resources)
    for changed in hidden(resources):
        assert lets_in(changed) in (known, None), changed


# Network ACLs

entries = st.lists(
    st.tuples(
        st.sampled_from(["allow", "deny"]),
        st.sampled_from(
            [None, (443, 443), (1024, 65535), (32768, 40000), (40001, 60999), (3389, 3389), (33000, 33063)]
        ),
        st.sampled_from(["0.0.0.0/0", "10.9.0.0/16", "10.8.0.0/16"]),
    ),
    max_size=5,
)


def answers_pass(listed: list[Body]) -> Truth:
    vpc = {"VpcId": ref("Vpc")}
    found = model(
        {
            "Vpc": resource("VPC", CidrBlock="10.9.0.0/16"),
            "Inner": resource("Subnet", **vpc, CidrBlock="10.9.0.0/24"),
            "Acl": resource("NetworkAcl", **vpc),
            "Given": resource("SubnetNetworkAclAssociation", SubnetId=ref("Inner"), NetworkAclId=ref("Acl")),
            **{f"Entry{index}": entry for index, entry in enumerate(listed)},
        }
    )
    return found.acls.passes(
        found.system.root.resources["Inner"].ref, "in", "10.9.1.0/24", (32768, 60999)
    ).holds


def acl_entries(written: list[tuple[str, tuple[int, int] | None, str]]) -> list[Body]:
    return [
        resource(
            "NetworkAclEntry",
            NetworkAclId=ref("Acl"),
            RuleNumber=100 + number,
            Egress=False,
            RuleAction=action,
            CidrBlock=block,
            **(
                {"Protocol": 6, "PortRange": {"From": ports[0], "To": ports[1]}}
                if ports
                else {"Protocol": -1}
            ),
        )
        for number, (action, ports, block) in enumerate(written)
    ]


def expected_answers(written: list[tuple[str, tuple[int, int] | None, str]]) -> Truth:
    """Ask the entries about every port; what hardly any caller takes is no fault."""
    about = [(action, ports) for action, ports, block in written if block != "10.8.0.0/16"]
    refused = sum(not _allowed(about, port) for port in range(32768, 61000))
    return True if not refused else None if refused <= 64 else False


def _allowed(about: list[tuple[str, tuple[int, int] | None]], port: int) -> bool:
    first = next((action for action, ports in about if not ports or ports[0] <= port <= ports[1]), "deny")
    return first == "allow"


@settings(max_examples=60, deadline=None)
@given(entries)
def test_an_acl_is_asked_entry_by_entry(written: list[tuple[str, tuple[int, int] | None, str]]) -> None:
    assert answers_pass(acl_entries(written)) is expected_answers(written)


@settings(max_examples=25, deadline=None)
@given(entries)
def test_hiding_a_value_never_turns_an_acl_round(
    written: list[tuple[str, tuple[int, int] | None, str]],
) -> None:
    listed = acl_entries(written)
    known = answers_pass(listed)
    for changed in hidden({str(index): entry for index, entry in enumerate(listed)}):
        assert answers_pass(list(changed.values())) in (known, None), changed


# One fault, one rule: changes to correct templates, and what is said of them

CHANGES = {
    # A NAT gateway without a route to it is one fault, however many calls it stops.
    ("nat-per-zone.yaml", "DefaultPrivateRoute2: null"): {"NET-001"},
    ("docker-hub-nat.yaml", "PR: null"): {"NET-035"},
    ("firelens-nat.yaml", "RoutePrivate: null"): {"NET-001"},
    ("nat-instance.yaml", "PrivateAssociation: null"): {"NET-023"},
    ("nat-and-endpoints.yaml", "LowerHalf: null"): set(),
    ("nat-and-endpoints.yaml", "{LowerHalf: null, UpperHalf: null}"): {"NET-007", "NET-008"},
    # An endpoint in a group that does not know its callers is the endpoint's fault, not the task's.
    ("mappings-by-stage.yaml", "EcrApi: {Properties: {SecurityGroupIds: null}}"): {"SG-004"},
    ("mappings-by-stage.yaml", "TaskGroup: {Properties: {SecurityGroupEgress: {'1': null}}}"): {"SG-006"},
    ("discovery-a-record.yaml", "DoorGroupHttps: null"): {"SG-001"},
    ("secondary-cidr.yaml", "S3: null"): {"NET-004"},
    # Public subnets whose tasks have no public address, because each call has an endpoint.
    ("public-subnets-endpoints.yaml", "Logs: null"): {"NET-008"},
    ("public-subnets-endpoints.yaml", "EcrDkr: {Properties: {PrivateDnsEnabled: false}}"): {"NET-012"},
    ("public-subnets-endpoints.yaml", "S3: null"): {"NET-044"},
    ("own-hosted-zones.yaml", "LogsZone: null"): {"NET-012"},
    ("default-security-group.yaml", "EcrDkr: {Properties: {SecurityGroupIds: null}}"): set(),
    # Exec sessions under a key ask KMS.
    ("isolated-exec-logged.yaml", "ToKms: null"): {"NET-011"},
    # The VPC is not ours, and the task's group is.
    (
        "autoscaled.yaml",
        "Group: {Properties: {SecurityGroupEgress: [{IpProtocol: udp, CidrIp: 0.0.0.0/0}]}}",
    ): {"SG-005"},
    ("network-acls.yaml", "PrivateInReturn: null"): {"NET-046"},
    ("network-acls.yaml", "PublicOutHigh: {Properties: {RuleAction: deny}}"): {"NET-046"},
    ("network-acls.yaml", "PublicInReturn: {Properties: {PortRange: {From: 49152}}}"): {"NET-046"},
    ("jump-host-isolated.yaml", "Ssm: {Properties: {PrivateDnsEnabled: false}}"): {"NET-012"},
    ("jump-host-isolated.yaml", "SsmMessages: null"): {"JUMP-001"},
    ("efs-volume.yaml", "FilesS2: null"): {"SG-014"},
    ("endpoint-policies.yaml", "Subnet1Table: null"): {"NET-023"},
    # A balancer is admitted by the blocks of its subnets, of which one has another port now.
    (
        "nat-block-ingress.yaml",
        "TaskGroup: {Properties: {SecurityGroupIngress: {'0': {FromPort: 9, ToPort: 9}}}}",
    ): {"SG-007"},
}


@pytest.mark.parametrize(("name", "change"), list(CHANGES), ids=lambda value: str(value)[:40])
def test_one_fault_is_told_by_one_rule(name: str, change: str) -> None:
    loader = Ready(patched(read(CORRECT / name).body, parse(change)))
    found = verify(loader.path, loader=loader).findings
    said = {finding.rule for finding in found if finding.severity == "error"}
    assert said == CHANGES[name, change], [finding.message for finding in found]


# What is meant otherwise than it looks: nothing may be said where nothing is wrong

MEANT = yaml.safe_load(
    """
- title: endpoints are made by a stack that is not at hand
  base: isolated
  change: |
    EcrApiEndpoint: null
    EcrDkrEndpoint: null
    Doors:
      Type: AWS::CloudFormation::Stack
      Properties: { TemplateURL: "https://b.s3.amazonaws.com/x.yaml", Parameters: { Vpc: !Ref Vpc } }
  errors: []
- title: rules of a group are made by a stack that is not at hand
  base: isolated
  change: |
    EndpointSecurityGroup: { Properties: { SecurityGroupIngress: null } }
    Doors:
      Type: AWS::CloudFormation::Stack
      Properties:
        { TemplateURL: "https://b.s3.amazonaws.com/x.yaml", Parameters: { G: !Ref EndpointSecurityGroup } }
  errors: []
- title: endpoints are made by a module
  base: isolated
  change: |
    EcrApiEndpoint: null
    Doors: { Type: "My::Vpc::Doors::MODULE", Properties: { Vpc: !Ref Vpc } }
  errors: []
- title: endpoints are in another network, behind a transit gateway
  base: isolated
  change: |
    EcrApiEndpoint: null
    EcrDkrEndpoint: null
    TaskSecurityGroup:
      Properties:
        SecurityGroupEgress:
          - { IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8 }
          - { IpProtocol: tcp, FromPort: 443, ToPort: 443, DestinationPrefixListId: pl-63a5400a }
    ToHub:
      Type: AWS::EC2::Route
      Properties:
        { RouteTableId: !Ref PrivateRouteTable, DestinationCidrBlock: 10.0.0.0/8, TransitGatewayId: tgw-1 }
  errors: []
- title: a peering connection leads to a database
  base: isolated
  change: |
    EcrApiEndpoint: null
    ToPeer:
      Type: AWS::EC2::Route
      Properties:
        RouteTableId: !Ref PrivateRouteTable
        DestinationCidrBlock: 172.16.0.0/16
        VpcPeeringConnectionId: pcx-1
  errors: [NET-002]
- title: a hosted zone leads the name somewhere
  base: isolated
  change: |
    EcrApiEndpoint: null
    Zone:
      Type: AWS::Route53::HostedZone
      Properties:
        Name: !Sub "api.ecr.${AWS::Region}.amazonaws.com"
        VPCs: [{ VPCId: !Ref Vpc, VPCRegion: !Ref "AWS::Region" }]
  errors: []
- title: subnets have IPv6 only
  base: balanced
  change: |
    PrivateSubnet1: { Properties: { CidrBlock: null, Ipv6Native: true, Ipv6CidrBlock: "2600:1f14::/64" } }
    PrivateSubnet1DefaultRoute: null
  errors: [NET-051]
- title: one of two groups lets out
  base: balanced
  change: |
    Closed:
      Type: AWS::EC2::SecurityGroup
      Properties:
        VpcId: !Ref Vpc
        GroupDescription: closed
        SecurityGroupEgress: [{ IpProtocol: tcp, FromPort: 5432, ToPort: 5432, CidrIp: 10.0.0.0/16 }]
    Service:
      Properties:
        NetworkConfiguration:
          AwsvpcConfiguration: { SecurityGroups: [!Ref Closed, !Ref TaskSecurityGroup] }
  errors: []
- title: the internet is written in two halves
  base: balanced
  change: |
    TaskSecurityGroup:
      Properties:
        SecurityGroupEgress:
          - { IpProtocol: "-1", CidrIp: 0.0.0.0/1 }
          - { IpProtocol: "-1", CidrIp: 128.0.0.0/1 }
  errors: []
- title: a VPN gateway takes the default route
  base: balanced
  change: |
    Vgw: { Type: AWS::EC2::VPNGateway, Properties: { Type: ipsec.1 } }
    PrivateSubnet1DefaultRoute: { Properties: { NatGatewayId: null, GatewayId: !Ref Vgw } }
  errors: []
- title: an endpoint is in the other VPC
  base: isolated
  change: |
    Vpc2: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.9.0.0/16, EnableDnsHostnames: true } }
    EcrApiEndpoint: { Properties: { VpcId: !Ref Vpc2 } }
  errors: [NET-002, NET-045]
- title: the balancer has no group that a rule could name
  base: balanced
  change: |
    LoadBalancer: { Properties: { Type: network, SecurityGroups: null } }
    Listener: { Properties: { Protocol: TCP } }
    TargetGroup: { Properties: { Protocol: TCP, HealthCheckPath: null } }
  errors: [SG-007]
- title: data of others are denied, and with them the layers
  base: isolated
  change: |
    S3Endpoint:
      Properties:
        PolicyDocument:
          Statement:
            - { Effect: Allow, Principal: "*", Action: "*", Resource: "*" }
            - Effect: Deny
              Principal: "*"
              Action: "*"
              Resource: "*"
              Condition: { StringNotEquals: { "aws:ResourceAccount": !Ref "AWS::AccountId" } }
  errors: [NET-039]
- title: data of others are denied, but for the layers
  base: isolated
  change: |
    S3Endpoint:
      Properties:
        PolicyDocument:
          Statement:
            - { Effect: Allow, Principal: "*", Action: "*", Resource: "*" }
            - Effect: Deny
              Principal: "*"
              Action: "*"
              NotResource: arn:aws:s3:::prod-*-starport-layer-bucket/*
              Condition: { StringNotEquals: { "aws:ResourceAccount": !Ref "AWS::AccountId" } }
  errors: []
- title: a gateway endpoint knows no principal but everybody
  base: isolated
  change: |
    S3Endpoint:
      Properties:
        PolicyDocument:
          Statement:
            - { Effect: Allow, Principal: { AWS: !GetAtt ExecutionRole.Arn }, Action: "*", Resource: "*" }
  errors: [NET-038]
- title: a policy is given to roles that nobody knows
  base: isolated
  change: |
    ExecutionRole: { Properties: { Policies: null } }
    Start:
      Type: AWS::IAM::Policy
      Properties:
        PolicyName: start
        Roles: !Split [",", !ImportValue roles]
        PolicyDocument: { Statement: { Effect: Allow, Action: "*", Resource: "*" } }
  errors: []
- title: providers are associated with a cluster that nobody knows
  base: isolated
  change: |
    Providers:
      Type: AWS::ECS::ClusterCapacityProviderAssociations
      Properties:
        Cluster: !ImportValue cluster
        CapacityProviders: [FARGATE]
        DefaultCapacityProviderStrategy: [{ CapacityProvider: FARGATE, Weight: 1 }]
    Service: { DependsOn: { "99": Providers }, Properties: { LaunchType: null } }
  errors: []
- title: a file system has mount targets in subnets that nobody knows
  base: balanced
  change: |
    Files: { Type: AWS::EFS::FileSystem }
    MountTarget:
      Type: AWS::EFS::MountTarget
      Properties: { FileSystemId: !Ref Files, SubnetId: !ImportValue subnet }
    TaskDefinition:
      Properties:
        Volumes: [{ Name: files, EFSVolumeConfiguration: { FilesystemId: !Ref Files } }]
        ContainerDefinitions: { "0": { MountPoints: [{ SourceVolume: files, ContainerPath: /files }] } }
  errors: []
- title: zones are named in one subnet, and numbered in the other
  base: balanced
  change: |
    Files: { Type: AWS::EFS::FileSystem }
    DataSubnet:
      Type: AWS::EC2::Subnet
      Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.200.0/24, AvailabilityZone: eu-west-1a }
    MountTarget:
      Type: AWS::EFS::MountTarget
      Properties: { FileSystemId: !Ref Files, SubnetId: !Ref DataSubnet }
    TaskDefinition:
      Properties:
        Volumes: [{ Name: files, EFSVolumeConfiguration: { FilesystemId: !Ref Files } }]
        ContainerDefinitions: { "0": { MountPoints: [{ SourceVolume: files, ContainerPath: /files }] } }
  errors: []
- title: a mount target is of a file system that nobody knows
  base: balanced
  change: |
    Files: { Type: AWS::EFS::FileSystem }
    MountTarget:
      Type: AWS::EFS::MountTarget
      Properties: { FileSystemId: !ImportValue files, SubnetId: !Ref PrivateSubnet1 }
    TaskDefinition:
      Properties:
        Volumes: [{ Name: files, EFSVolumeConfiguration: { FilesystemId: !Ref Files } }]
        ContainerDefinitions: { "0": { MountPoints: [{ SourceVolume: files, ContainerPath: /files }] } }
  errors: []
"""
)


@pytest.mark.parametrize("case", MEANT, ids=lambda case: case["title"])
def test_what_is_meant_is_not_taken_for_a_fault(case: Body) -> None:
    loader = Ready(patched(read(BASES / f"{case['base']}.yaml").body, parse(case["change"])))
    found = verify(loader.path, loader=loader).findings
    said = {finding.rule for finding in found if finding.severity == "error"}
    assert said == set(case["errors"]), [finding.message for finding in found]


@pytest.mark.parametrize(
    ("name", "proven"), [("dkr.ecr.eu-west-1.amazonaws.com", True), ("dkr-ecr.eu-west-1.on.aws", None)]
)
def test_an_endpoint_proves_nothing_about_a_dual_stack_name(*, name: str, proven: bool | None) -> None:
    """AWS documents both that endpoints of ECR serve dual-stack names and that they do not."""
    image = f'!Sub "${{AWS::AccountId}}.{name}/web:1"'
    change = f"TaskDefinition: {{Properties: {{ContainerDefinitions: {{'0': {{Image: {image}}}}}}}}}"
    loader = Ready(patched(read(BASES / "isolated.yaml").body, parse(change)))
    report = verify(loader.path, place=Place("eu-west-1"), loader=loader)
    assert {proof.holds for proof in report.proofs if proof.need == "ecr.dkr:443"} == {proven}
