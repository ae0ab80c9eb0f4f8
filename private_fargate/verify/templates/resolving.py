"""CloudFormation's intrinsic functions, over values that may hold symbols.

Source: AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import ipaddress
import itertools
import json
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from private_fargate.verify.templates.symbols import has_symbol, has_unknown, is_unknown
from private_fargate.verify.templates.values import all_of, any_of, as_int, as_items, as_text, negation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from private_fargate.verify.templates.sources import Tree
    from private_fargate.verify.templates.stacks import Stack
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.values import Truth

    Function: TypeAlias = Callable[[Stack, Tree], Value]

NO_VALUE: Final = object()
"""What `AWS::NoValue` stands for: the property is not there."""

MOST_ZONES: Final = 6
"""No region has more Availability Zones: us-east-1 has six."""

MOST_BLOCKS: Final = 256
"""How many blocks `Fn::Cidr` makes at most.

Source: AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-cidr.html
"""

UNDECIDED: Final = "If "
"""How the name of an unknown begins that is known as soon as a condition is decided."""

_PLACEHOLDER: Final = re.compile(r"\$\{([^!}][^}]*)\}")
_LITERAL: Final = re.compile(r"\$\{!([^}]*)\}")
_WITHIN_ATTRIBUTES: Final = "/:-."
"""What ids, ARNs and names that AWS makes are put together with."""

_DYNAMIC: Final = re.compile(r"\{\{resolve:[^}]*\}\}")


def resolve(stack: Stack, node: Tree) -> Value:
    """Give what a part of a template stands for; what `AWS::NoValue` removes is not in it."""
    if isinstance(node, str):
        return _with_dynamic(stack, node)
    if isinstance(node, list):
        items = (resolve(stack, item) for item in node)
        return [item for item in items if item is not NO_VALUE]
    if not isinstance(node, dict):
        return node
    if len(node) == 1:
        name, argument = next(iter(node.items()))
        if name == "Ref" or (isinstance(name, str) and name.startswith("Fn::")):
            return _call(stack, name, argument)
    made = {key: resolve(stack, value) for key, value in node.items()}
    return {key: value for key, value in made.items() if value is not NO_VALUE}


def truth(stack: Stack, condition: Tree) -> Truth:  # noqa: PLR0911 -- one for each function of conditions
    """Say whether a condition holds."""
    match condition:
        case {"Fn::And": list() as parts}:
            return all_of(truth(stack, part) for part in parts)
        case {"Fn::Or": list() as parts}:
            return any_of(truth(stack, part) for part in parts)
        case {"Fn::Not": [part]}:
            return negation(truth(stack, part))
        case {"Fn::Equals": [one, other]}:
            return stack.equal(resolve(stack, one), resolve(stack, other))
        case {"Condition": str() as name}:
            return stack.condition(name)
        case bool():
            return condition
        case _:
            return None


def _call(stack: Stack, name: str, argument: Tree) -> Value:
    function = _FUNCTIONS.get(name)
    if function is None:
        return stack.unknown(name, f"{name} is worked out by AWS")
    return function(stack, argument)


def _with_dynamic(stack: Stack, text: str) -> str:
    """Put an unknown in the place of each dynamic reference, which is read at the deployment."""

    def unknown(match: re.Match[str]) -> str:
        name = stack.show(match.group())
        return stack.unknown(name, f"{name} is read at the deployment")

    return _DYNAMIC.sub(unknown, text) if "{{resolve:" in text else text


def _ref(stack: Stack, argument: Tree) -> Value:
    return stack.reference(as_text(resolve(stack, argument)))


def _get_att(stack: Stack, argument: Tree) -> Value:
    match argument:
        case str():
            logical_id, _, attribute = argument.partition(".")
        case [logical_id, *rest]:
            attribute = ".".join(as_text(resolve(stack, part)) for part in rest)
            logical_id = as_text(resolve(stack, logical_id))
        case _:
            return stack.unknown("Fn::GetAtt", "Fn::GetAtt is not written as it should be")
    return stack.attribute(logical_id, attribute)


def _sub(stack: Stack, argument: Tree) -> Value:
    text, variables = (argument, {}) if isinstance(argument, str) else _sub_with_variables(argument)

    def replacement(match: re.Match[str]) -> str:
        name = match.group(1).strip()
        if name in variables:
            value = resolve(stack, variables[name])
        elif "." in name:
            value = _get_att(stack, name)
        else:
            value = stack.reference(name)
        return "" if value is NO_VALUE else _joined(value, ",")

    # A dynamic reference may be put together of parts, so that it is whole only now.
    return _LITERAL.sub(r"${\1}", _with_dynamic(stack, _PLACEHOLDER.sub(replacement, text)))


def _sub_with_variables(argument: Tree) -> tuple[str, dict[str, Tree]]:
    match argument:
        case [str() as text, dict() as variables]:
            return text, variables
        case [str() as text]:
            return text, {}
        case _:
            return "", {}


def _joined(value: Value, delimiter: str) -> str:
    return delimiter.join(as_text(item) for item in value) if isinstance(value, list) else as_text(value)


def _join(stack: Stack, argument: Tree) -> Value:
    """Join a list; one that is unknown as a whole stays the same unknown, so that splitting undoes it."""
    match argument:
        case [delimiter, items]:
            return _with_dynamic(stack, _joined(resolve(stack, items), as_text(resolve(stack, delimiter))))
        case _:
            return stack.unknown("Fn::Join", "Fn::Join is not written as it should be")


def _split(stack: Stack, argument: Tree) -> Value:
    match argument:
        case [delimiter, text]:
            return _parts(stack, as_text(resolve(stack, delimiter)), resolve(stack, text))
        case _:
            return stack.unknown("Fn::Split", "Fn::Split is not written as it should be")


def _parts(stack: Stack, delimiter: str, whole: Value) -> Value:
    """Divide a text; one attribute alone may be an item of a list that was joined, or have parts itself."""
    if is_unknown(whole) or isinstance(whole, list):
        return whole
    text = as_text(whole)
    if len(text) == 1 and has_symbol(text) and delimiter in _WITHIN_ATTRIBUTES:
        name = f"{stack.show(text)} split at {delimiter}"
        return stack.unknown(name, f"{stack.show(text)} is known at the deployment")
    return text.split(delimiter or None)


def _select(stack: Stack, argument: Tree) -> Value:
    match argument:
        case [index, items]:
            return _item(stack, resolve(stack, index), resolve(stack, items))
        case _:
            return stack.unknown("Fn::Select", "Fn::Select is not written as it should be")


def _item(stack: Stack, index: Value, items: Value) -> Value:
    position = as_int(index)
    listed = as_items(items)
    name = f"{stack.show(items)}[{stack.show(index)}]"
    if position is None or not listed.complete:
        return stack.unknown(name, f"the list {stack.show(items)} is not known")
    if not 0 <= position < len(listed.values):
        return stack.unknown(name, f"the list has {len(listed.values)} items, and no item {position}")
    return listed.values[position]


def _if(stack: Stack, argument: Tree) -> Value:
    match argument:
        case [str() as condition, yes, no]:
            holds = stack.condition(condition)
            return (
                _either(stack, condition, yes, no) if holds is None else resolve(stack, yes if holds else no)
            )
        case _:
            return stack.unknown("Fn::If", "Fn::If is not written as it should be")


def _either(stack: Stack, condition: str, yes: Tree, no: Tree) -> Value:
    ways = [resolve(stack, yes), resolve(stack, no)]
    if ways[0] == ways[1]:
        return ways[0]
    shown = " or ".join("nothing" if way is NO_VALUE else stack.show(way) for way in ways)
    return stack.unknown(f"{UNDECIDED}{condition}: {shown}", f"the condition {condition} cannot be told")


def _find_in_map(stack: Stack, argument: Tree) -> Value:
    match argument:
        case [name, first, second, *options]:
            keys = [resolve(stack, part) for part in (name, first, second)]
        case _:
            return stack.unknown("Fn::FindInMap", "Fn::FindInMap is not written as it should be")
    found = [_literal(stack, value) for value in _mapped(stack.mappings, [as_text(key) for key in keys])]
    open_ = any(has_unknown(key) for key in keys)
    if (open_ or not found) and options and isinstance(options[0], dict) and "DefaultValue" in options[0]:
        found.append(resolve(stack, options[0]["DefaultValue"]))
    if found and (not open_ or all(value == found[0] for value in found)):
        return found[0]
    path = ".".join(stack.show(key) for key in keys)
    choices = tuple(as_text(value) for value in found if not isinstance(value, list))
    reason = f"which value of the mapping {path} cannot be told" if open_ else f"no mapping has {path}"
    return stack.unknown(f"Mappings.{path}", reason, choices)


def _literal(stack: Stack, value: Tree) -> Value:
    """Read a mapping's value, in which there are no functions, but perhaps a dynamic reference."""
    if isinstance(value, list):
        return [_literal(stack, item) for item in value]
    return _with_dynamic(stack, value) if isinstance(value, str) else value


