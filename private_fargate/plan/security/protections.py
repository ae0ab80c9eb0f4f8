"""What is protected how: single settings, what keeps data, what looks on, and what runs with which rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from private_fargate.aws.create_only import STATEFUL
from private_fargate.plan.security.exposures import LISTED, SETTINGS, WATCHES
from private_fargate.plan.security.wording import Teller
from private_fargate.verify.templates.symbols import has_unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.plan.model import SecurityChange
    from private_fargate.plan.security.settings import Setting
    from private_fargate.plan.security.sides import Item, Pair, Sides
    from private_fargate.verify.templates.values import Truth

Value: TypeAlias = Any

_BALANCERS: Final = (
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancing::LoadBalancer",
)
_KEEPING: Final[Mapping[str, int]] = {"Delete": 0, "Snapshot": 1, "RetainExceptOnCreate": 2, "Retain": 2}
_POLICIES: Final = {
    "DeletionPolicy": "when it is taken out of its stack",
    "UpdateReplacePolicy": "when it is replaced",
}
_RUNS_AS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "AWS::ECS::TaskDefinition": (("TaskRoleArn",), ("ExecutionRoleArn",)),
    "AWS::Lambda::Function": (("Role",),),
    "AWS::IAM::InstanceProfile": (("Roles",),),
    "AWS::EC2::Instance": (("IamInstanceProfile",),),
    "AWS::EC2::LaunchTemplate": (("LaunchTemplateData", "IamInstanceProfile"),),
}
_WRITES: Final = "may write to its own file system"
_DATA: Final = STATEFUL | {"AWS::SecretsManager::Secret"}


def protection_changes(sides: Sides) -> Iterator[SecurityChange]:
    """Yield what is protected less, or more."""
    for pair in sides.pairs:
        teller = Teller(sides, pair.item)
        for setting in SETTINGS.get(pair.item.type, ()):
            yield from _setting(teller, pair, setting)
        yield from _attributes(teller, pair)
        yield from _kept(teller, pair)
        yield from _watching(teller, pair)
        yield from _runs_as(teller, pair)
        if pair.item.type == "AWS::ECS::TaskDefinition":
            yield from _containers(teller, pair)


def _at(item: Item, path: tuple[str, ...]) -> Value:
    """Return what is at a path, in which a number is a place in a list."""
    value: Value = item.properties
    for key in path:
        if isinstance(value, list):
            items = cast("list[Value]", value)
            value = items[int(key)] if key.isdigit() and int(key) < len(items) else None
        else:
            value = cast("dict[str, Value]", value).get(key) if isinstance(value, dict) else None
    return value


def _is_exposed(setting: Setting, value: Value) -> Truth:
    if setting.danger == "absent":
        return value in (None, "")
    text = setting.default if value is None else str(value)
    if has_unknown(text):
        return None
    if isinstance(setting.danger, frozenset):
        return text in setting.danger
    return text.lower() == setting.danger


def _setting(teller: Teller, pair: Pair, setting: Setting) -> Iterator[SecurityChange]:
    was, will = (None if item is None else _at(item, setting.path) for item in (pair.before, pair.after))
    before, after = _is_exposed(setting, was), _is_exposed(setting, will)
    if pair.before is None or pair.after is None:
        yield from _born_or_gone(teller, pair, setting, was if pair.after is None else will)
    elif was == will:
        return
    elif before is not after and None not in (before, after):
        direction = "widened" if after else "narrowed"
        yield teller.change(setting.subject, direction, setting.weaker if after else setting.safer, was, will)
    elif None in (before, after):
        yield _undecided(teller, setting, was, will)
    elif setting.danger == "absent":
        yield teller.change(setting.subject, "changed", "is encrypted with another key", was, will)


def _undecided(teller: Teller, setting: Setting, was: Value, will: Value) -> SecurityChange:
    message = f"whether it {setting.weaker} cannot be told before the deployment"
    if not setting.at_birth:
        message = f"what {'/'.join(setting.path)} will be cannot be told before the deployment"
    return teller.change(setting.subject, "changed", message, was, will)


def _born_or_gone(teller: Teller, pair: Pair, setting: Setting, value: Value) -> Iterator[SecurityChange]:
    """Yield what a new resource exposes, or one that goes; defaults of AWS that are safe are no news."""
    is_default = value is None and setting.danger == "false"
    is_gateway = pair.item.type in _BALANCERS and pair.item.get("Type") == "gateway"
    if not setting.at_birth or is_default or is_gateway:
        return
    exposed = _is_exposed(setting, value)
    is_new = pair.before is None
    if exposed is None and is_new:
        yield _undecided(teller, setting, None, value)
    elif exposed:
        ends = (None, value) if is_new else (value, None)
        direction = "widened" if is_new else "narrowed"
        yield teller.change(setting.subject, direction, setting.weaker if is_new else setting.safer, *ends)


def _attributes(teller: Teller, pair: Pair) -> Iterator[SecurityChange]:
    """Yield what changes in the attributes of a load balancer, which are a list of keys and values."""
    if pair.item.type not in _BALANCERS or pair.before is None or pair.after is None:
        return
    old, new = _listed(pair.before), _listed(pair.after)
    for key, (subject, weaker, safer, safe) in LISTED.items():
        was, will = old.get(key, "false"), new.get(key, "false")
        if was != will and safe in (was, will):
            direction = "widened" if was == safe else "narrowed"
            yield teller.change(subject, direction, weaker if was == safe else safer, was, will)


def _listed(item: Item) -> dict[str, str]:
    pairs = [cast("dict[str, Value]", each) for each in item.items("LoadBalancerAttributes")]
    return {str(each.get("Key")): str(each.get("Value")) for each in pairs}


def _kept(teller: Teller, pair: Pair) -> Iterator[SecurityChange]:
    """Yield whether data is kept where it was not, or the reverse."""
    if pair.item.type not in _DATA or pair.before is None or pair.after is None:
        return
    for name, when in _POLICIES.items():
        was, will = pair.before.body.get(name), pair.after.body.get(name)
        if was == will:
            continue
        usual = (
            "Snapshot" if (pair.item.type, name) == ("AWS::RDS::DBCluster", "DeletionPolicy") else "Delete"
        )
        ranks = [_KEEPING.get(str(usual if value is None else value)) for value in (was, will)]
        if None in ranks:
            yield teller.change(
                "data", "changed", f"what becomes of its data {when} is decided otherwise", was, will
            )
        elif ranks[0] != ranks[1]:
            is_weaker = (ranks[1] or 0) < (ranks[0] or 0)
            verb = "is no longer kept as it was" if is_weaker else "is kept"
            message = f"its data {verb} {when}: {will or usual} instead of {was or usual}"
            yield teller.change("data", "widened" if is_weaker else "narrowed", message, was, will)


def _watching(teller: Teller, pair: Pair) -> Iterator[SecurityChange]:
    if pair.item.type not in WATCHES:
        return
    if pair.after is None:
        yield teller.change("logging", "widened", f"is removed: {WATCHES[pair.item.type]} no longer")
    elif pair.before is None:
        yield teller.change("logging", "narrowed", f"is new: {WATCHES[pair.item.type]} from now on")


def _runs_as(teller: Teller, pair: Pair) -> Iterator[SecurityChange]:
    """Yield that something runs with the rights of another role."""
    if pair.before is None or pair.after is None:
        return
    for path in _RUNS_AS.get(pair.item.type, ()):
        was, will = pair.before.get(*path), pair.after.get(*path)
        if was == will:
            continue
        name = path[-1]
        if was is None:
            yield teller.change(
                "role", "widened", f"gets a role where it had none ({name}): {_text(will)}", was, will
            )
        elif will is None:
            yield teller.change("role", "narrowed", f"has no role any more ({name}): {_text(was)}", was, will)
        else:
            message = f"runs with the rights of another role ({name}): {_text(will)} instead of {_text(was)}"
            yield teller.change("role", "changed", message, was, will)


def _text(value: Value) -> str:
    return ", ".join(map(str, cast("list[Value]", value))) if isinstance(value, list) else str(value)


def _containers(teller: Teller, pair: Pair) -> Iterator[SecurityChange]:
    """Yield what the containers of a task may do to the machine that they run on."""
    old, new = _by_name(pair.before), _by_name(pair.after)
    for name in sorted({*old, *new}):
        # A container that comes or goes with a file system of its own to write to is an ordinary one.
        usual = frozenset({_WRITES}) if name not in old or name not in new else frozenset[str]()
        was, will = _powers(old.get(name, {})) - usual, _powers(new.get(name, {})) - usual
        if will - was:
            yield teller.change("container", "widened", f"{name} {_and(will - was)}", _and(was), _and(will))
        if was - will:
            message = f"of {name} it is no longer so that it {_and(was - will)}"
            yield teller.change("container", "narrowed", message, _and(was), _and(will))


def _by_name(item: Item | None) -> dict[str, dict[str, Value]]:
    listed = [cast("dict[str, Value]", each) for each in (item.items("ContainerDefinitions") if item else ())]
    return {str(each.get("Name")): each for each in listed}


def _powers(container: Mapping[str, Value]) -> frozenset[str]:
    found: set[str] = set()
    if str(container.get("Privileged")).lower() == "true":
        found.add("has the rights of the machine's root (Privileged)")
    if container and str(container.get("ReadonlyRootFilesystem")).lower() != "true":
        found.add(_WRITES)
    linux = cast("dict[str, Value]", container.get("LinuxParameters") or {})
    capabilities = cast("dict[str, Value]", linux.get("Capabilities") or {})
    found |= {f"has the capability {name}" for name in cast("list[Value]", capabilities.get("Add") or [])}
    return frozenset(found)


def _and(texts: frozenset[str]) -> str:
    return " and ".join(sorted(texts))
