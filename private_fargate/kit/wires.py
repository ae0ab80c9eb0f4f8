"""What a wire is: a value that one stack hands to another when they are deployed.

Each kind of value has a class of its own, so that a route table cannot be handed over as a
subnet and the type checker says so in the editor.  A kind knows the type of the CloudFormation
parameter that receives it, the resource that may produce it, and by which attribute.  Its
docstring is the description of that parameter.  Kinds are flat: none subclasses another.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, ClassVar, Self

from troposphere import GetAtt, Join, Ref

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from troposphere import AWSObject

    class Value:
        """A stand-in: troposphere is untyped, and an untyped base would let any wire pass."""

        data: Any
else:
    from troposphere import AWSHelperFn as Value


class Wire(Value):
    """A value that crosses from one stack into another; see the subclasses."""

    cfn_type: ClassVar[str] = "String"
    constraints: ClassVar[Mapping[str, object]] = {}

    def __init__(self, data: object) -> None:
        """Wrap what CloudFormation will resolve: a `Ref`, a `GetAtt` or a literal."""
        self.data = data

    @classmethod
    def description(cls) -> str:
        """Return the first line of the docstring, for whoever reads the parameter."""
        return (inspect.getdoc(cls) or "").splitlines()[0]

    def as_text(self) -> object:
        """Return the value as the parameter of a nested stack takes it: a text, also for a list.

        A parameter that is a list refers to one; the output of a nested stack is a text already.
        """
        is_list = self.cfn_type.startswith("List<") or self.cfn_type == "CommaDelimitedList"
        return Join(",", self) if is_list and isinstance(self.data, Ref) else self

    def __eq__(self, other: object) -> bool:
        """Compare by kind and by what CloudFormation would resolve."""
        return type(self) is type(other) and self.to_dict() == getattr(other, "to_dict", dict)()

    __hash__ = None  # type: ignore[assignment]  # a wire may hold a list

    if TYPE_CHECKING:

        def to_dict(self) -> Any:  # noqa: ANN401  # JSON of any shape
            """Return the JSON that stands for this wire in a template."""
            ...


class Produced(Wire):
    """A wire that comes from a resource, through `Ref` or one attribute."""

    resource: ClassVar[type[AWSObject]]
    attribute: ClassVar[str | None] = None

    @classmethod
    def of(cls, resource: AWSObject) -> Self:
        """Return the wire that carries this resource.

        Raises:
            TypeError: the resource is not of the class that produces this kind.
        """
        return cls(cls._value_of(resource))

    @classmethod
    def _value_of(cls, resource: AWSObject) -> object:
        if not isinstance(resource, cls.resource):
            message = f"{cls.__name__} comes from {cls.resource.__name__}, not from {type(resource).__name__}"
            raise TypeError(message)
        return Ref(resource) if cls.attribute is None else GetAtt(resource, cls.attribute)


class ProducedList(Produced):
    """A wire that comes from several resources of one class, in the order of their zones."""

    @classmethod
    def of_all(cls, resources: Sequence[AWSObject]) -> Self:
        """Return the wire that carries these resources; nested outputs are strings, hence the join."""
        return cls(Join(",", [cls._value_of(resource) for resource in resources]))


class Chosen(Wire):
    """A wire whose value a person or the configuration chooses, not a resource."""

    @classmethod
    def given(cls, value: object) -> Self:
        """Return the wire that carries this literal, or this function of pseudo parameters."""
        return cls(value)
