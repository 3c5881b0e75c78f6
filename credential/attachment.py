"""How a sealed PDF carries its credential: as the one file that is attached to it, under this name.

The attached bytes are those of the QR code. Who makes documents and who reads them must agree on the name alone.
"""

from __future__ import annotations

from typing import Final

ATTACHMENT_NAME: Final = "credential.cwt"
MAX_ATTACHMENT_BYTES: Final = 4096
"""Ten times what a QR code carries: the credential's own parser has the tight bound."""
