"""What EC2 knows about a NAT gateway, an endpoint or an instance that did not come up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from private_fargate.deploy.witnesses.inquiry import Inquiry


def ask_about_nat_gateway(inquiry: Inquiry, gateway: str) -> None:
    """Note why a NAT gateway is in the state `failed`; EC2 keeps it for about an hour."""
    if not gateway:
        return
    answer = inquiry.ask("ec2", "describe_nat_gateways", NatGatewayIds=[gateway])
    for each in answer.get("NatGateways", []):
        said = [each.get("FailureCode", ""), each.get("FailureMessage", "")]
        inquiry.note(f"NAT gateway {gateway}", ": ".join(part for part in said if part))


def ask_about_endpoint(inquiry: Inquiry, endpoint: str) -> None:
    """Note the state of a VPC endpoint that is not available, and its last error."""
    if not endpoint:
        return
    answer = inquiry.ask("ec2", "describe_vpc_endpoints", VpcEndpointIds=[endpoint])
    for each in answer.get("VpcEndpoints", []):
        error = each.get("LastError", {})
        said = [each.get("FailureReason", ""), error.get("Code", ""), error.get("Message", "")]
        state = each.get("State", "")
        if state.lower() != "available":
            said.insert(0, f"{each.get('ServiceName', '')} is {state}")
        inquiry.note(f"endpoint {endpoint}", ": ".join(part for part in said if part))


def ask_about_instance(inquiry: Inquiry, instance: str) -> None:
    """Note why an instance stopped or never ran."""
    if not instance:
        return
    answer = inquiry.ask("ec2", "describe_instances", InstanceIds=[instance])
    for reservation in answer.get("Reservations", []):
        for each in reservation.get("Instances", []):
            reason = each.get("StateReason", {})
            said = [reason.get("Message", ""), each.get("StateTransitionReason", "")]
            words = next((part for part in said if part), "")
            inquiry.note(
                f"instance {instance}", f"{each.get('State', {}).get('Name', '')}: {words}" if words else ""
            )
