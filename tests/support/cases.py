"""The cases that Python and the page's JavaScript are both held to: publications, inputs, and the whole verdict.

``write_cases(folder)`` writes

    trust-root                 the pinned root container, the same for all
    publications/NAME/...      publications; ``usual`` is the one in order
    cases.json                 [{"name", "publication", "input": {"qr_text"|"check_code"}, "at", "now", "before",
                                 "expected": verdict}, ...]; ``now`` in Unix seconds, ``at`` a date or null;
                                 ``before``: a publication that the reader has seen first (rollback), or null

The expected verdict is the Python verifier's, and the outcome beside every case here is what a person wrote down.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from credential import cbor, checkcode, claims, cose, qrtext
from credential import history as histories
from credential.claims import Scope
from credential.history import EventKind, Reason
from credential.signing import P256_ORDER
from credential.statuslist import Status
from tests.support.case import Case, Files
from tests.support.keys import Key
from tests.support.publications import PUBLICATIONS
from tests.support.world import (
    DISTRICT,
    EXPIRED_NUMBER,
    ORIGIN,
    PROVINCE,
    TEACHERS_NUMBER,
    Certificate,
    World,
    wide_grant,
    write_files,
)


def usual_world() -> World:
    """A world in order, whose key of a second use and ended key are there to be misused."""
    world = World()
    world.add_key(Key("other credential"), "credential", DISTRICT)
    world.add_key(Key("ended"), "credential", PROVINCE, state="ended", ends=datetime(2026, 3, 1, tzinfo=UTC))
    world.add_key(
        Key("compromised"),
        "credential",
        PROVINCE,
        state="compromised",
        compromised_since=datetime(2026, 7, 1, tzinfo=UTC),
    )
    world.add_key(
        Key("lost status"), "status", None, state="compromised", compromised_since=datetime(2026, 8, 1, tzinfo=UTC)
    )
    grants = (
        wide_grant(series=frozenset({5}), ways=frozenset({1, 2, 3}), max_gap_days=90),
        wide_grant(series=frozenset({17}), last=date(2026, 7, 10)),
        wide_grant(series=frozenset({18}), first=date(2020, 1, 1), acts=frozenset({"withdraw"})),
        wide_grant(series=frozenset({22}), scope_required=True, region="990100"),
        wide_grant(series=frozenset({5}), ways=frozenset({9}), first=date(2021, 1, 1), last=date(2026, 7, 31)),
    )
    world.change_authority(PROVINCE, grants=grants)
    return world


def all_cases() -> list[Case]:
    """Every case, in an order that reads."""
    return [*_usual(), *_broken_publications()]


def _usual() -> Iterator[Case]:
    world = usual_world()
    asked: list[tuple[str, str, dict[str, Any], Certificate | None]] = []

    def ask(name: str, expect: str, certificate: Certificate | None = None, **question: Any) -> None:
        asked.append((name, expect, question, certificate))

    _in_order(world, ask)
    _not_authentic(world, ask)
    _not_authorised(world, ask)
    _malformed(world, ask)
    _odd_histories(world, ask)
    files = world.publish()
    for name, expect, question, certificate in asked:
        named = {} if certificate is None else {"qr_text": certificate.qr_text}
        yield Case(name=name, expect=expect, files=files, **(named | question))


Ask = Callable[..., None]


def _in_order(world: World, ask: Ask) -> None:
    good = world.issue()
    ask("a certificate in order", "valid/in_force", good)
    ask("the same by check code", "valid/in_force", check_code=good.grouped_code)
    ask("by a check code typed small and without hyphens", "valid/in_force", check_code=good.check_code.lower())
    ask("on a day when it was in force", "valid/in_force", good, at=date(2026, 8, 1))
    ask("on the day before it was issued", "indeterminate/before_issue", good, at=date(2026, 7, 14))
    elsewhere = qrtext.encode(claims.CredentialBytes(good.credential), "https://zc-example.example")
    ask("the same behind a host that is not official", "valid/in_force", qr_text=elsewhere)
    local = qrtext.encode(claims.CredentialBytes(good.credential), "http://127.0.0.1:8787")
    ask("the same behind loopback, which is not listed", "valid/in_force", qr_text=local)
    ask(
        "a code that nobody was given", "indeterminate/unknown_code", check_code=World().issue(cti=bytes(16)).check_code
    )
    for kind, expect in (
        (EventKind.SUSPENDED, "suspended/under_review"),
        (EventKind.WITHDRAWN, "withdrawn/withdrawn"),
        (EventKind.CANCELLED, "cancelled/cancelled"),
    ):
        certificate = world.issue()
        world.append(certificate, kind, reason=Reason.FRAUD, recorded=datetime(2026, 10, 1, 2, tzinfo=UTC))
        ask(f"{kind.name.lower()} since October", expect, certificate)
        ask(
            f"{kind.name.lower()} since October, asked about September",
            "valid/in_force",
            certificate,
            at=date(2026, 9, 30),
        )
        ask(f"{kind.name.lower()} since October, asked about that day", expect, certificate, at=date(2026, 10, 1))
    replaced = world.issue()
    world.append(replaced, EventKind.SUPERSEDED, detail="SF2026-90001", reason=Reason.REISSUED)
    ask("replaced by another", "superseded/superseded", replaced)
    back = world.issue()
    world.append(back, EventKind.SUSPENDED, recorded=datetime(2026, 8, 1, 2, tzinfo=UTC), reason=Reason.UNDER_REVIEW)
    world.append(back, EventKind.REINSTATED, recorded=datetime(2026, 9, 1, 2, tzinfo=UTC), reason=Reason.CLEARED)
    ask("suspended and reinstated", "valid/in_force", back)
    ask("suspended and reinstated, asked about the time between", "suspended/under_review", back, at=date(2026, 8, 15))
    noted = world.issue()
    world.append(noted, EventKind.WITHDRAWN, reason=Reason.DECISION)
    world.append(noted, EventKind.ANNOTATED, detail="法院撤销该决定，另发新证")
    ask("withdrawn and annotated", "withdrawn/withdrawn", noted)
    retroactive = world.issue()
    world.append(retroactive, EventKind.WITHDRAWN, effective=date(2026, 8, 1))
    ask(
        "withdrawn with effect from August, asked about August", "withdrawn/withdrawn", retroactive, at=date(2026, 8, 1)
    )
    targeted = world.issue(
        signer=world.district_key,
        issuer=DISTRICT,
        series=22,
        title=22002,
        specialty="数学",
        way=6,
        basis_reference=TEACHERS_NUMBER,
        scope=Scope(region=990101, name="示范市示范区"),
    )
    ask("a targeted title of a district", "valid/in_force", targeted)
    ask(
        "by assessment, without a committee",
        "valid/in_force",
        world.issue(way=2, basis_kind=4, basis_reference="认定1号"),
    )
    ask("the longest names", "valid/in_force", world.issue(name="阿卜杜热合曼·买买提", specialty="信息系统项目管理"))
    historical = world.issue(way=9, basis_kind=5, basis_reference="1995职改字第12号", award_date=date(1995, 6, 1))
    ask("a historical record", "valid/in_force", historical)
    ended = world.issue(signer=Key("ended"), issued_at=datetime(2026, 2, 1, tzinfo=UTC), award_date=date(2026, 1, 15))
    ask("signed by a key that has ended since", "valid/in_force", ended)
    before = world.issue(signer=Key("compromised"), issued_at=datetime(2026, 6, 30, 3, tzinfo=UTC))
    ask("registered before its key was stolen", "valid/in_force", before)


def _not_authentic(world: World, ask: Ask) -> None:
    ask("signed by a key that nobody knows", "not_authentic/unknown_key", world.issue(signer=Key("stranger")))
    ask("signed by the status key", "not_authentic/key_use", world.issue(signer=world.status_key))
    ask("signed by another authority's key", "not_authentic/wrong_issuer", world.issue(signer=world.district_key))
    forged = world.issue()
    message = claims.parse(forged.credential).message
    other = cose.sign(message.payload, Key("stranger"))
    forged.credential = cose.assemble(message.protected, message.payload, claims.parse(other).message.signature)
    ask("a signature of somebody else under our key's name", "not_authentic/bad_signature", forged)
    ghost = world.issue()
    ghost.registered = ghost.coded = False
    ask("signed with a stolen key, never registered", "not_authentic/unregistered", ghost)
    double = world.issue()
    twin = world.issue(cti=double.claims.cti, name="李四")
    twin.registered = twin.coded = False
    ask("a second credential under a registered number", "not_authentic/other_credential", twin)
    late = world.issue(signer=Key("compromised"), issued_at=datetime(2026, 7, 2, tzinfo=UTC))
    ask("registered after its key was stolen", "not_authentic/key_not_good", late)
    over = world.issue(signer=Key("ended"), issued_at=datetime(2026, 3, 2, tzinfo=UTC), award_date=date(2026, 2, 20))
    ask("registered after its key had ended", "not_authentic/key_not_good", over)


def _not_authorised(world: World, ask: Ask) -> None:
    ask("a series without a grant", "not_authorised/no_grant", world.issue(series=4))
    ask("a way without a grant", "not_authorised/no_grant", world.issue(way=5))
    ask("before the grant began", "not_authorised/no_grant", world.issue(award_date=date(2019, 12, 31)))
    ask("a grant to withdraw is none to issue", "not_authorised/no_grant", world.issue(series=18))
    scope = Scope(region=990101, name="示范市示范区")
    outside = Scope(region=990200, name="他市")
    ask("a scope outside the grant", "not_authorised/scope", world.issue(series=22, scope=outside))
    ask("no scope where one is required", "not_authorised/scope", world.issue(series=22))
    ask("the right to issue had ended", "not_authorised/no_right_to_issue", world.issue(series=17))
    ask("too long after the award", "not_authorised/late", world.issue(award_date=date(2026, 4, 15)))
    ask("just in time", "valid/in_force", world.issue(award_date=date(2026, 4, 16)))
    ask("awarded after it was issued", "not_authorised/award_after_issue", world.issue(award_date=date(2026, 7, 16)))
    ask(
        "a committee that is not on file", "not_authorised/committee_not_on_file", world.issue(basis_reference="无此号")
    )
    old = world.issue(basis_reference=EXPIRED_NUMBER)
    ask("a committee whose filing had expired", "not_authorised/committee_expired", old)
    wrong_level = world.issue(level=3)
    ask("a committee that is not for this level", "not_authorised/committee_scope", wrong_level)
    other_series = world.issue(series=22, scope=scope)
    ask("a committee that is not for this series", "not_authorised/committee_scope", other_series)
    ask("review without a committee", "not_authorised/basis_kind", world.issue(basis_kind=2, basis_reference="考试1号"))
    record = world.issue(
        way=9,
        basis_kind=5,
        basis_reference="1995职改字第12号",
        award_date=date(1995, 6, 1),
        issued_at=datetime(2026, 8, 2, tzinfo=UTC),
    )
    ask("a historical record after the right to record had ended", "not_authorised/no_recording_grant", record)


def _malformed(world: World, ask: Ask) -> None:
    good = world.issue()
    digits = good.qr_text.partition("#")[2]
    base = f"{ORIGIN}/v/#"
    code = good.check_code
    ask("nothing", "malformed/not_recognised", qr_text="")
    ask("another address", "malformed/not_recognised", qr_text="https://zc.example/")
    ask("plain http elsewhere", "malformed/not_recognised", qr_text=f"http://zc.example/v/#{digits}")
    ask("an upper-case host", "malformed/not_recognised", qr_text=f"https://ZC.example/v/#{digits}")
    ask("no digits", "malformed/not_canonical", qr_text=base)
    ask("a leading zero", "malformed/not_canonical", qr_text=f"{base}0{digits}")
    ask("an underscore among the digits", "malformed/not_canonical", qr_text=f"{base}1_{digits}")
    ask("digits of another script", "malformed/not_canonical", qr_text=f"{base}\u0661{digits[1:]}")
    ask("a blank behind", "malformed/not_canonical", qr_text=f"{base}{digits} ")
    ask("too many digits", "malformed/too_large", qr_text=base + "9" * 1013)
    ask("a text without end", "malformed/too_large", qr_text=base + "9" * 2000)
    ask("digits that are no credential", "malformed/not_recognised", qr_text=_text(b"\x43abc"))
    message = claims.parse(good.credential).message
    s = P256_ORDER - int.from_bytes(message.signature[32:])
    flipped = cose.assemble(message.protected, message.payload, message.signature[:32] + s.to_bytes(32))
    ask("the signature in its second form", "malformed/high_s", qr_text=_text(flipped))
    header = cose.protected_header(message.key_id, typ="application/cwt")
    other = cose.assemble(header, message.payload, message.signature)
    ask("a header with one label more", "malformed/bad_header", qr_text=_text(other))
    ask("a byte behind the credential", "malformed/not_canonical", qr_text=_text(good.credential + b"\x00"))
    ask("a code with a wrong character", "malformed/bad_code", check_code=code[:-1] + ("3" if code[-1] == "2" else "2"))
    ask("a code with two characters swapped", "malformed/bad_code", check_code=_swapped(code))
    ask("a code that is too short", "malformed/bad_code", check_code=code[:-1])
    ask("a code with the letter O", "malformed/bad_code", check_code="O" + code[1:])
    ask(
        "signed claims without a name",
        "malformed/bad_claims",
        qr_text=_text(_signed_claims(world, good, empty_name=True)),
    )
    newer = _text(_signed_claims(world, good, version=2))
    ask("signed in a format of tomorrow", "indeterminate/newer_format", qr_text=newer)


def _odd_histories(world: World, ask: Ask) -> None:
    says_nothing = world.issue()
    world.append(says_nothing, EventKind.WITHDRAWN)
    says_nothing.status = Status.VALID
    ask("the list says valid, the history withdrawn", "indeterminate/status_disagrees", says_nothing)
    unknown = world.issue()
    unknown.history_signer = Key("stranger")
    ask("a history signed by a stranger", "indeterminate/history_untrusted", unknown)
    stolen = world.issue()
    stolen.history_signer = Key("lost status")
    ask("a history signed by a stolen status key", "indeterminate/history_untrusted", stolen)
    misused = world.issue()
    misused.history_signer = world.credential_key
    ask("a history signed by a credential key", "indeterminate/history_untrusted", misused)
    broken = world.issue()
    broken.tamper_history = lambda plain: plain[:-1] + bytes([plain[-1] ^ 1])
    ask("a history that was changed", "indeterminate/history_untrusted", broken)
    swapped, donor = world.issue(), world.issue()
    swapped.tamper_history = lambda _: histories.sign(donor.history, world.status_key)
    ask("another certificate's history in its place", "indeterminate/history_untrusted", swapped)
    wrong = world.issue(series=4)
    wrong.tamper_history = broken.tamper_history
    ask("a history that was changed, of a title that nobody might grant", "not_authorised/no_grant", wrong)
    elsewhere = world.issue(status=claims.StatusReference(index=5, uri="https://evil.example/status/0.cwt"))
    ask("a status list that nobody assigned", "indeterminate/status_unassigned", elsewhere)
    undefined = world.issue()
    undefined.status = 9  # type: ignore[assignment]
    ask("a status that no issuer writes", "indeterminate/status_untrusted", undefined)
    moved = world.issue()
    moved.check_code = checkcode.make(bytes(16), bytes(range(15)))
    ask("a code whose prefix is another certificate's", "indeterminate/history_untrusted", check_code=moved.check_code)


def _text(data: bytes) -> str:
    return f"{ORIGIN}/v/#{int.from_bytes(data)}"


def _swapped(code: str) -> str:
    """Swap the first two characters that differ."""
    place = next(i for i in range(len(code) - 1) if code[i] != code[i + 1])
    return code[:place] + code[place + 1] + code[place] + code[place + 2 :]


def _signed_claims(world: World, good: Certificate, *, empty_name: bool = False, version: int = 1) -> bytes:
    """A credential that our own key signed over claims that no issuer of ours makes."""
    item = cbor.decode(claims.parse(good.credential).message.payload, max_bytes=420)
    assert isinstance(item, dict)
    award = list(item[claims.AWARD])
    award[0], award[1] = version, "" if empty_name else award[1]
    return cose.sign(cbor.encode({**item, claims.AWARD: award}), world.credential_key)


def _broken_publications() -> Iterator[Case]:
    """One good certificate, seen through publications that are not in order."""
    for name, expect, make in PUBLICATIONS:
        world = World()
        certificate = world.issue()
        made = make(world)
        files, changes = made if isinstance(made, tuple) else (made, {})
        yield Case(name=name, expect=expect, files=files, qr_text=certificate.qr_text, **changes)
        if expect.startswith("indeterminate/publication"):
            code = certificate.check_code
            yield Case(name=f"{name}, by check code", expect=expect, files=files, check_code=code, **changes)


def write_cases(folder: Path) -> None:
    """Write publications and ``cases.json`` below ``folder``."""
    names: dict[int, str] = {}
    listed = []
    root = World().pinned_root
    for case in all_cases():
        publications = [_publication(names, folder, files) for files in (case.files, case.before) if files is not None]
        listed.append(
            {
                "name": case.name,
                "publication": publications[0],
                "before": publications[1] if len(publications) > 1 else None,
                "input": {"check_code": case.check_code} if case.check_code is not None else {"qr_text": case.qr_text},
                "at": None if case.at is None else case.at.isoformat(),
                "now": int(case.now.timestamp()),
                "expected": case.verdict(root).to_json(),
            }
        )
    (folder / "trust-root").write_bytes(root)
    (folder / "cases.json").write_text(json.dumps(listed, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _publication(names: dict[int, str], folder: Path, files: Files) -> str:
    if id(files) not in names:
        names[id(files)] = f"publications/{len(names):02d}" if names else "publications/usual"
        write_files(files, folder / names[id(files)])
    return names[id(files)]
