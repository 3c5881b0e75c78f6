"""What a check can say, as closed sets of codes (FORMAT 12): outcomes, reasons, warnings, what was read, what was not.

Rules: a reason belongs to exactly one outcome, and a code is never used again for something else. What people read
stands in ``credential/words.py``.

    >>> Reason.BAD_SIGNATURE.outcome
    <Outcome.NOT_AUTHENTIC: 'not_authentic'>
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

STEPS: Final = 10
"""Numbered as in FORMAT 12, in the code of the verifier and on the page."""


class Outcome(StrEnum):
    """What a check can end with."""

    VALID = "valid"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    NOT_YET_ISSUED = "not_yet_issued"
    NOT_AUTHENTIC = "not_authentic"
    NOT_AUTHORISED = "not_authorised"
    MALFORMED = "malformed"
    INDETERMINATE = "indeterminate"


class Reason(StrEnum):
    """Why: every code of FORMAT 12."""

    IN_FORCE = "in_force"
    UNDER_REVIEW = "under_review"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    AWARD_NOT_MADE = "award_not_made"
    AWARDED_NOT_ISSUED = "awarded_not_issued"

    UNKNOWN_KEY = "unknown_key"
    KEY_USE = "key_use"
    BAD_SIGNATURE = "bad_signature"
    WRONG_ISSUER = "wrong_issuer"
    UNREGISTERED = "unregistered"
    OTHER_CREDENTIAL = "other_credential"
    KEY_NOT_GOOD = "key_not_good"
    DOCUMENT_ALTERED = "document_altered"
    DOCUMENT_NOT_SEALED = "document_not_sealed"
    DOCUMENT_SEAL_UNKNOWN = "document_seal_unknown"

    NO_GRANT = "no_grant"
    SCOPE = "scope"
    NO_RIGHT_TO_ISSUE = "no_right_to_issue"
    LATE = "late"
    AWARD_AFTER_ISSUE = "award_after_issue"
    COMMITTEE_NOT_ON_FILE = "committee_not_on_file"
    COMMITTEE_EXPIRED = "committee_expired"
    COMMITTEE_SCOPE = "committee_scope"
    BASIS_KIND = "basis_kind"
    NO_RECORDING_GRANT = "no_recording_grant"

    TOO_LARGE = "too_large"
    NOT_RECOGNISED = "not_recognised"
    NOT_CANONICAL = "not_canonical"
    BAD_HEADER = "bad_header"
    HIGH_S = "high_s"
    BAD_CODE = "bad_code"
    BAD_FILE = "bad_file"
    BAD_CLAIMS = "bad_claims"

    TRUST_EXPIRED = "trust_expired"
    PUBLICATION_UNREACHABLE = "publication_unreachable"
    PUBLICATION_EXPIRED = "publication_expired"
    PUBLICATION_UNTRUSTED = "publication_untrusted"
    ROLLBACK = "rollback"
    NEWER_FORMAT = "newer_format"
    HISTORY_UNREACHABLE = "history_unreachable"
    HISTORY_UNTRUSTED = "history_untrusted"
    REGISTRATION_NOT_CHECKED = "registration_not_checked"
    FILINGS_UNREACHABLE = "filings_unreachable"
    STATUS_UNREACHABLE = "status_unreachable"
    STATUS_EXPIRED = "status_expired"
    STATUS_UNTRUSTED = "status_untrusted"
    STATUS_UNASSIGNED = "status_unassigned"
    STATUS_DISAGREES = "status_disagrees"
    UNKNOWN_CODE = "unknown_code"

    @property
    def outcome(self) -> Outcome:
        """The one outcome that this reason belongs to."""
        return _OUTCOME_OF[self]


_R = Reason
_REASONS: Final[Mapping[Outcome, tuple[Reason, ...]]] = MappingProxyType(
    {
        Outcome.VALID: (_R.IN_FORCE,),
        Outcome.SUSPENDED: (_R.UNDER_REVIEW,),
        Outcome.WITHDRAWN: (_R.WITHDRAWN,),
        Outcome.CANCELLED: (_R.CANCELLED,),
        Outcome.SUPERSEDED: (_R.SUPERSEDED,),
        Outcome.NOT_YET_ISSUED: (_R.AWARD_NOT_MADE, _R.AWARDED_NOT_ISSUED),
        Outcome.NOT_AUTHENTIC: (
            _R.UNKNOWN_KEY,
            _R.KEY_USE,
            _R.BAD_SIGNATURE,
            _R.WRONG_ISSUER,
            _R.UNREGISTERED,
            _R.OTHER_CREDENTIAL,
            _R.KEY_NOT_GOOD,
            _R.DOCUMENT_ALTERED,
            _R.DOCUMENT_NOT_SEALED,
            _R.DOCUMENT_SEAL_UNKNOWN,
        ),
        Outcome.NOT_AUTHORISED: (
            _R.NO_GRANT,
            _R.SCOPE,
            _R.NO_RIGHT_TO_ISSUE,
            _R.LATE,
            _R.AWARD_AFTER_ISSUE,
            _R.COMMITTEE_NOT_ON_FILE,
            _R.COMMITTEE_EXPIRED,
            _R.COMMITTEE_SCOPE,
            _R.BASIS_KIND,
            _R.NO_RECORDING_GRANT,
        ),
        Outcome.MALFORMED: (
            _R.TOO_LARGE,
            _R.NOT_RECOGNISED,
            _R.NOT_CANONICAL,
            _R.BAD_HEADER,
            _R.HIGH_S,
            _R.BAD_CODE,
            _R.BAD_FILE,
            _R.BAD_CLAIMS,
        ),
        Outcome.INDETERMINATE: (
            _R.TRUST_EXPIRED,
            _R.PUBLICATION_UNREACHABLE,
            _R.PUBLICATION_EXPIRED,
            _R.PUBLICATION_UNTRUSTED,
            _R.ROLLBACK,
            _R.NEWER_FORMAT,
            _R.HISTORY_UNREACHABLE,
            _R.HISTORY_UNTRUSTED,
            _R.REGISTRATION_NOT_CHECKED,
            _R.FILINGS_UNREACHABLE,
            _R.STATUS_UNREACHABLE,
            _R.STATUS_EXPIRED,
            _R.STATUS_UNTRUSTED,
            _R.STATUS_UNASSIGNED,
            _R.STATUS_DISAGREES,
            _R.UNKNOWN_CODE,
        ),
    }
)
_OUTCOME_OF: Final = {reason: outcome for outcome, reasons in _REASONS.items() for reason in reasons}


class Warn(StrEnum):
    """What is said beside the outcome and never changes it."""

    HOST_NOT_OFFICIAL = "host_not_official"
    """The code led to an address that the trust list does not name."""
    CATALOGUE_UNREACHABLE = "catalogue_unreachable"
    """The names of series and title could not be looked up; the numbers are proven all the same."""
    FACE_UNTRUSTED = "face_untrusted"
    """What the document prints besides could not be believed; it counts as not there."""
    FACE_NEWER = "face_newer"
    """What the document prints besides is of a later version; it counts as not there."""
    OUTSIDE_DELEGATION = "outside_delegation"
    """No grant under which the award stands lies within one of the authority that delegated."""
    SCAN_OR_PRINT = "scan_or_print"
    """The code was read from a page of a PDF without a seal; what else that page shows proves nothing."""


class Source(StrEnum):
    """What was read."""

    QR_TEXT = "qr_text"
    CHECK_CODE = "check_code"
    CREDENTIAL_FILE = "credential_file"
    SEALED_PDF = "sealed_pdf"
    UNSEALED_PDF = "unsealed_pdf"
    """A PDF in which no seal was found, or that cannot be read."""
    PICTURE = "picture"
    """A code in an image."""


class InputNote(StrEnum):
    """What was left out of a text before it was read as FORMAT 3 and 4 say."""

    BLANKS_IGNORED = "blanks_ignored"
    """Blanks and line ends around it."""
    QUERY_IGNORED = "query_ignored"
    """Parameters between ``/v/`` and ``#``."""
    TAIL_IGNORED = "tail_ignored"
    """What stood behind the digits, from ``&``, ``?`` or ``#`` on."""
    BREAKS_IGNORED = "breaks_ignored"
    """Line ends within the link or the digits."""
    ENCODING_UNDONE = "encoding_undone"
    """Percent-encoding: ``%23`` stood where ``#`` belongs."""
    ADDRESS_REWRITTEN = "address_rewritten"
    """Capitals or full-width dots of the address, which lead to the same host."""
    ADDRESS_MISSING = "address_missing"
    """There were digits alone."""


class Unchecked(StrEnum):
    """What a document may print and a check did not prove: the members of a face, and those that are not known."""

    SEX = "sex"
    EMPLOYER = "employer"
    PHOTO = "photo"
    BIRTH_MONTH = "birth_month"
    DESIGN = "design"
    LICENCE = "licence"
    PRINTED = "printed"
    OTHER = "other"


WITHOUT_FACE: Final = tuple(each for each in Unchecked if each is not Unchecked.OTHER)
"""What nobody proves where a certificate has no face."""


class StepResult(StrEnum):
    """What became of one step."""

    PASS = "pass"  # noqa: S105 - the word of FORMAT 12.1, no secret
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_DONE = "not_done"
