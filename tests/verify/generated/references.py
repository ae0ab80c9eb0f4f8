"""How one value leads to another in a spelling: by references, parameters, outputs and conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import random
    from collections.abc import Collection, Mapping

    from tests.verify.generated.templates import Template
    from tests.verify.generated.written import Of

SAME_AS_REF: Final = {
    "EC2::VPC": "VpcId",
    "EC2::Subnet": "SubnetId",
    "EC2::SecurityGroup": "GroupId",
    "EC2::RouteTable": "RouteTableId",
    "EC2::NatGateway": "NatGatewayId",
    "EC2::InternetGateway": "InternetGatewayId",
    "EC2::NetworkAcl": "Id",
    "ElasticLoadBalancingV2::LoadBalancer": "LoadBalancerArn",
    "ElasticLoadBalancingV2::TargetGroup": "TargetGroupArn",
    "ECS::TaskDefinition": "TaskDefinitionArn",
    "EFS::FileSystem": "FileSystemId",
    "SecretsManager::Secret": "Id",
    "ServiceDiscovery::PrivateDnsNamespace": "Id",
    "IAM::ManagedPolicy": "PolicyArn",
}
"""The attribute of a type that is what `Ref` gives."""

OTHERWISE: Final = "Wx"
"""What comes after the name of a resource that is there if an open condition does not hold."""


class References:
    """The references of one spelling."""

    def __init__(  # noqa: PLR0913 -- all that a spelling is about
        self,
        rng: random.Random,
        region: str,
        homes: Mapping[str, Template],
        types: Mapping[str, str],
        twins: Collection[str],
        *,
        hidden: float = 0,
    ) -> None:
        """Draw how fancy it is, and whether zones are written down.

        Args:
            rng: Draws.
            region: Where it will be.
            homes: The template of each resource.
            types: Its type.
            twins: The resources that are there twice.
            hidden: The share of values that are left to parameters which nobody gave.
        """
        self.hidden = hidden
        self.opened = 0
        self.logs: dict[str, str] = {}
        self.twins = twins
        self.rng = rng
        self.region = region
        self.homes = homes
        self.types = types
        self.fancy: float = rng.choice([0, 0.05, 0.15, 0.3])
        self.literal_zones: bool = rng.random() < 0.3

    def always(self, template: Template) -> str:
        """Name a condition that holds."""
        name = "Always"
        if name not in template.conditions:
            template.parameters["Size"] = {"Type": "String", "Default": "large"}
            if template.parent and self.rng.random() < 0.5:
                template.arguments["Size"] = "large"
            equals = {"Fn::Equals": [{"Ref": "Size"}, "large"]}
            other = {"Fn::Not": [{"Fn::Equals": [{"Ref": "Size"}, "small"]}]}
            template.conditions[name] = self.rng.choice([equals, other])
        return name

    def open(self, template: Template, *, otherwise: bool = False) -> str:
        """Name a condition that nobody has decided yet, or its opposite."""
        template.conditions["Open"] = {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}
        template.conditions["NotOpen"] = {"Fn::Not": [{"Condition": "Open"}]}
        while template:
            template.parameters["Stage"] = {"Type": "String"}
            if not template.parent:
                break
            template.arguments["Stage"] = {"Ref": "Stage"}
            template = template.parent
        return "NotOpen" if otherwise else "Open"

    def left_open(self, template: Template, *, is_list: bool) -> Any:
        """Leave a value to a parameter of the root that nobody gave."""
        self.opened += 1
        name = f"Given{self.opened}"
        holder: Template | None = template
        while holder:
            holder.parameters[name] = {"Type": "CommaDelimitedList" if is_list else "String"}
            above = holder.parent
            if above:
                ref = {"Ref": name}
                holder.arguments[name] = {"Fn::Join": [",", ref]} if is_list else ref
            holder = above
        return {"Ref": name}

    def is_fancy(self) -> bool:
        return self.rng.random() < self.fancy

    def of(self, template: Template, value: Of) -> Any:
        """Say a reference; what is in another template comes as a parameter or an output."""
        home = self.homes[value.name]
        if home is template:
            return self._local(template, value)
        name = f"{value.name}{value.attribute or 'Ref'}"
        if stack := template.below(home):
            child = template.children[stack]
            if name not in child.outputs:
                child.outputs[name] = {"Value": self.of(child, value)}
            if self.is_fancy():
                return {"Fn::Sub": f"${{{stack}.Outputs.{name}}}"}
            return {"Fn::GetAtt": [stack, f"Outputs.{name}"]}
        return self._handed(template, name, value)

    def _handed(self, template: Template, name: str, value: Of) -> Any:
        if name not in template.parameters:
            assert template.parent is not None
            template.parameters[name] = {"Type": "String"}
            template.arguments[name] = self.of(template.parent, value)
        return {"Fn::Sub": f"${{{name}}}"} if self.is_fancy() else {"Ref": name}

    def _local(self, template: Template, value: Of) -> Any:
        if value.name in self.twins:
            both = [self._alone(template, name, value) for name in (value.name, value.name + OTHERWISE)]
            return {"Fn::If": [self.open(template), *both]}
        return self._alone(template, value.name, value)

    def _alone(self, template: Template, name: str, value: Of) -> Any:
        attribute = value.attribute
        same = SAME_AS_REF.get(self.types[value.name])
        if same and attribute in {"", same}:
            attribute = self.rng.choice(["", same]) if self.rng.random() < 0.5 else attribute
        spelled = f"{name}.{attribute}" if attribute else name
        if self.is_fancy():
            return {"Fn::Sub": f"${{{spelled}}}"}
        if not attribute:
            return {"Ref": name}
        dotted = template.file.endswith(".yaml") and self.rng.random() < 0.2
        return {"Fn::GetAtt": spelled if dotted else [name, attribute]}
