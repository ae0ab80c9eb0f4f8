"""The resource types of a network and of the host in it."""

from __future__ import annotations

from typing import Final

from private_fargate.aws.handlers.model import Handlers

NETWORK: Final = {
    "AWS::EC2::EIP": Handlers(
        create="ec2:AcceptAddressTransfer AllocateAddress AssociateAddress CreateTags DescribeAddresses",
        read="ec2:DescribeAddresses",
        update="ec2:AssociateAddress CreateTags DeleteTags DescribeAddresses DisassociateAddress",
        delete="ec2:DescribeAddresses DisassociateAddress ReleaseAddress",
        tags="ec2:CreateTags DeleteTags DescribeTags",
    ),
    "AWS::EC2::FlowLog": Handlers(
        create=(
            "autoscaling:DescribeTags ec2:CreateFlowLogs CreateTags DescribeFlowLogs DescribeTags "
            "iam:CreateServiceLinkedRole PassRole logs:CreateLogDelivery s3:GetBucketPolicy PutBucketPolicy"
        ),
        read="ec2:DescribeFlowLogs",
        update="ec2:CreateTags DeleteTags DescribeFlowLogs",
        delete="ec2:DeleteFlowLogs DescribeFlowLogs logs:DeleteLogDelivery",
        tags="ec2:CreateTags DeleteTags",
    ),
    "AWS::EC2::Instance": Handlers(
        create=(
            "ec2:AssociateIamInstanceProfile AttachVolume CreateTags DescribeIamInstanceProfileAssociations "
            "DescribeInstanceAttribute DescribeInstanceCreditSpecifications DescribeInstances "
            "DescribeKeyPairs DescribeLaunchTemplateVersions DescribeLaunchTemplates "
            "DescribeNetworkInterfaces DescribeSecurityGroups DescribeSubnets DescribeVolumes DescribeVpcs "
            "DetachVolume DisassociateIamInstanceProfile ModifyInstanceAttribute "
            "ModifyInstanceCreditSpecification ModifyInstancePlacement ModifyPrivateDnsNameOptions "
            "MonitorInstances ReplaceIamInstanceProfileAssociation RunInstances StartInstances iam:PassRole "
            "ssm:CreateAssociation DescribeAssociation ListAssociations"
        ),
        read=(
            "ec2:DescribeInstanceAttribute DescribeInstanceCreditSpecifications DescribeInstances "
            "DescribeLaunchTemplates DescribeNetworkInterfaces DescribeVolumes ssm:DescribeAssociation "
            "ListAssociations"
        ),
        update=(
            "ec2:AssociateIamInstanceProfile AttachVolume CreateTags DeleteTags "
            "DescribeIamInstanceProfileAssociations DescribeInstanceAttribute "
            "DescribeInstanceCreditSpecifications DescribeInstances DescribeKeyPairs "
            "DescribeLaunchTemplates DescribeNetworkInterfaces DescribeSecurityGroups DescribeSubnets "
            "DescribeVpcs DetachVolume DisassociateIamInstanceProfile ModifyInstanceAttribute "
            "ModifyInstanceCreditSpecification ModifyInstanceMaintenanceOptions "
            "ModifyInstanceMetadataOptions ModifyInstancePlacement ModifyPrivateDnsNameOptions "
            "MonitorInstances ReplaceIamInstanceProfileAssociation StartInstances StopInstances "
            "UnmonitorInstances ssm:CreateAssociation DeleteAssociation DescribeAssociation "
            "ListAssociations"
        ),
        delete=(
            "ec2:DescribeInstanceAttribute DescribeInstanceCreditSpecifications DescribeInstances "
            "DescribeLaunchTemplates DescribeNetworkInterfaces DescribeVolumes TerminateInstances "
            "ssm:DescribeAssociation ListAssociations"
        ),
        tags="ec2:CreateTags DeleteTags",
    ),
    "AWS::EC2::InternetGateway": Handlers(
        create="ec2:CreateInternetGateway CreateTags DescribeInternetGateways",
        read="ec2:DescribeInternetGateways",
        update="ec2:CreateTags DeleteTags DescribeInternetGateways",
        delete="ec2:DeleteInternetGateway DescribeInternetGateways",
        tags="ec2:CreateTags DeleteTags",
    ),
    "AWS::EC2::NatGateway": Handlers(
        create="ec2:CreateNatGateway CreateTags DescribeNatGateways",
        read="ec2:DescribeNatGateways",
        update=(
            "ec2:AssignPrivateNatGatewayAddress AssociateNatGatewayAddress CreateTags DeleteTags "
            "DescribeNatGateways DisassociateNatGatewayAddress UnassignPrivateNatGatewayAddress"
        ),
        delete="ec2:DeleteNatGateway DescribeNatGateways",
        tags="ec2:CreateTags DeleteTags",
    ),
    "AWS::EC2::Route": Handlers(
        create="ec2:CreateRoute DescribeNetworkInterfaces DescribeRouteTables",
        read="ec2:DescribeRouteTables",
        update="ec2:DescribeNetworkInterfaces DescribeRouteTables ReplaceRoute",
        delete="ec2:DeleteRoute DescribeRouteTables",
    ),
    "AWS::EC2::RouteTable": Handlers(
        create="ec2:CreateRouteTable CreateTags DescribeRouteTables",
        read="ec2:DescribeRouteTables",
        update="ec2:CreateTags DeleteTags DescribeRouteTables",
        delete="ec2:DeleteRouteTable DescribeRouteTables",
        tags="ec2:CreateTags DeleteTags",
    ),
    "AWS::EC2::SecurityGroup": Handlers(
        create=(
            "ec2:AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateSecurityGroup CreateTags "
            "DescribeSecurityGroups RevokeSecurityGroupEgress"
        ),
        read="ec2:DescribeSecurityGroups",
        update=(
            "ec2:AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateTags DeleteTags "
            "DescribeSecurityGroups RevokeSecurityGroupEgress RevokeSecurityGroupIngress "
            "UpdateSecurityGroupRuleDescriptionsEgress UpdateSecurityGroupRuleDescriptionsIngress"
        ),
        delete="ec2:DeleteSecurityGroup DescribeInstances DescribeSecurityGroups",
        tags="ec2:CreateTags DeleteTags",
    ),
    "AWS::EC2::SecurityGroupEgress": Handlers(
        create="ec2:AuthorizeSecurityGroupEgress DescribeSecurityGroupRules RevokeSecurityGroupEgress",
        read="ec2:DescribeSecurityGroupRules",
        update="ec2:UpdateSecurityGroupRuleDescriptionsEgress",
        delete="ec2:DescribeSecurityGroupRules RevokeSecurityGroupEgress",
    ),
    "AWS::EC2::Subnet": Handlers(
        create="ec2:CreateSubnet CreateTags DescribeSubnets ModifySubnetAttribute",
        read="ec2:DescribeNetworkAcls DescribeSubnets",
        update=(
            "ec2:AssociateSubnetCidrBlock CreateTags DeleteTags DescribeSubnets DisassociateSubnetCidrBlock "
            "ModifySubnetAttribute"
        ),
        delete="ec2:DeleteSubnet DescribeSubnets",
        tags="ec2:CreateTags DeleteTags",
    ),
    "AWS::EC2::SubnetRouteTableAssociation": Handlers(
        create="ec2:AssociateRouteTable DescribeRouteTables DescribeSubnets ReplaceRouteTableAssociation",
        read="ec2:DescribeRouteTables",
        delete="ec2:DescribeRouteTables DescribeSubnets DisassociateRouteTable",
    ),
    "AWS::EC2::VPC": Handlers(
        create=(
            "ec2:CreateTags CreateVpc CreateVpcEncryptionControl DescribeVpcAttribute DescribeVpcs "
            "ModifyVpcAttribute"
        ),
        read=(
            "ec2:DescribeNetworkAcls DescribeSecurityGroups DescribeVpcAttribute "
            "DescribeVpcEncryptionControls DescribeVpcs"
        ),
        update="ec2:CreateTags DeleteTags DescribeVpcAttribute ModifyVpcAttribute ModifyVpcTenancy",
        delete="ec2:DeleteVpc DescribeVpcs",
        tags="ec2:CreateTags DeleteTags",
    ),
    "AWS::EC2::VPCEndpoint": Handlers(
        create=(
            "ec2:CreateTags CreateVpcEndpoint DeleteTags DescribeSecurityGroups DescribeSubnets "
            "DescribeVpcEndpoints DescribeVpcs vpc-lattice:CreateServiceNetworkVpcEndpointAssociation "
            "DescribeServiceNetworkVpcEndpointAssociation vpce:AllowMultiRegion"
        ),
        read=(
            "ec2:DescribeSecurityGroups DescribeSubnets DescribeVpcEndpoints DescribeVpcs "
            "vpc-lattice:DescribeServiceNetworkVpcEndpointAssociation"
        ),
        update=(
            "ec2:CreateTags DeleteTags DescribeSecurityGroups DescribeSubnets DescribeVpcEndpoints "
            "DescribeVpcs ModifyVpcEndpoint vpc-lattice:CreateServiceNetworkVpcEndpointAssociation "
            "DescribeServiceNetworkVpcEndpointAssociation vpce:AllowMultiRegion"
        ),
        delete=(
            "ec2:CreateTags DeleteTags DeleteVpcEndpoints DescribeSecurityGroups DescribeSubnets "
            "DescribeVpcEndpoints DescribeVpcs vpc-lattice:DescribeServiceNetworkVpcEndpointAssociation "
            "vpce:AllowMultiRegion"
        ),
        tags="ec2:CreateTags DeleteTags DescribeVpcEndpoints",
    ),
    "AWS::EC2::VPCGatewayAttachment": Handlers(
        create="ec2:AttachInternetGateway AttachVpnGateway DescribeInternetGateways DescribeVpnGateways",
        read="ec2:DescribeInternetGateways DescribeVpnGateways",
        update=(
            "ec2:AttachInternetGateway AttachVpnGateway DescribeInternetGateways DescribeVpnGateways "
            "DetachInternetGateway DetachVpnGateway"
        ),
        delete="ec2:DescribeInternetGateways DescribeVpnGateways DetachInternetGateway DetachVpnGateway",
    ),
}
