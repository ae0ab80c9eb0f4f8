"""Rules of security groups: what is said of a port is said in one way."""

from __future__ import annotations

from typing import Any

from troposphere import ec2

HTTPS = 443


def tcp(description: str, port: object, **peer: Any) -> ec2.SecurityGroupRule:
    """Return a rule for one TCP port.

    Args:
        description: what goes through, for whoever reads the console.
        port: the port, or a wire that carries it.
        peer: the other end, as one property of a rule: `CidrIp=`, `SourceSecurityGroupId=`, …
    """
    return ec2.SecurityGroupRule(
        Description=description, IpProtocol="tcp", FromPort=port, ToPort=port, **peer
    )


def https(description: str, **peer: Any) -> ec2.SecurityGroupRule:
    """Return a rule for HTTPS."""
    return tcp(description, HTTPS, **peer)


NOWHERE = ec2.SecurityGroupRule(
    # A group without egress rules is given one that allows everything; this one allows nothing.
    Description="Nowhere: no interface reaches the loopback address",
    CidrIp="127.0.0.1/32",
    IpProtocol="-1",
)
