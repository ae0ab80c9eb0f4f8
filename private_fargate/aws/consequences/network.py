"""Networks, addresses and names: what is in them moves along, and who knows them from outside does not."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from private_fargate.aws.consequences.model import Consequence

if TYPE_CHECKING:
    from collections.abc import Mapping

NETWORK: Final[Mapping[str, Consequence]] = MappingProxyType(
    {
        "AWS::EC2::VPC": Consequence(
            "address changed",
            "Everything in the VPC is made anew: subnets, endpoints, gateways, groups and what runs in them. "
            "Peerings, attachments and private zones of others still point at the old one.",
            "Everything in the VPC goes; AWS refuses while something of another stack is in it.",
            "vpc/latest/userguide/delete-vpc.html",
        ),
        "AWS::EC2::Subnet": Consequence(
            "address changed",
            "Everything in the subnet is made anew with other private addresses. "
            "It fails while the old subnet has an overlapping CIDR block in the same VPC.",
            "What runs in it has to leave first; AWS refuses while a network interface is in it.",
            "vpc/latest/userguide/subnet-deleting.html",
        ),
        "AWS::EC2::EIP": Consequence(
            "address changed",
            "The public address is another one: partners that let only the old one through refuse calls "
            "until they know the new one.",
            "The public address is released and hardly to be had again: allow lists of partners are void.",
            "vpc/latest/userguide/vpc-eips.html",
        ),
        "AWS::EC2::NatGateway": Consequence(
            "address changed",
            "Open connections to the internet break, and calls may fail for minutes. It fails if the new "
            "gateway is to have the address of the old one; with another, allow lists of partners are void.",
            "What is in the private subnets reaches the internet no more, except by another gateway.",
            "vpc/latest/userguide/nat-gateway-basics.html",
        ),
        "AWS::EC2::VPCEndpoint": Consequence(
            "outage",
            "It fails for an interface endpoint with private DNS, whose name only one endpoint of a VPC can "
            "have, and for a gateway endpoint whose route is there already: "
            "take it out in one deployment, and in again in the next; "
            "without it no task starts and calls to the service fail for minutes.",
            "Tasks lose their private way to the service: calls fail, or go out through a NAT gateway.",
            "vpc/latest/privatelink/create-interface-endpoint.html",
        ),
        "AWS::EC2::InternetGateway": Consequence(
            "outage",
            "Nothing gets to the internet, or from it, until the new one is attached.",
            "Nothing in the VPC gets to the internet any more, or from it.",
            "vpc/latest/userguide/VPC_Internet_Gateway.html",
        ),
        "AWS::EC2::VPCGatewayAttachment": Consequence(
            "outage",
            "A VPC has one internet gateway: connections break until the new one is attached.",
            "Nothing in the VPC gets to the internet any more, or from it.",
            "vpc/latest/userguide/VPC_Internet_Gateway.html",
        ),
        "AWS::EC2::Route": Consequence(
            "outage",
            "The destination may not be reached for some seconds.",
            "The destination is not reached any more from the subnets of this route table.",
            "vpc/latest/userguide/VPC_Route_Tables.html",
        ),
        "AWS::EC2::RouteTable": Consequence(
            "outage",
            "Its routes are made anew, and its subnets move over to it: for seconds packets may be lost.",
            "Its subnets fall back to the main route table of the VPC.",
            "vpc/latest/userguide/VPC_Route_Tables.html",
        ),
        "AWS::EC2::SubnetRouteTableAssociation": Consequence(
            "harmless",
            "The subnet changes its route table in one step; nobody notices if both have the same routes.",
            "The subnet falls back to the main route table of the VPC.",
            "AWSEC2/latest/APIReference/API_ReplaceRouteTableAssociation.html",
        ),
        "AWS::EC2::SecurityGroup": Consequence(
            "outage",
            "What is in the group moves over to the new one, its tasks by a new deployment. "
            "Rules of other stacks still name the old one, and then AWS refuses to delete it.",
            "AWS refuses while something is in it, or a rule names it.",
            "vpc/latest/userguide/deleting-security-groups.html",
        ),
        "AWS::EC2::SecurityGroupEgress": Consequence(
            "outage",
            "New connections may be refused for seconds; an equal rule that is there makes it fail.",
            "What the rule let out is closed.",
            "vpc/latest/userguide/security-group-rules.html",
        ),
        "AWS::EC2::SecurityGroupIngress": Consequence(
            "outage",
            "New connections may be refused for seconds; an equal rule that is there makes it fail.",
            "What the rule let in is closed.",
            "vpc/latest/userguide/security-group-rules.html",
        ),
        "AWS::EC2::NetworkAcl": Consequence(
            "outage",
            "Its entries are made anew; until its subnets move over, the old ones hold.",
            "Its subnets fall back to the default ACL of the VPC, which lets everything through.",
            "vpc/latest/userguide/vpc-network-acls.html",
        ),
        "AWS::EC2::NetworkAclEntry": Consequence(
            "outage",
            "What the entry lets through may be refused for some seconds.",
            "What the entry let through is closed, or what it denied is open.",
            "vpc/latest/userguide/vpc-network-acls.html",
        ),
        "AWS::EC2::SubnetNetworkAclAssociation": Consequence(
            "harmless",
            "The subnet changes its ACL in one step.",
            "The subnet falls back to the default ACL of the VPC, which lets everything through.",
            "vpc/latest/userguide/vpc-network-acls.html",
        ),
        "AWS::EC2::FlowLog": Consequence(
            "harmless",
            "A few minutes of the network's records are missing; those that are written stay.",
            "The network is not recorded any more; the records that are written stay.",
            "vpc/latest/userguide/flow-logs.html",
        ),
        "AWS::EC2::VPCPeeringConnection": Consequence(
            "outage",
            "The other VPC is not reached until the new peering is accepted and its routes name it.",
            "The other VPC is not reached any more.",
            "vpc/latest/peering/what-is-vpc-peering.html",
        ),
        "AWS::EC2::TransitGatewayAttachment": Consequence(
            "outage",
            "Networks behind the transit gateway are not reached for minutes.",
            "Networks behind the transit gateway are not reached any more.",
            "vpc/latest/tgw/tgw-vpc-attachments.html",
        ),
        "AWS::Route53::HostedZone": Consequence(
            "address changed",
            "The zone has other name servers: the delegation in the zone above has to name them first.",
            "No name of the zone is found any more; AWS refuses while there are records of others in it.",
            "Route53/latest/DeveloperGuide/DeleteHostedZone.html",
        ),
        "AWS::Route53::RecordSet": Consequence(
            "outage",
            "Resolvers give the old answer until its TTL ends; an equal name that is there makes it fail.",
            "The name is not found any more once its TTL ends.",
            "Route53/latest/DeveloperGuide/resource-record-sets-deleting.html",
        ),
        "AWS::ServiceDiscovery::PrivateDnsNamespace": Consequence(
            "address changed",
            "There is a new hosted zone: services get other names, or are not found for minutes until their "
            "tasks are registered again. AWS refuses to delete the old one while a service is in it.",
            "Services do not find each other by name any more; AWS refuses while a service is in it.",
            "cloud-map/latest/dg/deleting-namespaces.html",
        ),
        "AWS::ServiceDiscovery::Service": Consequence(
            "outage",
            "The name is not found until the tasks are registered again, which takes a new deployment of "
            "the ECS service. AWS refuses to delete the old one while instances are registered.",
            "The name is not found any more; AWS refuses while instances are registered.",
            "cloud-map/latest/dg/deleting-services.html",
        ),
        "AWS::ElasticLoadBalancingV2::LoadBalancer": Consequence(
            "address changed",
            "It has another DNS name and other addresses: what points at the old one is wrong.",
            "Nobody gets through to the services behind it.",
            "elasticloadbalancing/latest/application/load-balancer-delete.html",
        ),
        "AWS::ElasticLoadBalancingV2::TargetGroup": Consequence(
            "outage",
            "Targets are registered and checked anew: requests may fail until the first are healthy.",
            "Requests for it find no targets; AWS refuses while a listener forwards to it.",
            "elasticloadbalancing/latest/application/delete-target-group.html",
        ),
        "AWS::ElasticLoadBalancingV2::Listener": Consequence(
            "outage",
            "A port of a load balancer has one listener: the update fails if both have the same.",
            "The port is closed.",
            "elasticloadbalancing/latest/application/delete-listener.html",
        ),
        "AWS::ElasticLoadBalancingV2::ListenerRule": Consequence(
            "outage",
            "Requests may be answered by another rule for some seconds; an equal priority makes it fail.",
            "Requests that it matched are answered by another rule.",
            "elasticloadbalancing/latest/application/listener-rules.html",
        ),
    }
)
"""Resource type -> what it means to give one up."""
