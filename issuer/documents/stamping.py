"""Which time-stamp service a home has, and how long it is left alone after it gave no answer.

Rules: without a service nothing of its client is loaded. One that is silent is not asked again at every look.

stamper = stamper_of(opened)            # None: documents are sealed without a time-stamp
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from issuer.home.opened import Opened

if TYPE_CHECKING:
    from issuer.documents.seal import Stamps  # who asks how a service is seals nothing

SILENT_FOR: Final = timedelta(minutes=5)
"""After an answer that could not be used: a person who mended the service does not wait long."""


@dataclass(slots=True)
class Silence:
    """Whether the service of a home is left alone just now."""

    _until: datetime | None = None

    def begin(self, now: datetime) -> None:
        """Leave it alone from now on, for a while."""
        self._until = now + SILENT_FOR

    def lasts(self, now: datetime) -> bool:
        """Whether it is too early to ask again; a clock that was set back ends it."""
        return self._until is not None and self._until - SILENT_FOR <= now < self._until


def stamper_of(opened: Opened) -> Stamps | None:
    """Return what time-stamps the seals of a home. Raises ServiceError ``timestamp_settings``."""
    service = opened.home.settings.timestamps
    if service is None:
        return None
    from issuer.documents.stamps import Stamper  # noqa: PLC0415 - a client of HTTP, which few homes need

    return Stamper(service, clock=opened.clock)
