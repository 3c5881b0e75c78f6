"""What may be there unread (FORMAT 1.9): ``ext``, unknown uses of keys, unknown acts of grants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from credential.members import key_to_json
from tests.support.keys import Key
from tests.support.world import World
from tests.support.worldparts import PROVINCE, wide_grant
from tests.vectors.craft import qr
from tests.vectors.model import Book
from tests.vectors.served import UNTRUSTED, VALID, Change, ask, recatalogued, refiled, relisted, resigned

Member = Callable[[dict[str, Any]], dict[str, Any]]

FILLED: Final[dict[str, Any]] = {
    "a": None,
    "contact_2": [1, "二", {"Any Name": [True, {"": -1}]}],
    "n" + "0_" * 19 + "0": 2**53 - 1,
    "outcome": "valid",
}
"""Names and values as a later version may have them; one has 40 characters."""
WHERE: Final[tuple[tuple[str, str, Callable[[Member], Change]], ...]] = (
    ("trust_list", UNTRUSTED, relisted),
    ("snapshot", UNTRUSTED, resigned),
    ("filings", "indeterminate/filings_unreachable", refiled),
    ("catalogue", VALID, recatalogued),
)
"""Each file with what it means when it is not in order: without a catalogue no names are shown, and nothing else."""


def cases(book: Book) -> None:
    """Each has a publication of its own."""
    for name, refused, change in WHERE:
        _extensions(book, name, refused, change)
    _everywhere(book)
    _uses(book)
    _acts(book)


def _extensions(book: Book, name: str, refused: str, change: Callable[[Member], Change]) -> None:
    def taken(case: str, why: str, ext: object) -> None:
        ask(book, f"ext_of_{name}_{case}", VALID, why, "1.9", tamper=change(lambda payload: {**payload, "ext": ext}))

    def spoilt(case: str, why: str, member: Member) -> None:
        end = "" if refused == VALID else "_fail"
        shown = " No names are shown, and nothing else changes." if refused == VALID else ""
        ask(book, f"ext_of_{name}_{case}{end}", refused, why + shown, "1.9", tamper=change(member))

    taken("filled", "A reader ignores what it does not know.", FILLED)
    taken("of_64_members", "As many as may be.", {f"n{number}": number for number in range(64)})
    spoilt("missing", "It is there, and empty when there is nothing.", _without_ext)
    for case, why, ext in (
        ("null", "An object.", None),
        ("as_array", "An object.", []),
        ("as_text", "An object.", "{}"),
        ("of_65_members", "At most 64 members.", {f"n{number}": number for number in range(65)}),
        ("with_a_capital", "Names are in small letters.", {"Note": 1}),
        ("with_a_digit_first", "A name begins with a letter.", {"1st": 1}),
        ("with_a_hyphen", "Letters, digits and underscores.", {"a-b": 1}),
        ("with_an_empty_name", "A name has one character at least.", {"": 1}),
        ("with_a_name_of_41", "At most 40 characters.", {"a" * 41: 1}),
        ("with_a_prototype", "__proto__ is a name like any other, and not in the form.", {"__proto__": {}}),
    ):
        spoilt(case, why, lambda payload, ext=ext: {**payload, "ext": ext})  # type: ignore[misc]
    spoilt("misspelt", "Nothing else may be there.", lambda payload: {**_without_ext(payload), "extra": {}})


def _without_ext(payload: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name != "ext"}


def _everywhere(book: Book) -> None:
    def tamper(files: dict[str, bytes]) -> None:
        for _, _, change in WHERE:
            change(lambda payload: {**payload, "ext": FILLED})(files)
        resigned(lambda payload: {**payload, "ext": FILLED})(files)

    why = "A publication that uses all of it: every reader keeps its verdict, names included."
    ask(book, "ext_everywhere", VALID, why, "1.9", tamper=tamper)


def _uses(book: Book) -> None:
    stray = key_to_json(Key("stray").public)

    def used(use: object) -> Change:
        return relisted(lambda p: {**p, "keys": [*p["keys"], {**p["keys"][-1], **stray, "use": use}]})

    for case, use in (("unknown", "timestamp"), ("of_32_characters", "a" + "_" * 31)):
        ask(book, f"key_with_a_use_{case}", VALID, "It spoils that entry, and not its file.", "1.2", tamper=used(use))
    spoilt: tuple[tuple[str, object], ...] = (
        ("in_capitals", "Receipt"),
        ("empty", ""),
        ("of_33_characters", "a" * 33),
        ("with_a_digit", "share2"),
        ("as_number", 1),
        ("null", None),
    )
    for case, word in spoilt:
        ask(book, f"key_with_a_use_{case}_fail", UNTRUSTED, "A use is a word.", "9.1", tamper=used(word))
    scene = book.scene(World())
    world, key = scene.world, Key("of no use")
    world.add_key(key, "timestamp", PROVINCE)
    data = world.issue(signer=key).credential
    why = "Refused as a key of another use, and not as one that nobody knows."
    scene.case("credential_by_a_key_of_unknown_use_fail", "not_authentic/key_use", why, "1.2", qr_texts=(qr(data),))
    history = world.issue()
    history.history_signer = key
    why = "A key of an unknown use signs no history."
    scene.case("history_by_a_key_of_unknown_use_fail", "indeterminate/history_untrusted", why, "1.2", history)
    world = World()
    world.add_key(key, "timestamp")
    why = "A key of an unknown use signs no snapshot."
    ask(book, "snapshot_by_a_key_of_unknown_use_fail", UNTRUSTED, why, "1.2", world, signer=key)
    world = World()
    world.add_key(key, "timestamp")
    status = (replace(world.trust.status[0], kids=(key.key_id,)),)
    world.change_trust(status=status)
    why = "Only status keys are assigned to lists."
    ask(book, "status_list_of_a_key_of_unknown_use_fail", UNTRUSTED, why, "1.2", world)


def _acts(book: Book) -> None:
    def granted(acts: list[Any]) -> Change:
        def change(payload: dict[str, Any]) -> dict[str, Any]:
            first, *others = payload["authorities"]
            grant, *grants = first["grants"]
            return {**payload, "authorities": [{**first, "grants": [{**grant, "acts": acts}, *grants]}, *others]}

        return relisted(change)

    many = [f"act_{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(64)]
    taken: tuple[tuple[str, str, list[object]], ...] = (
        ("unknown", "It gives no right, and takes none.", ["issue", "withdraw", "erase", "teach"]),
        ("of_32_characters", "The longest word.", ["issue", "a" + "_" * 31]),
        ("of_64_in_all", "As many as may be.", ["issue", *many[:63]]),
    )
    for case, why, acts in taken:
        ask(book, f"grant_with_acts_{case}", VALID, why, "9", tamper=granted(acts))
    refused: tuple[tuple[str, str, list[object]], ...] = (
        ("of_65_in_all", "At most 64.", ["issue", *many]),
        ("unknown_in_front", "Unknown acts stand behind the known ones.", ["appoint", "issue"]),
        ("unknown_between", "Unknown acts stand behind the known ones.", ["issue", "recall", "withdraw"]),
        ("unknown_unsorted", "In ascending order.", ["issue", "teach", "erase"]),
        ("unknown_twice", "Each once.", ["issue", "teach", "teach"]),
        ("of_33_characters", "At most 32 characters.", ["issue", "a" * 33]),
        ("in_capitals", "Words in small letters.", ["issue", "Teach"]),
        ("with_a_digit", "Words in small letters.", ["issue", "teach2"]),
        ("as_number", "An act is a word.", ["issue", 7]),
        ("of_none", "At least one.", []),
    )
    for case, why, acts in refused:
        ask(book, f"grant_with_acts_{case}_fail", UNTRUSTED, why, "9", tamper=granted(acts))
    world = World()
    grant = wide_grant(acts=frozenset({"appoint", "issue_early"}))
    world.change_authority(PROVINCE, grants=(grant,))
    why = "A right that no reader of today knows is no right to issue."
    ask(book, "grant_with_unknown_acts_alone_fail", "not_authorised/no_grant", why, "9", world)
