"""The parts of a workbook that is a zip, read piece by piece within bounds.

Rules. Nothing but the parts that are asked for is unpacked, and what they unpack to is counted while it is unpacked, in
all of them together: the figures in the zip may lie. XML is read by events and never held: no document type and so
no entity, no depth, no more elements than a list can have, no piece of markup longer than any program writes. A part is
found by its name without regard to case, backslashes and dots; two parts of one name are refused.

    >>> Package(data).parse("xl/workbook.xml", handler)   # doctest: +SKIP
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Mapping
from typing import Protocol, Self
from xml.parsers import expat

from issuer.sheets.errors import unreadable

MAX_UNPACKED_BYTES = 200 * 1024 * 1024  # sheet XML packs about 10:1; a bomb packs 1000:1
MAX_PARTS = 1000  # an ordinary workbook has some ten parts
MAX_ELEMENTS = 2_500_000  # 20,000 rows of 100 cells, most of them empty; more would take longer than anybody waits
MAX_DEPTH = 64
MAX_MARKUP = 1 << 21  # bytes of one tag; the longest that programs write has some thousands
_CHUNK = 1 << 16
_BROKEN = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, OSError, zlib.error, KeyError)
"""What the library raises over a zip that is damaged, encrypted or packed in a way that it does not know."""


class Handler(Protocol):
    """What is told of a part; names come without their prefix and namespace."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None: ...
    def end(self, name: str) -> None: ...
    def text(self, text: str) -> None: ...


class Package:
    """A zip of parts.

    Raises:
        UnreadableError: not a whole zip, too many parts, or two of one name.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _BROKEN as error:
            raise _damaged() from error
        parts = [part for part in self._zip.infolist() if not part.is_dir()]
        self._parts = {_normal(part.filename): part for part in parts}
        self._left = MAX_UNPACKED_BYTES
        self._elements = 0
        if len(parts) > MAX_PARTS or len(self._parts) != len(parts):
            self._zip.close()
            raise unreadable(
                "not an ordinary workbook: parts occur twice or are too many", "不是普通的工作簿：部件重复或过多"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def __contains__(self, name: str) -> bool:
        return _normal(name) in self._parts

    @property
    def parts(self) -> list[tuple[str, str]]:
        """All parts: the name by which they are found, and the one in the zip."""
        return [(name, part.filename) for name, part in self._parts.items()]

    def read(self, name: str, *, limit: int = 4096) -> bytes:
        """The first bytes of a part; empty when there is none."""
        if name not in self:
            return b""
        try:
            with self._zip.open(self._parts[_normal(name)]) as stream:
                return stream.read(limit)
        except _BROKEN as error:
            raise _damaged() from error

    def parse(self, name: str, handler: Handler) -> None:
        """Tell a part's XML to ``handler``.

        Raises:
            UnreadableError: no such part, not well formed, or beyond the bounds.
        """
        if name not in self:
            raise _damaged()
        parser = self._parser(handler)
        fed = 0
        try:
            with self._zip.open(self._parts[_normal(name)]) as stream:
                while piece := stream.read(_CHUNK):
                    self._left -= len(piece)
                    if self._left < 0:
                        raise _too_much()
                    fed += len(piece)
                    parser.Parse(piece, False)
                    if fed - parser.CurrentByteIndex > MAX_MARKUP:
                        raise _unusual()
            parser.Parse(b"", True)
        except (*_BROKEN, expat.ExpatError) as error:
            raise _damaged() from error

    def _parser(self, handler: Handler) -> expat.XMLParserType:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        names, told_start, told_end = _Names(), handler.start, handler.end  # looked up once: this runs a million times
        depth = 0

        def start(name: str, attributes: Mapping[str, str]) -> None:
            nonlocal depth
            depth += 1
            self._elements += 1
            if depth > MAX_DEPTH or self._elements > MAX_ELEMENTS:
                raise _unusual()
            told_start(names[name], attributes)

        def end(name: str) -> None:
            nonlocal depth
            depth -= 1
            told_end(names[name])

        def refuse(*_: object) -> None:
            raise _unusual()

        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.CharacterDataHandler = handler.text
        parser.StartDoctypeDeclHandler = refuse
        return parser


class _Names(dict[str, str]):
    """Names without their namespace, worked out once each."""

    def __missing__(self, name: str) -> str:
        local = name.rpartition(" ")[2]
        if len(self) < 1000:
            self[name] = local
        return local


def resolve(base: str, target: str) -> str:
    """The part that a relationship of the part ``base`` names."""
    target = target.replace("\\", "/")
    return target if target.startswith("/") else posixpath.join(posixpath.dirname(base.replace("\\", "/")), target)


def _normal(name: str) -> str:
    return posixpath.normpath("/" + name.replace("\\", "/")).lstrip("/").lower()


def _damaged() -> Exception:
    return unreadable("the workbook is damaged or not whole", "工作簿已损坏或不完整：请重新保存或重新下载")


def _too_much() -> Exception:
    return unreadable("it unpacks to too much", "解压后过大")


def _unusual() -> Exception:
    return unreadable("it holds unusual XML", "工作簿的 XML 不合常规")