def _mapped(mappings: Tree, keys: list[str]) -> list[Tree]:
    """Give the values that a path of keys may lead to; an unknown key leads everywhere."""
    found = [mappings]
    for key in keys:
        below = [node for node in found if isinstance(node, dict)]
        if has_unknown(key):
            found = [value for node in below for value in node.values()]
        else:
            found = [node[key] for node in below if key in node]
    return found


def _get_azs(stack: Stack, argument: Tree) -> Value:
    region = resolve(stack, argument) or stack.reference("AWS::Region")
    return [stack.zone(f"zone {number} of {stack.show(region)}") for number in range(1, MOST_ZONES + 1)]


def _cidr(stack: Stack, argument: Tree) -> Value:
    match argument:
        case [block, count, *bits]:
            parts = [resolve(stack, part) for part in (block, count, *(bits[:1] or [""]))]
        case _:
            return stack.unknown("Fn::Cidr", "Fn::Cidr is not written as it should be")
    number = as_int(parts[1])
    if number is None or not 1 <= number <= MOST_BLOCKS:
        return stack.unknown(f"Cidr {stack.show(parts)}", "how many blocks there are is not known")
    known = None if has_symbol(parts) else _blocks(as_text(parts[0]), number, as_int(parts[2]))
    if known is not None:
        return known
    name = f"Cidr {stack.show(parts)}"
    return [
        stack.unknown(f"{name}[{index}]", f"{stack.show(parts[0])} is not known") for index in range(number)
    ]


