"""Pictures of documents for their holders, made from the design when somebody asks.

Rules: the page is set from the approved row, proven each time, as the document itself is. What cannot be set, or is not
proven, is no picture. One is made at a time. Fonts and design are loaded with the first.

    pictures = Pictures(opened)
    pictures(certificate)
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from credential.errors import CodedError
from issuer.db.certificates import Certificate
from issuer.home.opened import Opened
from issuer.office import lists
from issuer.office.reading import read_operators

if TYPE_CHECKING:
    from issuer.documents.render import DocumentRenderer


class Pictures:
    """Makes pictures for one home. It satisfies ``issuer.unlock.service.Faces``."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._lock = threading.Lock()
        self._renderer: DocumentRenderer | None = None

    def __call__(self, certificate: Certificate) -> bytes | None:
        """Return the page of a certificate's document as PNG; None where it cannot be had."""
        with self._lock:
            try:
                return self._made(certificate)
            except CodedError:
                return None

    def _made(self, certificate: Certificate) -> bytes:
        from issuer.documents.fonts import fonts_of  # noqa: PLC0415 - most who sign in ask for no picture
        from issuer.documents.making import DocumentFacts, DocumentSource  # noqa: PLC0415
        from issuer.documents.render import DocumentRenderer  # noqa: PLC0415

        opened, settings = self._opened, self._opened.home.settings
        if self._renderer is None:
            self._renderer = DocumentRenderer(fonts_of(opened.home))
        with opened.register.read() as session:
            operators = read_operators(session, opened)
            facts = DocumentFacts(
                authority=lists.authority(session, certificate.authority),
                catalogue=lists.catalogue(session),
                origin=settings.origin,
                demonstration=settings.demonstration,
                training=settings.training,
            )
        source = DocumentSource(opened.register, opened.vault, operators, facts, renderer=self._renderer)
        return source.picture(certificate.id)
