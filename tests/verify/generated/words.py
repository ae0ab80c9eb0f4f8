"""How a value is said: each time in another of the ways that CloudFormation has."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, Final

from tests.verify.generated.references import References
from tests.verify.generated.templates import STACK
from tests.verify.generated.written import Cut, Of, Pseudo, Text, Zone, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.verify.generated.templates import Template

LIST_TYPES: Final = {
    "EC2::Subnet": "List<AWS::EC2::Subnet::Id>",
    "EC2::SecurityGroup": "List<AWS::EC2::SecurityGroup::Id>",
}


class Words(References):
    """The ways of one spelling."""

    def say(self, template: Template, value: Any) -> Any:  # noqa: PLR0911 -- one for each kind of value
        """Say a value in a template."""
        if self.hidden and not isinstance(value, dict) and self.rng.random() < self.hidden:
            return self.left_open(template, is_list=isinstance(value, list))
        match value:
            case Of(name) if name in self.logs and self.rng.random() < 0.4:
                return self._log(template, value)
            case Of():
                return self._varied(template, value, self.of(template, value))
            case Cut():
                return self._cut(template, value)
            case Pseudo():
                return self._pseudo(value)
            case Zone():
                return self._zone(value)
            case Text():
                return self._varied(template, value, self._text(template, value))
            case dict():
                return {key: self.say(template, item) for key, item in value.items()}
            case list():
                return self._list(template, value)
            case _:
                return self._scalar(template, value)

    def _varied(self, template: Template, value: Of | Text, said: Any) -> Any:
        """Say a text around about."""
        if not self.is_fancy():
            return said
        plain = self.of(template, value) if isinstance(value, Of) else self._text(template, value)
        return self.rng.choice(
            [
                {"Fn::If": [self.always(template), said, "nothing"]},
                {"Fn::If": [self.open(template), said, plain]},
                {"Fn::Join": ["", [said]]},
                {"Fn::Select": [0, [said, "nothing"]]},
                {"Fn::Select": ["1", ["nothing", said]]},
                {"Fn::Sub": ["${It}", {"It": said}]},
            ]
        )

    def _pseudo(self, value: Pseudo) -> Any:
        name = f"AWS::{value.name}"
        literal = {"Region": self.region, "Partition": "aws"}.get(value.name)
        if literal and self.rng.random() < self.fancy / 2:
            return literal
        return {"Fn::Sub": f"${{{name}}}"} if self.is_fancy() else {"Ref": name}

    def _log(self, template: Template, value: Of) -> Any:
        """Say a log group by the name that it was given."""
        name = self.logs[value.name]
        if not value.attribute:
            return name
        head = ("arn:", Pseudo("Partition"), ":logs:", Pseudo("Region"), ":", Pseudo("AccountId"))
        return self._text(template, text(*head, f":log-group:{name}:*"))

    def _cut(self, template: Template, cut: Cut) -> Any:
        """Say a block by its number among the blocks of its size."""
        block, whole = ipaddress.ip_network(cut.block), ipaddress.ip_network(cut.whole)
        bits = 32 - block.prefixlen
        number = (int(block.network_address) - int(whole.network_address)) >> bits
        if number not in range(256):
            return cut.block
        from_whole = self.rng.choice([cut.whole, self.of(template, cut.vpc)])
        count = min(256, number + self.rng.randint(1, 4))
        return {"Fn::Select": [number, {"Fn::Cidr": [from_whole, count, self.rng.choice([bits, str(bits)])]}]}

    def _zone(self, zone: Zone) -> Any:
        if self.literal_zones:
            return f"{self.region}{'abc'[zone.number]}"
        index = zone.number if self.rng.random() < 0.5 else str(zone.number)
        return {
            "Fn::Select": [index, {"Fn::GetAZs": self.rng.choice(["", {"Ref": "AWS::Region"}, self.region])}]
        }

    def _text(self, template: Template, value: Text) -> Any:
        if self.rng.random() < 0.25:
            return {"Fn::Join": ["", [self._piece(template, piece) for piece in value.pieces]]}
        variables: dict[str, Any] = {}
        spelled = ""
        for piece in value.pieces:
            said = self._piece(template, piece)
            match said:
                case str():
                    spelled += said
                case {"Ref": name}:
                    spelled += f"${{{name}}}"
                case {"Fn::GetAtt": [name, attribute]}:
                    spelled += f"${{{name}.{attribute}}}"
                case _:
                    variables[f"V{len(variables)}"] = said
                    spelled += f"${{V{len(variables) - 1}}}"
        return {"Fn::Sub": [spelled, variables] if variables else spelled}

    def _piece(self, template: Template, piece: str | Of | Pseudo) -> Any:
        match piece:
            case Of():
                return self.of(template, piece)
            case Pseudo():
                return self._pseudo(piece)
            case _:
                return piece

    def _list(self, template: Template, value: list[Any]) -> Any:
        references = [item for item in value if isinstance(item, Of)]
        if value and len(references) == len(value):
            if self._are_handed(template, references) and self.rng.random() < 0.5:
                return self._handed_list(template, references)
            if self.is_fancy():
                joined = {"Fn::Join": [",", [self.of(template, item) for item in references]]}
                return {"Fn::Split": [",", joined]}
        said = [self.say(template, item) for item in value]
        if value and self.is_fancy():
            absent = {"Ref": "AWS::NoValue"}
            return self.rng.choice(
                [
                    {"Fn::If": [self.always(template), said, absent]},
                    [*said, {"Fn::If": [self.always(template), absent, said[0]]}],
                    [{"Fn::If": [self.always(template), said[0], absent]}, *said[1:]],
                ]
            )
        return said

    def _are_handed(self, template: Template, references: Sequence[Of]) -> bool:
        homes = [self.homes[item.name] for item in references]
        return all(home is not template and not template.below(home) for home in homes)

    def _handed_list(self, template: Template, references: Sequence[Of]) -> Any:
        assert template.parent is not None
        name = "All" + "".join(item.name for item in references)
        if name not in template.parameters:
            types = {self.types[item.name] for item in references}
            kinds = ["CommaDelimitedList", *(LIST_TYPES[kind] for kind in types if kind in LIST_TYPES)]
            template.parameters[name] = {"Type": self.rng.choice(kinds)}
            items = [self.of(template.parent, item) for item in references]
            template.arguments[name] = {"Fn::Join": [",", items]}
        return {"Ref": name}

    def _scalar(self, template: Template, value: Any) -> Any:
        if isinstance(value, bool):
            value = str(value).lower() if self.rng.random() < 0.2 else value
        elif isinstance(value, int):
            value = str(value) if self.rng.random() < 0.2 else value
        if not self.is_fancy():
            return value
        written = str(value).lower() if isinstance(value, bool) else str(value)
        return self.rng.choice([self._as_parameter, self._as_mapping, self._as_choice])(template, written)

    def _as_parameter(self, template: Template, value: str) -> Any:
        name = f"P{len(template.parameters)}"
        is_number = value.isdecimal() and self.rng.random() < 0.5
        template.parameters[name] = {"Type": "Number" if is_number else "String", "Default": value}
        if template.parent and self.rng.random() < 0.5:
            template.parameters[name].pop("Default")
            template.arguments[name] = self._scalar(template.parent, value)
        return {"Ref": name}

    def _as_mapping(self, template: Template, value: str) -> Any:
        regions = template.mappings.setdefault("ByRegion", {self.region: {}})
        key = f"K{len(regions[self.region])}"
        regions[self.region][key] = value
        return {"Fn::FindInMap": ["ByRegion", {"Ref": "AWS::Region"}, key]}

    def _as_choice(self, template: Template, value: str) -> Any:
        if self.rng.random() < 0.5:
            return {"Fn::If": [self.open(template), value, value]}
        return {"Fn::If": [self.always(template), value, "nothing"]}

    def add_stacks(self, template: Template) -> None:
        """Add the nested stacks, each of which waits for those before."""
        before: list[str] = []
        for child in template.children.values():
            self.add_stacks(child)
        for name, child in template.children.items():
            properties: dict[str, Any] = {"TemplateURL": child.file}
            if child.arguments:
                properties["Parameters"] = child.arguments
            body: dict[str, Any] = {"Type": STACK, "Properties": properties}
            if before:
                body["DependsOn"] = list(before)
            template.resources[name] = body
            before.append(name)
