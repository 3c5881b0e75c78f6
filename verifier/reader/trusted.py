"""The trusted set: which root, trust list and snapshot are believed, as a state machine without any I/O.

Rules (FORMAT 8 to 10):
- files are loaded in the order roots, trust list, snapshot; none of an earlier kind once a later kind is loaded;
- each is checked against the one before, and against what this reader has seen (rollback, two files of one number);
- what is old but authentic is remembered before it is refused, so that expiry does not open a way back.

    trusted = TrustedSet(pinned_root, memory=None)
    trusted.update_root(data)
    trusted.update_trust_list(container, unverified_snapshot, now=now)
    trusted.update_snapshot(unverified_snapshot, now=now)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from credential.errors import CannotKnowError, CredentialError, NotInForceError
from credential.outcomes import Reason
from credential.roots import VerifiedRoot, verify_root
from credential.snapshot import UnverifiedSnapshot, VerifiedSnapshot, verify_snapshot
from credential.trustlist import VerifiedTrustList, verify_trust_list
from verifier.errors import TrustError
from verifier.reader.memory import Memory


class TrustedSet:
    """What is believed of one publication, and why."""

    def __init__(self, pinned_root: VerifiedRoot, memory: Memory | None) -> None:
        """Begin with the root that the reader was given, or the newer one that it once walked to from there."""
        self._memory = memory
        self.root = pinned_root if memory is None else _remembered(pinned_root, memory)
        self.trust: VerifiedTrustList | None = None
        self.snapshot: VerifiedSnapshot | None = None

    def update_root(self, data: bytes) -> None:
        """Take the next root (FORMAT 8). Raises TrustError ``publication_untrusted``, ``newer_format``."""
        if self.trust is not None:
            raise RuntimeError("roots are loaded before the trust list")
        with _untrusted():
            self.root = verify_root(data, self.root)

    def update_trust_list(self, data: bytes, named_by: UnverifiedSnapshot, *, now: datetime) -> None:
        """Take the trust list that a snapshot names; what signs it is the root, whatever named it (FORMAT 9).

        Raises:
            TrustError: ``publication_untrusted``, ``newer_format``, ``rollback``, ``trust_expired``.
        """
        if self.trust is not None:
            raise RuntimeError("a trusted set takes one trust list")
        with _untrusted():
            trust = verify_trust_list(data, self.root, now=now)
        if (trust.content.version, trust.digest) != (named_by.content.trust_version, named_by.content.trust_digest):
            raise TrustError(Reason.PUBLICATION_UNTRUSTED, "the trust list is not the one that the snapshot names")
        seen = self._memory
        if seen is not None:
            _check_not_older(
                (trust.content.version, trust.digest), (seen.trust_version, seen.trust_digest), "trust list"
            )
        with _untrusted():
            trust.check_fresh(now)
        self.trust = trust

    def update_snapshot(self, unverified: UnverifiedSnapshot, *, now: datetime) -> Memory:
        """Take the snapshot (FORMAT 10) and return what is to be remembered.

        An authentic snapshot that is too old is remembered as well: ``self.memory`` moves before the refusal.

        Raises:
            TrustError: ``publication_untrusted``, ``newer_format``, ``rollback``, ``publication_expired``.
        """
        if self.trust is None:
            raise RuntimeError("a snapshot is loaded behind its trust list")
        with _untrusted():
            snapshot = verify_snapshot(unverified, self.trust, now=now)
        seen = self._memory
        if seen is not None:
            _check_not_older((snapshot.content.seq, snapshot.digest), (seen.seq, seen.snapshot_digest), "snapshot")
        self._memory = self._remember(self.trust, snapshot)
        with _untrusted():
            snapshot.check_fresh(now)
        self.snapshot = snapshot
        return self._memory

    @property
    def memory(self) -> Memory | None:
        """The newest that was seen."""
        return self._memory

    def _remember(self, trust: VerifiedTrustList, snapshot: VerifiedSnapshot) -> Memory:
        return Memory(
            root_version=self.root.root.version,
            root=self.root.container,
            trust_version=trust.content.version,
            trust_digest=trust.digest,
            seq=snapshot.content.seq,
            snapshot_digest=snapshot.digest,
        )


def _remembered(pinned: VerifiedRoot, memory: Memory) -> VerifiedRoot:
    """The remembered root, when it is newer. It was verified by a walk from the pinned one before it was kept."""
    if memory.root_version <= pinned.root.version:
        return pinned
    try:
        newer = verify_root(memory.root, None)
    except CredentialError:
        return pinned
    same_kind = newer.root.demonstration == pinned.root.demonstration
    return newer if same_kind and newer.root.version == memory.root_version else pinned


def _check_not_older(found: tuple[int, bytes], seen: tuple[int, bytes], what: str) -> None:
    if found[0] < seen[0] or (found[0] == seen[0] and found[1] != seen[1]):
        raise TrustError(
            Reason.ROLLBACK, f"{what} {found[0]} is older than, or another than, number {seen[0]} that was seen before"
        )


@contextmanager
def _untrusted() -> Iterator[None]:
    """Say in the verdict's words what a format's refusal means for the publication."""
    try:
        yield
    except CredentialError as error:
        raise TrustError(reason_of(error), str(error)) from error


def reason_of(error: CredentialError) -> Reason:
    """What a format's refusal means for the publication: too old, of a later suite, or not to be trusted."""
    known: tuple[Reason, ...] = ()
    if isinstance(error, NotInForceError):
        known = (Reason.TRUST_EXPIRED, Reason.PUBLICATION_EXPIRED)
    elif isinstance(error, CannotKnowError):
        known = (Reason.NEWER_FORMAT,)
    return next((reason for reason in known if reason.value == error.code), Reason.PUBLICATION_UNTRUSTED)
