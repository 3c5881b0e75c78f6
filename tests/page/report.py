"""docs/PAGE.md and docs/zh/查验页.md: the page in pictures and in tables, which are made of what the tests ask.

Rules: no table is written by hand. Links, hosts and the oldest browsers are the tests' own data; what must be measured
(requests, axe-core, photographs) stands in ``measured.json``, which a test compares with what it measures itself.

    python -m tests.page.report                # measures, some minutes, and writes the documents
    python -m tests.page.report --documents    # the documents alone
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench.cases.photographs import ours as read_by_the_service
from bench.cases.photographs import photographs
from credential.words import words
from tests.page.conftest import Stand, standing
from tests.page.gallery import FOLDER, LANGUAGES, SCENES
from tests.page.test_accessible import RULES, STATES
from tests.page.test_closer import read_by_the_page
from tests.page.test_floor import FLOOR, TABLE
from tests.support.browser import open_browser
from tests.support.tools import NPM, ROOT, require_npm_packages
from tests.support.web import Client
from tests.support.world import NOW
from verifier.app import create_app
from verifier.settings import Settings

HERE: Final = Path(__file__).parent
MEASURED: Final = HERE / "measured.json"
DOCUMENTS: Final = {"en": ROOT / "docs" / "PAGE.md", "zh": ROOT / "docs" / "zh" / "查验页.md"}
TEXTS: Final[Mapping[str, Mapping[str, str]]] = json.loads((HERE / "report.json").read_text("utf-8"))
NEWEST: Final = 12
"""How many of the latest parts of a browser are listed."""
LONGEST: Final = 60
"""Characters of a link that are shown."""
Row = Sequence[object]


# What is measured -------------------------------------------------------------------------------------------------


def requests(stand: Stand, folder: Path) -> list[list[Any]]:
    """What one check fetches: path with stars for digests, bytes as sent, coding, and how long it may be kept."""
    certificate = stand.world.issue()
    stand.world.put_face(certificate)
    stand.publish()
    stand.check(certificate)
    stand.world.write(folder)
    settings = Settings(
        publication=str(folder), trust_root=stand.world.pinned_root, origin=stand.origin, serve_publication=True
    )
    client = Client(create_app(settings, clock=lambda: NOW))
    asked = [each.url.removeprefix(stand.origin) for each in stand.page.requests if each.url.startswith(stand.origin)]
    return [_sent(client, path) for path in asked]


def _sent(client: Client, path: str) -> list[Any]:
    answer = client.get(path, headers={"accept-encoding": "gzip, br"})
    kept = "immutable" in answer.headers["cache-control"]
    return [_starred(path), int(answer.headers["content-length"]), answer.headers.get("content-encoding", ""), kept]


def _starred(path: str) -> str:
    """A path without the digest in it, which says nothing to a reader."""
    head, _, name = path.rpartition("/")
    if len(name) >= 64:
        return f"{head}/*"
    stem, dash, rest = name.partition("-")
    return f"{head}/{stem}-*.{rest.rpartition('.')[2]}" if dash else path


def accessibility(stand: Stand, state: str) -> list[int]:
    """Of axe-core on a state of the page: how many of its rules were violated, and how many held."""
    require_npm_packages()
    axe = (NPM / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
    stand.size(390, 844)
    STATES[state](stand)
    stand.page.evaluate(f"{axe}; undefined")
    asked = f"axe.run(document, {{runOnly: {json.dumps(RULES)}}})"
    counted: list[int] = stand.page.evaluate(f"{asked}.then((done) => [done.violations.length, done.passes.length])")
    return counted


def pictures_read(folder: Path) -> dict[str, list[int]]:
    """Of the damaged photographs, by kind: how many there are, and how many each reader reads."""
    taken = list(photographs())
    page = read_by_the_page(taken, folder)
    found: dict[str, list[int]] = {}
    for photograph, scan, closer in zip(taken, page["scan"], page["closer"], strict=True):
        counts = found.setdefault(photograph.kind, [0] * 5)
        read = (True, photograph.bare, read_by_the_service(photograph)[0], scan, closer)
        found[photograph.kind] = [count + each for count, each in zip(counts, read, strict=True)]
    return found


def measure() -> dict[str, Any]:
    """Everything that must be measured."""
    with tempfile.TemporaryDirectory() as made, open_browser(Path(made)) as page:
        with standing(page) as stand:
            found: dict[str, Any] = {"requests": requests(stand, Path(made) / "publication"), "axe": {}}
        for state in STATES:
            with standing(page) as stand:
                found["axe"][state] = accessibility(stand, state)
        return {**found, "photographs": pictures_read(Path(made))}


# What is written --------------------------------------------------------------------------------------------------


def report(language: str) -> str:
    """The document in a language."""
    said, measured = TEXTS[language], json.loads(MEASURED.read_text("utf-8"))
    parts = [
        f"# {said['title']}",
        said["intro"],
        f"## {said['pictures']}",
        said["picturesText"],
        *_gallery(language, said),
        f"## {said['requests']}",
        said["requestsText"].format(n=len(measured["requests"]), kb=_kilobytes(measured["requests"])),
        _table(said["requestsHead"], _requests(measured["requests"], said)),
        f"## {said['axe']}",
        said["axeText"],
        _table(said["axeHead"], [(f"`{state}`", *counts) for state, counts in measured["axe"].items()]),
        f"## {said['floor']}",
        said["floorText"].format(chrome=FLOOR[0], firefox=FLOOR[1], ios=FLOOR[2], n=len(TABLE["members"])),
        _table(said["floorHead"], _newest()),
        f"## {said['photographs']}",
        said["photographsText"],
        _table(said["photographsHead"], _photographs(measured["photographs"], said)),
        f"## {said['links']}",
        said["linksText"],
        _table(said["linksHead"], _links(language)),
        f"## {said['hosts']}",
        said["hostsText"],
        _table(said["hostsHead"], _hosts()),
        said["rewrittenText"],
        _table(said["rewrittenHead"], _rewritten()),
    ]
    return "\n\n".join(parts) + "\n"


def _gallery(language: str, said: Mapping[str, str]) -> Iterator[str]:
    place = "images/page" if language == "en" else "../images/page"
    for state, scene in SCENES.items():
        yield f"### {getattr(scene, language)}"
        for kind in scene.kinds:
            shown = [f"![{getattr(scene, each)}]({place}/{state}-{each}-{kind}.png)" for each in LANGUAGES]
            yield f"{said[kind]}\n\n| 中文 | English |\n|---|---|\n| {' | '.join(shown)} |"


def _table(heads: str, rows: Sequence[Row]) -> str:
    columns = heads.split("|")
    lines = [columns, ["---"] * len(columns), *([str(each) for each in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _kilobytes(rows: Sequence[Sequence[Any]]) -> int:
    return round(sum(row[1] for row in rows) / 1024)


def _requests(rows: Sequence[Sequence[Any]], said: Mapping[str, str]) -> list[Row]:
    return [(f"`{path}`", size, coding or "–", said["kept" if kept else "asked"]) for path, size, coding, kept in rows]


def _newest() -> list[Row]:
    """The parts of a browser that came last, by the share of the oldest browser's version."""
    named = {**TABLE["globals"], **TABLE["members"]}
    latest = sorted(named, key=lambda name: (-_lateness(named[name]), name))[:NEWEST]
    return [(f"`{name}`", *named[name]) for name in latest]


