"""Finds certificate designs, which are folders of Typst sources shipped as package data.

A design is named by a name and a version (`standard/v1`). A published version never changes: a certificate printed
again years later must look as it did. A new look is a new version beside the old one. Fonts are not part of a design;
a design names the families it expects and `issuer.documents.fonts` finds the files.

Example::

    design = load_design("standard", "v1")
    design.entry        # .../templates/designs/standard/v1/certificate.typ
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

ENTRY_NAME = "certificate.typ"
_PART = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


class TemplateError(Exception):
    """Root of the errors of this package."""


class UnknownDesignError(TemplateError):
    """No design of that name and version is installed."""

    code = "unknown_design"

    def __init__(self, name: str, version: str, known: tuple[str, ...]) -> None:
        self.name = name
        self.version = version
        self.known = known
        super().__init__(f"design {name}/{version} is not installed; installed are: {', '.join(known)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """One design in one version; `root` bounds what its Typst sources may read."""

    name: str
    version: str
    root: Path

    @property
    def label(self) -> str:
        """Name and version, as `installed_designs` lists them."""
        return f"{self.name}/{self.version}"

    @property
    def entry(self) -> Path:
        """The Typst file whose function ``certificate`` is the page."""
        return self.root / ENTRY_NAME

    def files(self) -> list[tuple[str, bytes]]:
        """All files below `root` with their names relative to it, `/` between the parts, sorted by the name's bytes."""
        found = ((path.relative_to(self.root).as_posix(), path) for path in self.root.rglob("*") if path.is_file())
        return [(name, path.read_bytes()) for name, path in sorted(found, key=lambda each: each[0].encode())]


def _designs_root() -> Path:
    # Typst reads its sources from a file system, so a zipped installation is not supported.
    return Path(str(resources.files("templates").joinpath("designs")))


def installed_designs() -> tuple[str, ...]:
    """All designs as `name/version`, sorted."""
    root = _designs_root()
    return tuple(sorted(str(entry.parent.relative_to(root)) for entry in root.glob(f"*/*/{ENTRY_NAME}")))


def load_design(name: str = "standard", version: str = "v1") -> Design:
    """The design of that name and version.

    Raises:
        UnknownDesignError: it is not installed, or a part is not a plain lower-case word.
    """
    root = _designs_root() / name / version if _PART.fullmatch(name) and _PART.fullmatch(version) else None
    if root is None or not (root / ENTRY_NAME).is_file():
        raise UnknownDesignError(name, version, installed_designs())
    return Design(name=name, version=version, root=root)
