"""The state of one check while its steps run: what passed, what is proven so far, what cannot be known.

Rules: facts enter only when they are proven; a step is written once; ``decide`` alone makes a verdict.

    check = Check(now=now, at=None, source=Source.CREDENTIAL_FILE)
    check.passed(1)
    check.decide(Reason.UNKNOWN_KEY, 2)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from credential.claims import Claims
from credential.history import Replaced
from credential.outcomes import STEPS, InputNote, Outcome, Reason, Source, StepResult, Warn
from credential.verdict import ContactFacts, FaceFacts, Host, Proven, Standing, Verdict
from verifier.errors import VerifierError
from verifier.reader.names import NO_NAMES, Names

HOST_STEP = 10


class DecidedError(VerifierError):
    """A step ended the check."""

    def __init__(self, reason: Reason, step: int) -> None:
        # A sentence with the values would cost every check a hundredth of its time, and nobody reads it.
        super().__init__(reason.value, "a step ended the check", step=step)
        self.reason = reason
        self.step = step


@dataclass(slots=True, kw_only=True)
class Check:
    """One run through the steps."""

    now: datetime
    at: date | None
    source: Source
    """What was read."""
    origin: str | None = None
    """Scheme and host that a QR text named."""
    odd_address: str | None = None
    """What is shown of an address that no QR text may have; it is never official."""
    input_notes: tuple[InputNote, ...] = ()
    official: bool | None = None
    """Whether the trust list names that origin."""
    expected: tuple[str, ...] = ()
    """Hosts that it names, where that origin is none of them."""
    demonstration: bool | None = None
    file_unaltered: bool | None = None
    claims: Claims | None = None
    """Proven by their signature; what follows belongs to them."""
    names: Names = NO_NAMES
    authority_name: str = ""
    issued_on: date | None = None
    replaces: Replaced | None = None
    committee_name: str | None = None
    face: FaceFacts | None = None
    """Set when step 5 has passed and the shard held one in order."""
    standing: Standing | None = None
    successor: str | None = None
    key_compromised_on: date | None = None
    contact: ContactFacts | None = None
    """Of whom to ask."""
    status_time: datetime | None = None
    warnings: list[Warn] = field(default_factory=list)
    steps: list[StepResult] = field(default_factory=lambda: [_NOT_DONE] * STEPS)
    pending: DecidedError | None = None
    """The first thing that could not be known; holds unless a later step proves a refusal."""

    def restarted(self) -> Check:
        """The same question, with nothing answered yet."""
        return Check(
            now=self.now,
            at=self.at,
            source=self.source,
            origin=self.origin,
            odd_address=self.odd_address,
            input_notes=self.input_notes,
            file_unaltered=self.file_unaltered,
        )

    def passed(self, step: int) -> None:
        """Note that a step held."""
        self.steps[step - 1] = _PASS

    def refuse(self, step: int, reason: Reason) -> DecidedError:
        """End the check at a step; for raising."""
        return DecidedError(reason, step)

    def cannot_know(self, step: int, reason: Reason) -> None:
        """Note that a step has no answer, and go on."""
        self.steps[step - 1] = StepResult.UNKNOWN
        if self.pending is None:
            self.pending = DecidedError(reason, step)

    def unsure(self, step: int) -> None:
        """Note that a step cannot be answered because an earlier one was not."""
        self.steps[step - 1] = StepResult.UNKNOWN

    def warn(self, warning: Warn) -> None:
        """Add a warning once."""
        if warning not in self.warnings:
            self.warnings.append(warning)

    def decide(self, reason: Reason, step: int) -> Verdict:
        """Make the verdict that ends this check."""
        outcome = reason.outcome
        if self.steps[step - 1] is _NOT_DONE:
            self.steps[step - 1] = StepResult.UNKNOWN if outcome is Outcome.INDETERMINATE else StepResult.FAIL
        return Verdict(
            reason=reason,
            step=step,
            source=self.source,
            genuine=self._genuine(outcome),
            in_force=_IN_FORCE.get(outcome),
            file_unaltered=self.file_unaltered,
            demonstration=self.demonstration,
            proven=self.proven(),
            face=self.face,
            standing=self.standing,
            successor=self.successor,
            key_compromised_on=self.key_compromised_on,
            contact=self.contact,
            status_time=self.status_time,
            checked_at=self.now,
            at=self.at,
            host=self.host(),
            input_notes=self.input_notes,
            warnings=tuple(self.warnings),
            steps=tuple(self.steps),
        )

    def host(self) -> Host | None:
        """The address that the QR text named."""
        found = self.odd_address if self.origin is None else self.origin.partition("://")[2]
        return None if found is None else Host(found=found, official=self.official, expected=self.expected)

    def proven(self) -> Proven | None:
        """What is proven of the certificate so far."""
        claims = self.claims
        if claims is None:
            return None
        return Proven(
            claims=claims,
            series_name=self.names.series.get(claims.series),
            title_name=self.names.titles.get(claims.title),
            authority_name=self.authority_name,
            issued_on=self.issued_on,
            replaces=self.replaces,
            committee_name=self.committee_name,
        )

    def _genuine(self, outcome: Outcome) -> bool | None:
        if outcome in _NOT_GENUINE:
            return False
        return True if self.steps[:7] == _SEVEN_PASSED else None


# Every check needs these, and to ask an enum for a member takes a call in Python 3.11.
_PASS = StepResult.PASS
_NOT_DONE: Final[StepResult] = StepResult.NOT_DONE
_NOT_GENUINE = frozenset({Outcome.NOT_AUTHENTIC, Outcome.NOT_AUTHORISED})
_SEVEN_PASSED = [_PASS] * 7

_IN_FORCE = {
    Outcome.VALID: True,
    Outcome.SUSPENDED: False,
    Outcome.WITHDRAWN: False,
    Outcome.CANCELLED: False,
    Outcome.SUPERSEDED: False,
    Outcome.NOT_YET_ISSUED: False,
}
