"""What the desk needs of the unlock service: a protocol, so that tests and the real client are interchangeable.

Rules: the desk proves nothing itself. It hands on what a person gave, and gets a ticket that is good for that person
alone. ``issuer.unlock.client.Unlock`` satisfies it.

    signed_in = unlock.with_code(id_type="citizen", id_number=number, code=code)
    view = unlock.view(signed_in.ticket)
"""

from __future__ import annotations

from typing import Protocol

from issuer.unlock.model import Begun, HolderView, SignedIn


class Unlocking(Protocol):
    """The unlock service, as the desk sees it. Every call raises MachineError ``unlock_gone`` when it is not there."""

    def with_code(self, *, id_type: str, id_number: str, code: str) -> SignedIn:
        """Sign in with a claim code. Raises InputError ``claim_mistyped``; NotAllowedError ``not_recognised``,
        ``too_many_tries``.
        """
        ...

    def begin_oidc(self) -> Begun:
        """Begin a sign-in with an account elsewhere. Raises NotFoundError ``oidc_not_configured``."""
        ...

    def with_token(self, *, id_token: str, nonce: str) -> SignedIn:
        """Sign in with an ID token. Raises NotAllowedError ``not_recognised``."""
        ...

    def view(self, ticket: str) -> HolderView:
        """Return all that the holder of a ticket may see. Raises NotAllowedError ``ticket_refused``."""
        ...

    def view_since(self, ticket: str, mark: str) -> HolderView | None:
        """Return the view where it changed since the one with this mark, None where it did not. Raises as ``view``."""
        ...

    def document(self, ticket: str, number: str) -> bytes | None:
        """Return the sealed PDF, None where it is not made. Raises NotAllowedError ``ticket_refused``; NotFoundError
        ``no_certificate``.
        """
        ...

    def face(self, ticket: str, number: str) -> bytes | None:
        """Return a PNG of the document's page, None where it cannot be had. Raises as ``document``."""
        ...

    def end(self, ticket: str) -> None:
        """Make a ticket good for nothing from now on."""
        ...
