"""How integrity records stand, for whoever has an opened home.

read_standings(session, opened).records[record_id].state(today)
"""

from __future__ import annotations

from issuer.db.sessions import ReadSession
from issuer.errors import NotFoundError
from issuer.home.opened import Opened
from issuer.integrity.standing import NOTHING_PROVEN, Standings, standings_of
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