def _lateness(versions: Sequence[float]) -> float:
    return max(version / oldest for version, oldest in zip(versions, FLOOR, strict=True))


def _photographs(found: Mapping[str, Sequence[int]], said: Mapping[str, str]) -> list[Row]:
    rows: list[Row] = [(said[kind], *counts) for kind, counts in found.items()]
    totals = [sum(column) for column in zip(*found.values(), strict=True)]
    return [*rows, (f"**{said['all']}**", *(f"**{total}**" for total in totals))]


def changed_links() -> list[Mapping[str, Any]]:
    """The links that are read with something said of what was left out."""
    support = ROOT / "tests" / "support"
    tables = [json.loads((support / name).read_text("utf-8")) for name in ("odd_links.json", "tidied.json")]
    return [row for table in tables for row in table if row["notes"] and re.search(r"[#{]|%23", row["text"])]


def odd_hosts() -> list[Mapping[str, Any]]:
    """The links whose digits are read behind an address that is never official."""
    table = json.loads((ROOT / "tests" / "support" / "odd_links.json").read_text("utf-8"))
    return [row for row in table if row["address"]]


def _links(language: str) -> list[Row]:
    noted = words()["input_notes"]
    join = "；" if language == "zh" else "; "
    return [
        (_shown(row["text"]), join.join(noted[note][language]["title"] for note in row["notes"]))
        for row in changed_links()
    ]


def _hosts() -> list[Row]:
    return [(_shown(row["text"]), _shown(row["address"])) for row in odd_hosts()]


def rewritten_hosts() -> list[Mapping[str, Any]]:
    """The links whose address is official, but for the way in which it is written."""
    table = json.loads((ROOT / "tests" / "support" / "odd_links.json").read_text("utf-8"))
    return [row for row in table if "address_rewritten" in row["notes"]]


def _rewritten() -> list[Row]:
    return [(_shown(row["text"]), _shown(row["qr_text"])) for row in rewritten_hosts()]


def _shown(text: str) -> str:
    """A text as code in a table: what cannot be seen as its escape, long ones cut."""
    seen = "".join(each if each.isprintable() and each not in "|`" else _escaped(each) for each in text)
    return f"`{seen if len(seen) <= LONGEST else seen[:LONGEST] + '…'}`"


def _escaped(character: str) -> str:
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character, f"\\u{ord(character):04x}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and write the documents; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.page.report", description="The page in pictures and tables.")
    parser.add_argument("--documents", action="store_true", help="measure nothing")
    if not parser.parse_args(arguments).documents:
        MEASURED.write_text(json.dumps(measure(), ensure_ascii=False, indent=1) + "\n", "utf-8")
    for language, path in DOCUMENTS.items():
        path.write_text(report(language), "utf-8")
    print(f"wrote {', '.join(path.name for path in DOCUMENTS.values())}; pictures stand in {FOLDER.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