def _blocks(block: str, count: int, bits: int | None) -> list[str] | None:
    """Divide a block; how large its parts are without bits is written nowhere."""
    try:
        network = ipaddress.ip_network(block)
    except ValueError:
        return None
    if bits is None or not network.prefixlen <= network.max_prefixlen - bits <= network.max_prefixlen:
        return None
    prefix = network.max_prefixlen - bits
    return [str(part) for part in itertools.islice(network.subnets(new_prefix=prefix), count)]


def _base64(stack: Stack, argument: Tree) -> Value:
    """Leave the text as it is: what reads it decodes it first, and a rule wants to read it too."""
    return resolve(stack, argument)


def _length(stack: Stack, argument: Tree) -> Value:
    value = resolve(stack, argument)
    if isinstance(value, list):
        return len(value)
    return stack.unknown(f"Length of {stack.show(value)}", f"the list {stack.show(value)} is not known")


def _to_json_string(stack: Stack, argument: Tree) -> Value:
    return json.dumps(resolve(stack, argument), ensure_ascii=False)


def _import_value(stack: Stack, argument: Tree) -> Value:
    value = resolve(stack, argument)
    exported = stack.imported(value)
    if exported is not None:
        return exported
    name = stack.show(value)
    return stack.unknown(f"export {name}", f"{name} is imported from another stack")


def _get_stack_output(stack: Stack, argument: Tree) -> Value:
    name = stack.show(resolve(stack, argument))
    return stack.unknown(f"output {name}", f"{name} is the output of another stack")


_FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        "Ref": _ref,
        "Fn::Base64": _base64,
        "Fn::Cidr": _cidr,
        "Fn::FindInMap": _find_in_map,
        "Fn::GetAZs": _get_azs,
        "Fn::GetAtt": _get_att,
        "Fn::GetStackOutput": _get_stack_output,
        "Fn::If": _if,
        "Fn::ImportValue": _import_value,
        "Fn::Join": _join,
        "Fn::Length": _length,
        "Fn::Select": _select,
        "Fn::Split": _split,
        "Fn::Sub": _sub,
        "Fn::ToJsonString": _to_json_string,
    }
)
