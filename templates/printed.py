"""Where the designs are of what an office prints beside certificates: a folder per thing and version.

printed("slips")        # .../templates/slips/v1, with slips.typ
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def printed(name: str, version: str = "v1") -> Path:
    """Return the folder of a design that is installed with this program."""
    # Typst reads its sources from a file system, so a zipped installation is not supported.
    return Path(str(resources.files("templates").joinpath(name, version)))
