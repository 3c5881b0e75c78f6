"""The errors of this package: one root, leaves by whose fault it is.

Rules: ``code`` is what programs and tests match on; the sentence says what and where, and names no command;
``fields`` carry the values. None of them holds a name, an ID number, a check code or key material: errors end in logs.

    raise ConflictError("duplicate", "authority sf-rst exists already", id="sf-rst")
"""

from __future__ import annotations

from credential.errors import CodedError


class IssuerError(CodedError):
    """The root: catch this to catch everything that this package raises on purpose."""


class InputError(IssuerError):
    """What was given is not acceptable: whoever gave it corrects it."""


class NotFoundError(IssuerError):
    """What was named is not in the register."""


class ConflictError(IssuerError):
    """What was asked for contradicts what the register holds: a duplicate, another state, an act out of order."""


class NotAllowedError(IssuerError):
    """Whoever asked may not do this: another role, another authority, the same person twice, not in force."""


class TamperedError(IssuerError):
    """The register does not agree with what was signed or sealed: stop, tell an administrator, sign nothing."""


class MachineError(IssuerError):
    """The machine did not do its part: disk, memory, database. What was asked for may be right, and is done later."""


class ServiceError(IssuerError):
    """A service elsewhere did not do its part, such as time-stamps. What was asked for waits, and is done later."""
