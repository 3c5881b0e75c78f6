"""The base of all errors of this program, and the errors of this package: one root, leaves by whose fault it is.

Rules: an error carries a stable ``code`` (what a program branches on and a test matches), a sentence that says what and
where, and ``fields`` with the values behind the sentence. No sentence names a command: what to do next is said at the
edge, from code and fields, in the reader's language. Neither sentence nor fields may hold key material or personal
data. Every error can be copied and pickled, whatever its constructor takes, so that it comes back from another process.

    >>> error = MalformedError("too_long", "the QR text has 9000 characters; at most 1100 are read", length=9000)
    >>> error.code, dict(error.fields)
    ('too_long', {'length': 9000})
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any


class CodedError(Exception):
    """The base of the roots of all packages: a code, a sentence and the values behind it."""

    code: str
    fields: Mapping[str, object]

    def __init__(self, code: str, message: str, /, **fields: object) -> None:
        super().__init__(message)
        self.code = code
        self.fields = MappingProxyType(fields)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, vars(self) | {"fields": dict(self.fields)})


def _rebuild(kind: type[CodedError], arguments: tuple[Any, ...], state: dict[str, Any]) -> CodedError:
    """Make the error again without its constructor, which may take something else than code and message."""
    error = kind.__new__(kind, *arguments)
    vars(error).update(state | {"fields": MappingProxyType(state["fields"])})
    return error


class CredentialError(CodedError):
    """The root: catch this to catch everything that this package raises on purpose."""


class MalformedError(CredentialError):
    """The input is not in the format: whoever wrote or carried it is at fault."""


class NotTrustedError(CredentialError):
    """The input is well formed, but nothing we trust stands behind it."""


class NotInForceError(CredentialError):
    """The input is genuine, but not in force at the moment that was asked about."""


class CannotKnowError(CredentialError):
    """Something needed for an answer is missing, stale or unreachable: neither yes nor no."""
