"""The errors of this package: one root and four leaves, divided by whose fault it is.

Rules: an error carries a stable ``code`` (what a program branches on and a test matches), a sentence that says what,
where and what next, and ``fields`` with the values behind the sentence. Wording for an audience is made at the edge
from code and fields. Neither sentence nor fields may hold key material or personal data.

    >>> error = MalformedError("too_long", "the QR text has 9000 characters; at most 1100 are read", length=9000)
    >>> error.code, dict(error.fields)
    ('too_long', {'length': 9000})
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


class CredentialError(Exception):
    """The root: catch this to catch everything that this package raises on purpose."""

    code: str
    fields: Mapping[str, object]

    def __init__(self, code: str, message: str, /, **fields: object) -> None:
        super().__init__(message)
        self.code = code
        self.fields = MappingProxyType(fields)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.code, str(self), dict(self.fields))


def _rebuild(kind: type[CredentialError], code: str, message: str, fields: dict[str, object]) -> CredentialError:
    """Make the error again in another process: keyword fields do not survive the default pickling of exceptions."""
    return kind(code, message, **fields)


class MalformedError(CredentialError):
    """The input is not in the format: whoever wrote or carried it is at fault."""


class NotTrustedError(CredentialError):
    """The input is well formed, but nothing we trust stands behind it."""


class NotInForceError(CredentialError):
    """The input is genuine, but not in force at the moment that was asked about."""


class CannotKnowError(CredentialError):
    """Something needed for an answer is missing, stale or unreachable: neither yes nor no."""
