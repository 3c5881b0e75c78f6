"""Keys and secrets that a home holds, as they are known without opening any.

for held in keys.listed(opened): print(held.use, held.key_id.hex())
"""

from __future__ import annotations

from issuer.home.opened import HeldKey, Opened


def listed(opened: Opened) -> tuple[HeldKey, ...]:
    """Return what is in custody. Raises KeyFileError for a file that is not in order."""
    return tuple(opened.custody.held())
