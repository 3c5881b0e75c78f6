"""What a reader of sealed documents gives: the words that the procedure and such a reader share.

The procedure takes a reader as an argument and the sources offer one, so that neither imports the other.

    def read(data: bytes) -> Sealed: ...
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias


class Sealed(Protocol):
    """An unaltered sealed document, its seal not yet compared with any trust list."""

    @property
    def credential(self) -> bytes:
        """The attached credential."""

    @property
    def signer_certificate_der(self) -> bytes:
        """The certificate that sealed the whole file."""


PdfReader: TypeAlias = Callable[[bytes], Sealed]
"""Raises CredentialError, with a code of its own, for a file that is no such document.

The field ``certificate`` of an error, where it has one, is the DER of the certificate whose seal could not be checked.
"""
