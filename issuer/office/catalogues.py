"""Taking versions of the catalogue into use: each goes on from the one before.

take_into_use(session, data, actor=actor, now=now)
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from sqlalchemy import select

from credential.catalogue import Catalogue
from credential.days import day_of
from issuer import audit
from issuer.db.models import CatalogueVersionRow
from issuer.db.sessions import WriteSession
from issuer.errors import ConflictError
from issuer.office.succession import check_successor


def take_into_use(session: WriteSession, data: bytes, *, actor: str, now: datetime) -> Catalogue:
    """Take a version of the catalogue into use; it is published with the next trust list.

    Raises:
        MalformedError: not in the catalogue's form, or ``unknown_kind``: it says what this program does not know.
        InputError: ``catalogue_breaks``: certificates would say something else.
        ConflictError: ``old_catalogue``: this version or a later one is in use.
    """
    catalogue = Catalogue.from_json(data)
    catalogue.check_known()
    newest = session.scalar(select(CatalogueVersionRow).order_by(CatalogueVersionRow.version.desc()).limit(1))
    if newest is not None and catalogue.version <= newest.version:
        message = f"version {newest.version} of the catalogue is in use; this file is version {catalogue.version}"
        raise ConflictError("old_catalogue", message, version=catalogue.version)
    check_successor(catalogue, None if newest is None else Catalogue.from_json(newest.content))
    content = catalogue.to_json()
    session.add(
        CatalogueVersionRow(
            version=catalogue.version,
            digest=sha256(content).digest(),
            content=content,
            in_force_from=day_of(now),
            imported=now,
        )
    )
    session.flush()
    audit.append(session, actor=actor, act="catalogue.import", subject=str(catalogue.version), now=now)
    return catalogue
