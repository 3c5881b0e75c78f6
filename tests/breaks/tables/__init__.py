"""The breaks: a module for each part of docs/FORMAT.md, and in ``register`` those of the register's rooms."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break
from tests.breaks.tables import (
    answers,
    authorities,
    claims,
    documents,
    encodings,
    faces,
    histories,
    memories,
    page_authorities,
    page_files,
    page_forms,
    page_steps,
    register,
    roots,
    sealed,
    snapshots,
    statuslists,
    steps,
    trustlists,
)

_PYTHON: Final = (
    *(encodings, claims, sealed, histories, faces, documents, statuslists),
    *(roots, trustlists, authorities, memories, snapshots, steps, answers),
)
_PAGE: Final = (page_forms, page_files, page_authorities, page_steps)


def format_breaks() -> tuple[Break, ...]:
    """Every break of the format, in the order of the document, Python before JavaScript."""
    every = [each for part in (*_PYTHON, *_PAGE) for each in part.BREAKS]
    return tuple(sorted(every, key=lambda each: each.is_page))


def all_breaks() -> tuple[Break, ...]:
    """Every break: the format's, then the register's."""
    return (*format_breaks(), *register.all_breaks())
