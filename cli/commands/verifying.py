"""``titlecert verify``: a verdict about a PDF, a picture, a QR text or a check code. Needs the base install only.

Rules: the publication is read, nothing else is asked; the person who checks gives the trust root; it is
never taken from what is checked. Several things give several verdicts and the worst exit code.

    titlecert verify certificate.pdf --publication https://zc.example/p/ --trust-root trust-root
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import exits, layout, values, verdicts
from cli.errors import Told, UsageError, explain
from cli.exits import VERIFY_EPILOG
from cli.framing import Run, command, group
from cli.hints import headline
from cli.tool import Tool
from credential.errors import CredentialError
from credential.roots import verify_root
from credential.verdict import Verdict
from verifier.errors import SourceError
from verifier.reader.fetchers import FolderFetcher
from verifier.reader.memory import FileStore
from verifier.reader.offline import OfflineReader
from verifier.reader.publication import PublicationReader, Reader
from verifier.settings import make_fetcher, make_store
from verifier.sources.children import Children
from verifier.sources.recognise import recognise_argument
from verifier.verifying import verify_found

app = group()

NUMBER_LENGTH = 24
"""``issuer.issuing.numbers.MAX_LENGTH``."""
_THING = 76
"""Characters of what was typed that are shown: a QR text has hundreds."""
Things = Annotated[
    list[str],
    typer.Argument(
        metavar="THING...",
        help="PDF、二维码图片或内容、查验码；- 为标准输入。PDF, picture, QR text, check code; - for lines of stdin.",
    ),
]
Publication = Annotated[
    str | None,
    typer.Option(
        "--publication",
        envvar="TITLECERT_PUBLICATION",
        metavar="P",
        help="公布目录或其网址。Folder or address of the publication.",
    ),
]
TrustList = Annotated[
    Path | None,
    typer.Option(
        "--trust-list",
        metavar="F",
        help="离线：凭信任清单只查签名和权限。Offline: only signature and authority, by this trust list.",
    ),
]
TrustRoot = Annotated[
    Path | None,
    typer.Option(
        "--trust-root",
        envvar="TITLECERT_TRUST_ROOT",
        metavar="F",
        help="信任根文件，应从可靠渠道取得。The trust root, from a channel that you trust.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """One thing and what was found."""

    thing: str
    verdict: Verdict | None
    error: SourceError | None = None

    @property
    def told(self) -> Told | None:
        """How the error is told. What is too large is malformed, whether the file or what stands in it is."""
        if self.error is None:
            return None
        code = exits.OF_OUTCOME["malformed"] if self.error.code == "too_large" else exits.FAILED
        return replace(explain(self.error), exit_code=code)

    @property
    def exit_code(self) -> int:
        if self.verdict is not None:
            return exits.OF_OUTCOME[self.verdict.outcome.value]
        return exits.FAILED if self.told is None else self.told.exit_code


@command(app, "verify", epilog=VERIFY_EPILOG)
def verify(
    run: Run,
    things: Things,
    publication: Publication = None,
    trust_root: TrustRoot = None,
    trust_list: TrustList = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="DATE", help="查某一天的状态。Answer for that day instead of today.")
    ] = None,
) -> None:
    """查验证书：真伪、权限、当前状态。Verify certificates: are they genuine, authorised, in force?

    \b
    例 Example:
      titlecert verify certificate.pdf --publication ./publication --trust-root ./trust-root
      titlecert verify KM7P-2QRS-TUVW-XYZ2-3456 --home ./office
      titlecert verify photo.jpg --trust-list ./trust-list --trust-root ./trust-root
    """
    tool = run.tool
    reader = (
        _reader(publication, trust_root, run.home) if trust_list is None else _offline(trust_list, trust_root, run.home)
    )
    day = values.optional_day(at, "--at")
    with Children() as children:
        answers = [answer for thing in _given(things) for answer in _ask(tool, reader, children, thing, day)]
    exit_code = exits.worst(answer.exit_code for answer in answers)
    tool.finish(_json(tool, answers, exit_code), _text(tool, answers), exit_code=exit_code)


def _given(things: Sequence[str]) -> list[str]:
    """The things, a single ``-`` replaced by the lines of stdin."""
    if list(things) != ["-"]:
        return list(things)
    return [line.strip() for line in sys.stdin if line.strip()]


def _reader(publication: str | None, trust_root: Path | None, home: Path | None) -> PublicationReader:
    if home is not None:
        publication = publication or str(home.expanduser() / "publication")
        trust_root = trust_root or home.expanduser() / "trust-root"
    if publication is None or trust_root is None:
        raise UsageError(
            "no_publication",
            "没有指明依据：请给出 --publication（公布目录或网址）和 --trust-root（信任根文件），或 --home",
            "what to check against is missing: give --publication and --trust-root, or --home",
        )
    root = _read(trust_root)
    cache = FileStore.usual_place(dict(os.environ), Path.home())
    return PublicationReader(make_fetcher(publication), root, store=make_store(root, cache))


def _offline(trust_list: Path, trust_root: Path | None, home: Path | None) -> OfflineReader:
    """For a checker without network; ``--publication``, which the environment may name, is not asked."""
    trust_root = trust_root or (None if home is None else home / "trust-root")
    if trust_root is None:
        raise UsageError(
            "no_trust_root", "离线查验还需要 --trust-root（信任根文件）", "offline checking needs --trust-root as well"
        )
    try:
        root = verify_root(_read(trust_root), None)
    except CredentialError as error:
        raise UsageError(
            "trust_root",
            f"{trust_root} 不是可用的信任根：{headline(error.code, type(error))[0]}",
            f"{trust_root} cannot be used as trust root: {error}",
        ) from error
    return OfflineReader(_read(trust_list), root, beside=_beside(trust_list))


def _beside(trust_list: Path) -> FolderFetcher | None:
    """The copy of a publication in which the list lies as ``trust/list/VERSION``, for the files that it names."""
    place = trust_list.expanduser().resolve()
    return FolderFetcher(place.parents[2]) if place.parts[-3:-1] == ("trust", "list") else None


def _read(path: Path) -> bytes:
    try:
        return path.expanduser().read_bytes()
    except FileNotFoundError as error:
        raise UsageError("no_file", f"没有这个文件：{path}", f"there is no file {path}") from error


def _ask(tool: Tool, reader: Reader, children: Children, thing: str, day: date | None) -> list[_Answer]:
    _refuse_missing_file(thing)
    if thing.isdigit() and len(thing) <= NUMBER_LENGTH:
        tool.say(
            f"{thing} 像是证书编号；编号不能用来查验，请用 PDF、二维码或查验码。",
            f"{thing} looks like a certificate number; to check one takes its PDF, QR code or check code.",
        )
    try:
        found = recognise_argument(thing, children)
        now = tool.clock()
        return [_Answer(thing=thing, verdict=verify_found(each, reader, children, now=now, at=day)) for each in found]
    except SourceError as error:
        return [_Answer(thing=thing, verdict=None, error=error)]


def _refuse_missing_file(thing: str) -> None:
    """A mistyped path is no malformed certificate: say that there is no such file."""
    looks_like_path = "://" not in thing and (
        os.sep in thing or thing.lower().endswith((".pdf", ".png", ".jpg", ".jpeg"))
    )
    if looks_like_path and not Path(thing).exists():
        raise UsageError("no_file", f"没有这个文件：{thing}", f"there is no file {thing}")


def _json(tool: Tool, answers: Sequence[_Answer], exit_code: int) -> dict[str, Any]:
    """One verdict as it is (FORMAT 12.1); several with what each is about."""
    plain = [_plain(tool, answer) for answer in answers]
    if len(plain) == 1:
        return plain[0]
    listed = [{"thing": answer.thing, **each} for answer, each in zip(answers, plain, strict=True)]
    return {"verdicts": listed, "exit_code": exit_code}


def _plain(tool: Tool, answer: _Answer) -> dict[str, Any]:
    if answer.verdict is not None:
        return answer.verdict.to_json()
    assert answer.told is not None
    return answer.told.plain(tool.console.language)


def _text(tool: Tool, answers: Sequence[_Answer]) -> str:
    parts = []
    for answer in answers:
        lines = [f"== {answer.thing[:_THING]}"] if len(answers) > 1 else []
        if answer.verdict is None:
            assert answer.told is not None
            lines.append(answer.told.text(tool.console.language))
        else:
            lines.append(verdicts.text(answer.verdict, tool.console.language, columns=tool.console.columns))
        parts.append("\n".join(lines))
    return "\n\n".join([*parts, _last(tool, answers)]).rstrip()


def _last(tool: Tool, answers: Sequence[_Answer]) -> str:
    """The answer once more where the eye is: in one line, of several things as a table."""
    language, coloured = tool.console.language, tool.console.coloured
    said = [
        verdicts.headline(answer.verdict, language, coloured=coloured)
        if answer.verdict is not None
        else _not_checked(tool, answer)
        for answer in answers
    ]
    if len(said) == 1:
        return "" if answers[0].verdict is None else said[0]
    room = _THING if tool.console.columns is None else tool.console.columns - layout.GAP - max(map(layout.width, said))
    told = [(_shortened(answer.thing, room), each) for answer, each in zip(answers, said, strict=True)]
    return tool.table((("对象", "what"), ("结果", "result")), told, kept=("result",))


def _shortened(thing: str, room: int) -> str:
    """What was typed, in so many columns: of a path the end, which is the name of the file."""
    most = max(room, layout.NARROWEST)
    return layout.cut_front(thing, most) if os.sep in thing and "://" not in thing else layout.cut(thing, most)


def _not_checked(tool: Tool, answer: _Answer) -> str:
    assert answer.told is not None
    return tool.pick(*answer.told.headline)
