"""Pages of text that the checking service has beside the check: help with imprint, and what a wrong path gets.

Rules: every text stands in Chinese and in English; no script runs; what ``imprint.toml`` says is escaped, and becomes a
link only where it is an https address.

    help_page(imprint, style="style-0123456789abcdef.css")
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any, Final

from verifier.imprint import Imprint
from verifier.plain import both, framed

_LINK: Final = "https://"
_ROWS: Final = (
    ("imprintOperator", "operator"),
    ("imprintOperator", "operator_en"),
    ("address", "address"),
    ("telephone", "telephone"),
    ("imprintEmail", "email"),
    ("web", "web"),
    ("imprintReport", "report"),
    ("imprintAccessibility", "accessibility"),
    ("imprintLicence", "licence"),
)
"""Labels of the page, and the members that they stand before."""


def help_page(imprint: Imprint | None, *, style: str) -> str:
    """How to check, questions, privacy, accessibility, and who runs the service.

    Args:
        imprint: None: nobody wrote one; then the page says so.
        style: the page's style sheet, below ``/v/``.
    """
    parts = [_contents(), *map(_section, _sections()), _imprint(imprint)]
    return framed(both("helpTitle"), "".join([f"<h1>{_both(both('helpTitle'))}</h1>", *parts, _back()]), style=style)


def lost_page(*, style: str) -> str:
    """What a path gets that leads nowhere."""
    title, text = both("lostTitle"), both("lostText")
    body = f'<div class="card"><h1>{_both(title)}</h1><p>{escape(text[0])}</p><p lang="en">{escape(text[1])}</p></div>'
    return framed(title, body + _back(), style=f"/v/{style}")


@cache
def _sections() -> tuple[dict[str, Any], ...]:
    text = files("verifier").joinpath("help.toml").read_text("utf-8")
    return tuple(tomllib.loads(text)["sections"])


def _contents() -> str:
    keys = [(each["key"], each["title"]) for each in _sections()] + [("imprint", both("imprintTitle"))]
    links = "".join(f'<li><a href="#{key}">{_both(tuple(title))}</a></li>' for key, title in keys)
    return f'<nav class="card"><ul>{links}</ul></nav>'


def _section(section: dict[str, Any]) -> str:
    texts = "".join(_told("p", *text) for text in section.get("texts", ()))
    asked = "".join(_told("dt", *question) + _told("dd", *answer) for question, answer in section.get("questions", ()))
    body = texts + (f'<dl class="questions">{asked}</dl>' if asked else "")
    return f'<section class="card" id="{section["key"]}"><h2>{_both(tuple(section["title"]))}</h2>{body}</section>'


def _imprint(imprint: Imprint | None) -> str:
    heading = f"<h2>{_both(both('imprintTitle'))}</h2>"
    rows = "" if imprint is None else "".join(_rows(imprint))
    body = f'<dl class="facts">{rows}</dl>' if rows else _told("p", *both("imprintNone"))
    return f'<section class="card" id="imprint">{heading}{body}</section>'


def _rows(imprint: Imprint) -> Iterator[str]:
    for label, member in _ROWS:
        value = getattr(imprint, member)
        if value:
            shown = escape(value)
            linked = f'<a href="{shown}" rel="noopener noreferrer">{shown}</a>' if value.startswith(_LINK) else shown
            yield f'<div class="fact"><dt>{"<br>".join(map(escape, both(label)))}</dt><dd>{linked}</dd></div>'


def _back() -> str:
    return f'<p><a class="button quiet" href="/v/">{" · ".join(map(escape, both("helpBack")))}</a></p>'


def _both(texts: tuple[str, ...]) -> str:
    return f'{escape(texts[0])} <span lang="en">{escape(texts[1])}</span>'


def _told(tag: str, chinese: str, english: str) -> str:
    return f'<{tag}>{escape(chinese)}</{tag}><{tag} lang="en">{escape(english)}</{tag}>'
