"""What Service Catalog says when it does not do what it is asked for."""

from __future__ import annotations


class RefusalError(Exception):
    """An answer that is an error.

    Attributes:
        code: of the error, as AWS spells it.
    """

    code = "InvalidParametersException"


class InvalidParametersError(RefusalError):
    """A value that AWS does not take."""


class NotFoundError(RefusalError):
    """What is named is not there, or not for the one who asks."""

    code = "ResourceNotFoundException"


class InUseError(RefusalError):
    """It cannot be deleted yet."""

    code = "ResourceInUseException"


class DuplicateError(RefusalError):
    """There is one already."""

    code = "DuplicateResourceException"


class LimitExceededError(RefusalError):
    """There are as many as there may be."""

    code = "LimitExceededException"


class InvalidStateError(RefusalError):
    """Not in the state that it is in."""

    code = "InvalidStateException"


class NotSupportedError(RefusalError):
    """Not by this account, or not before something is switched on."""

    code = "OperationNotSupportedException"


class InvalidError(RefusalError):
    """Input that the service model does not know."""

    code = "ValidationException"


class NotFakedError(RefusalError):
    """AWS has the operation, this fake has not."""

    code = "NotImplemented"
