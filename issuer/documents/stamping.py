"""Which time-stamp service a home has; without one nothing of its client is loaded.

stamper = stamper_of(opened)            # None: documents are sealed without a time-stamp
"""

from __future__ import annotations

from issuer.documents.seal import Stamps
from issuer.home.opened import Opened


def stamper_of(opened: Opened) -> Stamps | None:
    """Return what time-stamps the seals of a home. Raises MachineError ``timestamp_settings``."""
    service = opened.home.settings.timestamps
    if service is None:
        return None
    from issuer.documents.stamps import Stamper  # noqa: PLC0415 - a client of HTTP, which few homes need

    return Stamper(service, clock=opened.clock)
