"""The errors of this package: what went wrong while reading, before a verdict could name it.

Rules: errors carry a ``code`` and name no command; a verdict is never an error. Wording for an audience is made at the
edge.

    >>> NotFoundError("snapshot.jwt").code
    'not_found'
"""

from __future__ import annotations

from typing import ClassVar

from credential.errors import CodedError
from credential.outcomes import Reason


class VerifierError(CodedError):
    """The root: catch this to catch everything that this package raises on purpose."""


class UsageError(VerifierError):
    """The caller asked for something that has no answer: a date in the future, a setting that cannot hold."""


class SourceError(VerifierError):
    """Nothing to verify was found in what was handed in; the message says what to do."""


class FetchError(VerifierError):
    """A file of the publication was not had."""

    kind: ClassVar[str]
    say: ClassVar[str]
    lies: ClassVar[bool] = False
    """Whether the place gave something wrong instead of nothing."""

    def __init__(self, path: str, why: str = "") -> None:
        super().__init__(self.kind, f"{path}: {self.say}{': ' if why else ''}{why}", path=path, why=why)


class NotFoundError(FetchError):
    """The place answers, and has no such file."""

    kind = "not_found"
    say = "the publication has no such file"


class UnreachableError(FetchError):
    """The place does not answer, or not with an answer of use."""

    kind = "unreachable"
    say = "the publication cannot be reached; check the network and try again"


class OversizeError(FetchError):
    """The file is larger than any honest writer makes it."""

    kind = "too_large"
    say = "larger than such a file can be; nothing of it was used"
    lies = True


class WrongDigestError(FetchError):
    """The file's bytes are not those that a signed file names."""

    kind = "wrong_digest"
    say = "other bytes than the signed snapshot names"
    lies = True


class NotAtHandError(Exception):
    """A file would have to be fetched, and this check asks only for what is in memory.

    It has no code, because nobody is told of it: the check is asked again where it may wait. No step answers it.
    """


class TrustError(VerifierError):
    """The publication cannot be trusted, or not now: the verdict is indeterminate with this reason."""

    reason: Reason

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(reason.value, message)
        self.reason = reason
