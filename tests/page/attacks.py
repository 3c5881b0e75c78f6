"""What a dishonest host, publisher or issuer might try beyond the shared cases; each is answered alike by both readers.

Every entry is a name, the answer that a person expects, and the files, in the form of ``tests.support.cases``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from credential import claims, history, publication, statuslist
from credential.history import EventKind, Reason
from credential.kdf import prefix
from credential.statuslist import StatusArray
from tests.support.cases import Case, Files
from tests.support.keys import Key
from tests.support.world import NOW, PROVINCE, Certificate, World, wide_grant


def attacks() -> list[Case]:
    """All of them."""
    return [*_hosts(), *_publishers(), *_issuers()]


def _case(name: str, expect: str, certificate: Certificate, files: Files) -> Case:
    return Case(name=name, expect=expect, files=files, qr_text=certificate.qr_text)


def _shard_path(files: Files) -> str:
    """The path of the one shard: the larger of the two files below shards/ that belong to the last snapshot."""
    return max((path for path in files if path.startswith("shards/")), key=lambda path: len(files[path]))


def _hosts() -> Iterator[Case]:
    world = World()
    certificate = world.issue()
    old = world.publish()
    world.append(certificate, EventKind.WITHDRAWN, reason=Reason.FRAUD)
    world.files = {}
    new = world.publish()
    stale = new | {_shard_path(new): old[_shard_path(old)]}
    yield _case("the shard from before the withdrawal", "indeterminate/history_untrusted", certificate, stale)
    lists = [next(path for path in files if path.startswith("status/at/")) for files in (old, new)]
    stale = new | {lists[1]: old[lists[0]]}
    yield _case("the status list from before", "indeterminate/status_untrusted", certificate, stale)
    poor = {path: data for path, data in old.items() if not path.startswith(("shards/", "trust/filings/"))}
    yield _case("neither shards nor filings", "indeterminate/history_unreachable", certificate, poor)


def _publishers() -> Iterator[Case]:
    world = World()
    certificate = world.issue()
    world.add_root([Key("root 2")], demonstration=False)
    world.change_trust(demonstration=False)
    yield _case("a demonstration that turns real", "indeterminate/publication_untrusted", certificate, world.publish())
    world = World()
    certificate = world.issue()
    other = Key("status 2")
    world.add_key(other, "status")
    world.publish()
    cwt = statuslist.sign_cwt(
        StatusArray.zeros(),
        world.trust.status[0].cwt,
        other,
        issued_at=NOW,
        expires_at=NOW + timedelta(hours=1),
        ttl=timedelta(minutes=1),
    )
    digests = world.put_status_list(0, cwt, b"")
    files = world.publish(status=(digests,)) | {publication.status_at(digests.cwt.hex()): cwt}
    yield _case("a status key of another list", "indeterminate/status_untrusted", certificate, files)
    world = World()
    certificate, twin = world.issue(), world.issue()
    certificate.tamper_history = lambda _plain: history.sign(twin.history, world.status_key)
    yield _case("another certificate's history", "indeterminate/history_untrusted", certificate, world.publish())


def _issuers() -> Iterator[Case]:
    world = World(lists=2)
    cti = bytes(16)
    wrong = 1 - prefix(cti, 1)
    uri = world.trust.status[wrong].cwt
    certificate = world.issue(cti=cti, status=claims.StatusReference(index=7, uri=uri))
    yield _case("a list that its bits do not choose", "indeterminate/status_unassigned", certificate, world.publish())
    world = World()
    world.change_authority(PROVINCE, grants=(wide_grant(),))
    record = world.issue(way=9, basis_kind=5, basis_reference="1995职改字第12号", award_date=date(1995, 6, 1))
    yield _case("a record by a grant for all ways", "not_authorised/no_recording_grant", record, world.publish())
