"""Kinds of file: what the bytes say a file is, and what a clerk does with one that is no list.

Rules. The name of a file says nothing. Whatever is not read is named by its kind, and the sentence says what to do.

    >>> kind_of(b"%PDF-1.7 ...")
    <Kind.PDF: 'pdf'>
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from issuer.sheets.container import stream_names
from issuer.sheets.errors import UnreadableError, unreadable
from issuer.sheets.package import Package
from issuer.sheets.xlsx import workbook_part


class Kind(StrEnum):
    """What a file is."""

    TEXT = "text"
    ZIP = "zip"
    XLSX = "xlsx"
    XLS = "xls"
    OLD_XLS = "old_xls"
    ODS = "ods"
    EMPTY = "empty"
    HTML = "html"
    XML = "xml"
    PDF = "pdf"
    RTF = "rtf"
    PICTURE = "picture"
    ARCHIVE = "archive"
    DOCUMENT = "document"
    SLIDES = "slides"
    XLSB = "xlsb"
    ENCRYPTED = "encrypted"
    OLD_OFFICE = "old_office"
    OTHER_ZIP = "other_zip"


_SAVE_ZH, _SAVE = "请用表格软件打开后另存为 .xlsx", "open it in a spreadsheet program and save it as .xlsx"
_WORDS: Final[Mapping[Kind, tuple[str, str]]] = MappingProxyType(
    {
        Kind.EMPTY: ("the file is empty: save it again", "文件是空的：请重新保存或重新下载"),
        Kind.HTML: (
            f"a web page (HTML), whatever its name says: {_SAVE}",
            f"这是网页（HTML）格式，与文件名无关：{_SAVE_ZH}",
        ),
        Kind.XML: (
            f"XML (such as the spreadsheets of 2003): {_SAVE}",
            f"这是 XML 格式（如 XML 表格 2003）：{_SAVE_ZH}",
        ),
        Kind.PDF: ("a PDF: ask for the list as .xlsx", "这是 PDF 文件：请报送 .xlsx 名单"),
        Kind.RTF: ("a text document (RTF): copy its table into an .xlsx", "这是 RTF 文档：请把表格复制到 .xlsx 中"),
        Kind.PICTURE: ("a picture: ask for the list as .xlsx", "这是图片：请报送 .xlsx 名单"),
        Kind.ARCHIVE: ("an archive: unpack it and check the list in it", "这是压缩包：请解压后核对其中的名单"),
        Kind.DOCUMENT: (
            "a text document (such as .docx): copy its table into an .xlsx",
            "这是文字文档（如 .docx）：请把表格复制到 .xlsx 中",
        ),
        Kind.SLIDES: (
            "slides (such as .pptx): ask for the list as .xlsx",
            "这是演示文稿（如 .pptx）：请报送 .xlsx 名单",
        ),
        Kind.XLSB: (f"a binary workbook (.xlsb): {_SAVE}", f"这是二进制工作簿（.xlsb）：{_SAVE_ZH}"),
        Kind.OLD_XLS: (f"an .xls workbook of before 1997: {_SAVE}", f"这是 1997 年以前的 .xls 工作簿：{_SAVE_ZH}"),
        Kind.ENCRYPTED: (
            "the workbook has a password: save it as .xlsx without one",
            "文件设有打开密码：请取消密码后另存为 .xlsx",
        ),
        Kind.OLD_OFFICE: (
            f"an old .xls or another old office file, perhaps not whole: {_SAVE}",
            f"这是旧版办公软件文件，也可能不完整：{_SAVE_ZH}",
        ),
        Kind.OTHER_ZIP: (
            "an archive (.zip) or another program's file: unpack it, or save the list as .xlsx",
            "这是压缩包（.zip）或其他软件的文件：请解压后核对其中的名单，或用表格软件另存为 .xlsx",
        ),
    }
)
_STARTS: Final = (
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.OTHER_ZIP),
    (b"%PDF-", Kind.PDF),
    (b"{\\rtf", Kind.RTF),
    (b"\x89PNG", Kind.PICTURE),
    (b"\xff\xd8\xff", Kind.PICTURE),
    (b"GIF8", Kind.PICTURE),
    (b"Rar!", Kind.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", Kind.ARCHIVE),
    (b"\x1f\x8b", Kind.ARCHIVE),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS: Final = (
    ("encryptedpackage", Kind.ENCRYPTED),
    ("workbook", Kind.XLS),
    ("book", Kind.OLD_XLS),
    ("worddocument", Kind.DOCUMENT),
    ("powerpoint document", Kind.SLIDES),
)
_BIFF_BEFORE_97 = re.compile(rb"\x09[\x00\x02\x04][\x04\x06\x08]\x00|\x09\x08[\x08\x10]\x00")
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|meta|body|table|style|div|script)\b|<!--", re.IGNORECASE)
_MAIN_PARTS: Final = (
    ("xl/workbook.bin", Kind.XLSB),
    ("word/document.xml", Kind.DOCUMENT),
    ("ppt/presentation.xml", Kind.SLIDES),
)
_OPEN_DOCUMENT: Final = (
    ("spreadsheet", Kind.ODS),
    ("text", Kind.DOCUMENT),
    ("presentation", Kind.SLIDES),
)


def kind_of(data: bytes) -> Kind:
    """What a file's first bytes say; ``ZIP`` is looked into by :func:`package_kind`."""
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf\x1a"):
        return Kind.EMPTY
    for start, kind in _STARTS:
        if data.startswith(start):
            return kind
    if data.startswith(_OLE[:4]):
        return _ole_kind(data)
    if _BIFF_BEFORE_97.match(data):
        return Kind.OLD_XLS
    return _markup(data[:4096]) or Kind.TEXT


def package_kind(package: Package) -> Kind:
    """What a zip holds."""
    if b"encryption-data" in package.read("META-INF/manifest.xml", limit=1 << 16):
        return Kind.ENCRYPTED
    mimetype = package.read("mimetype").decode("latin-1")
    for word, kind in _OPEN_DOCUMENT:
        if mimetype.startswith(f"application/vnd.oasis.opendocument.{word}"):
            return kind
    for part, kind in _MAIN_PARTS:
        if part in package:
            return kind
    main = workbook_part(package)
    if main in package and main.lower().endswith(".xml"):
        return Kind.XLSX
    return Kind.OTHER_ZIP


def refused(kind: Kind) -> UnreadableError:
    """Why a file of this kind is not read, and what to do."""
    return unreadable(*_WORDS[kind])


def _ole_kind(data: bytes) -> Kind:
    """Which program's container: the names of its streams say it, as far as they can be read."""
    try:
        names = stream_names(data)
    except UnreadableError:
        return Kind.OLD_OFFICE
    return next((kind for name, kind in _STREAMS if name in names), Kind.OLD_OFFICE)


def _markup(head: bytes) -> Kind | None:
    """HTML or XML, in whatever encoding; None when it is neither."""
    codec = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1"
    text = head.decode(codec, "replace").lstrip("\xef\xbb\xbf\ufeff \t\r\n")
    if text.startswith("<?xml"):
        return Kind.HTML if re.search(r"<html\b", text, re.IGNORECASE) else Kind.XML
    if _HTML.match(text):
        return Kind.HTML
    if re.match(r"<[A-Za-z][\w:.-]*[\s>/]", text):
        return Kind.XML
    return Kind.HTML if re.match(r"mime-version:", text, re.IGNORECASE) else None
