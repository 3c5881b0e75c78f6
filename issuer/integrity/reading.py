"""How integrity records stand, for whoever has an opened home.

read_standings(session, opened).records[record_id].state(today)
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import select

from issuer.batches.rows import open_row
from issuer.db import integrity as stored
from issuer.db.models import CertificateRow
from issuer.db.sessions import ReadSession
from issuer.errors import NotFoundError
from issuer.home.opened import Opened
from issuer.identifiers import IdType
from issuer.integrity import stating
from issuer.integrity.barring import set_aside
from issuer.integrity.standing import NOTHING_PROVEN, Standing, Standings, standings_of
from issuer.integrity.stating import Person
from issuer.office.reading import read_operators


def read_standings(session: ReadSession, opened: Opened) -> Standings:
    """Return how all records stand by what operators signed; where nobody can have signed anything, nothing is known.

    Raises:
        TamperedError: as ``issuer.office.reading.read_operators``.
    """
    try:
        operators = read_operators(session, opened)
    except NotFoundError:
        return NOTHING_PROVEN
    return standings_of(session, operators)


def every(session: ReadSession, opened: Opened) -> list[tuple[Standing, Mapping[str, str], set[str]]]:
    """Return all records as they stand, oldest first, with numbers of certificates, and which were set aside."""
    standings = read_standings(session, opened)
    records = stored.all_records(session)
    every = dict.fromkeys([*records, *standings.records])
    certificates = {each.certificate for each in records.values() if each.certificate is not None}
    query = select(CertificateRow.id, CertificateRow.number).where(CertificateRow.id.in_(certificates))
    numbers = dict(session.execute(query).all())
    gone = set_aside(session, certificates)
    return [(standing_of(session, standings, each), numbers, gone) for each in every]


def standing_of(session: ReadSession, standings: Standings, record: str) -> Standing:
    known = standings.records.get(record)
    return known or Standing(record=stored.by_ids(session, [record])[record], steps=())


def person_of(session: ReadSession, opened: Opened, standing: Standing) -> Person:
    """Whose record it is: as it was added, or as the row of the certificate's list says."""
    record, vault = standing.record, opened.vault
    own = stored.person_of(session, record.id)
    if own is None:
        award = session.get_one(CertificateRow, record.certificate).award
        draft = open_row(session, vault, award).draft
        return Person(name=draft.name, id_type=draft.id_type, id_number=draft.id_number)
    wrapped, sealed = own
    key = vault.unwrap(wrapped, table=stating.PERSONS, row=record.id)
    assert sealed is not None
    plain = json.loads(key.open(sealed, table=stating.PERSONS, column="personal", row=record.id))
    kind = next(each for each in IdType if each.word == plain["id_type"])
    return Person(name=plain["name"], id_type=kind, id_number=plain["id_number"])


def state_of(standing: Standing, today: date, gone: Collection[str]) -> str:
    """Return the word for where a record stands on a day; ``gone``: certificates whose withdrawal was set aside."""
    is_set_aside = standing.record.certificate in gone and not standing.is_closed
    return "set_aside" if is_set_aside else standing.state(today).value
