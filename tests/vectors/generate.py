"""Makes the conformance vectors: every byte below ``tests/vectors/`` but for Python and the two schemas.

Keys, nonces and signatures (RFC 6979) are fixed, so that every run gives the same bytes, if zlib packs status lists
alike; where it does not (``tests.support.deflate``), nothing is written. ``README.md`` beside this file, made too,
describes the layout for those who use the vectors.

    python -m tests.vectors.generate            writes them
    python -m tests.vectors.generate --check    refuses when anything differs, is missing or is too much
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

from credential.days import to_seconds
from credential.outcomes import Outcome, Reason
from tests.support import deflate
from tests.vectors.ask import verdicts
from tests.vectors.guide import guide
from tests.vectors.model import Book, Case, Files
from tests.vectors.subjects import (
    authorities,
    crowds,
    documents,
    faces,
    forms,
    growth,
    keys_and_histories,
    later_histories,
    memory,
    mistakes,
    named_files,
    offline,
    publications,
    replacements,
    rights,
    root_sets,
    shard_files,
    signed_claims,
    states,
    status_lists,
    suites,
    texts,
    tokens,
    told_apart,
    trust_lists,
)

HERE: Final = Path(__file__).resolve().parent
SUBJECTS: Final = (
    forms,
    signed_claims,
    texts,
    keys_and_histories,
    later_histories,
    replacements,
    rights,
    states,
    publications,
    tokens,
    trust_lists,
    authorities,
    memory,
    shard_files,
    named_files,
    root_sets,
    status_lists,
    crowds,
    offline,
    documents,
    told_apart,
    suites,
    growth,
    faces,
    mistakes,
)
BY_HAND: Final = ("case.schema.json", "expected.schema.json")
"""Written by people, and held against every case by a test."""


class DisagreementError(AssertionError):
    """The verifier says something else than the person who wrote the case."""


def all_cases() -> list[Case]:
    """Every case, in the order of the subjects."""
    book = Book()
    for subject in SUBJECTS:
        subject.cases(book)
    return book.finish()


def make(cases: Iterable[Case]) -> dict[str, bytes]:
    """Every file below ``tests/vectors``: path -> bytes.

    Raises:
        DisagreementError: a verdict is not what its case says.
    """
    files: dict[str, bytes] = {}
    shelf = Shelf(files)
    listed = list(cases)
    for case in listed:
        files[f"{case.folder}/README.md"] = _readme(case)
        files[f"{case.folder}/case.json"] = _json(question(case, shelf))
        files[f"{case.folder}/expected.json"] = _json(_answer(case))
    files["README.md"] = guide(listed)
    return files


class Shelf:
    """Stores each file once under its digest, and each publication once under the digest of its list."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files

    def put(self, data: bytes) -> str:
        """Store bytes; returns their digest."""
        digest = sha256(data).hexdigest()
        self._files[f"files/{digest}"] = data
        return digest

    def publication(self, content: Files) -> str:
        """Store a publication; returns its name."""
        listed = _json({path: self.put(content[path]) for path in sorted(content)})
        name = sha256(listed).hexdigest()[:16]
        self._files[f"publications/{name}.json"] = listed
        return name


def question(case: Case, shelf: Shelf) -> dict[str, object]:
    """``case.json``; what it names is put on the shelf."""
    asked: dict[str, object] = {"kind": case.kind.value}
    if case.qr_texts:
        asked["qr_texts"] = list(case.qr_texts)
    if case.check_codes:
        asked["check_codes"] = list(case.check_codes)
    if case.document:
        asked["document"] = shelf.put(case.document)
    return asked | {
        "now": to_seconds(case.now),
        "at": None if case.at is None else case.at.isoformat(),
        "root": shelf.put(case.root),
        "publication": shelf.publication(case.files),
        "seen": [{"publication": shelf.publication(look.files), "now": to_seconds(look.now)} for look in case.seen],
    }


def _answer(case: Case) -> dict[str, object]:
    found = list(verdicts(case))
    if not found:
        raise DisagreementError(f"{case.name}: nothing is asked")
    for verdict in found:
        said, written = (verdict.outcome, verdict.reason, verdict.step), (case.outcome, case.reason, case.step)
        if said != written:
            raise DisagreementError(f"{case.name}: written {_words(written)}, the verifier says {_words(said)}")
    whole = found[0].to_json()
    for name, value in case.told.items():
        if whole[name] != value:
            raise DisagreementError(f"{case.name}: written {name} {value}, the verifier says {whole[name]}")
    if any(verdict.to_json() != whole for verdict in found):
        raise DisagreementError(f"{case.name}: its texts have different verdicts")
    return whole


def _words(verdict: tuple[Outcome, Reason, int]) -> str:
    return f"{verdict[0]}/{verdict[1]} at step {verdict[2]}"


def _readme(case: Case) -> bytes:
    result = f"`{case.outcome}/{case.reason}` at step {case.step}"
    return f"# {case.name}\n\n{case.why} FORMAT {case.section}.\n\nExpected: {result}.\n".encode()


def _json(members: Mapping[str, object]) -> bytes:
    """One line a member, so that a difference can be read."""
    lines = (f"{_compact(name)}: {_compact(value)}" for name, value in members.items())
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def present() -> dict[str, bytes]:
    """Every file below ``tests/vectors`` that this generator is answerable for."""
    found = {}
    for path in HERE.rglob("*"):
        name = path.relative_to(HERE).as_posix()
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in name and name not in BY_HAND:
            found[name] = path.read_bytes()
    return found


def differences(wanted: Mapping[str, bytes], found: Mapping[str, bytes]) -> list[str]:
    """A sentence for every file that differs, is missing or is too much."""
    return [
        *(f"{name}: is not there" for name in sorted(wanted.keys() - found.keys())),
        *(f"{name}: nobody makes it" for name in sorted(found.keys() - wanted.keys())),
        *(f"{name}: differs" for name in sorted(wanted.keys() & found.keys()) if wanted[name] != found[name]),
    ]


def write(wanted: Mapping[str, bytes]) -> None:
    """Write what differs, remove what is too much."""
    found = present()
    for name in found.keys() - wanted.keys():
        (HERE / name).unlink()
        _remove_empty((HERE / name).parent)
    for name, data in wanted.items():
        if found.get(name) != data:
            (HERE / name).parent.mkdir(parents=True, exist_ok=True)
            (HERE / name).write_bytes(data)


def _remove_empty(folder: Path) -> None:
    """Remove a folder, and those around it, as long as nothing is in them."""
    while folder != HERE and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def main(arguments: Sequence[str]) -> int:
    """Write or check; 1 when a check finds something, or when this machine cannot make the bytes."""
    parser = argparse.ArgumentParser(description="Make the conformance vectors.")
    parser.add_argument("--check", action="store_true", help="write nothing, refuse when anything differs")
    check = parser.parse_args(arguments).check
    wanted = make(all_cases())
    found = differences(wanted, present())
    if found and not deflate.is_usual():
        print(f"{len(found)} differences, but {deflate.REASON}", file=sys.stderr)
        return 1
    if not check:
        write(wanted)
        return 0
    for sentence in found[:40]:
        print(sentence, file=sys.stderr)
    if found:
        print(f"{len(found)} differences; python -m tests.vectors.generate writes the vectors", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
