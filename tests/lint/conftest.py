"""A system of two templates, small enough to see all of it, with nothing to find."""

from __future__ import annotations

import json
from typing import Any

import pytest

NETWORK: dict[str, Any] = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Description": "A network",
    "Parameters": {"Cidr": {"Type": "String"}},
    "Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": {"Ref": "Cidr"}}}},
    "Outputs": {"VpcId": {"Value": {"Ref": "Vpc"}}},
}
PARENT: dict[str, Any] = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Description": "A system",
    "Resources": {
        "Network": {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {"TemplateURL": "network.json", "Parameters": {"Cidr": "10.0.0.0/16"}},
        }
    },
    "Outputs": {"VpcId": {"Value": {"Fn::GetAtt": ["Network", "Outputs.VpcId"]}}},
}


@pytest.fixture
def system() -> dict[str, bytes]:
    return {"parent.json": json.dumps(PARENT).encode(), "network.json": json.dumps(NETWORK).encode()}
