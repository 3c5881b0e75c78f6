"""The plain way: a form of HTML that asks this service, and its answer as a page without scripts.

Rules: it is for browsers that cannot check themselves, and the page says before anything is sent that it is sent; what
was asked stands in no address, is not kept, and is not repeated in the answer but for what the verdict shows; every
text stands in Chinese and in English; all that a certificate says is escaped.

    answer_page(verdict, style="style-0123456789abcdef.css")
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from html import escape
from importlib.resources import files
from typing import Final
from urllib.parse import parse_qs

from credential.outcomes import Outcome, Warn
from credential.verdict import CertificateFacts, StatusFacts, Verdict
from credential.words import is_changed, outcome_words, reason_words, statement_words, words
from verifier.sources.recognise import Found, recognise_text

FORM_FIELD: Final = "asked"
"""The one field of the form: a check code, or the text of a QR code."""
_TONES: Final = {True: "yes", False: "no", None: "unknown"}
_Rows = Iterable[tuple[str, str]]


def found_in(body: bytes) -> Found:
    """What a form asks; one without its field asks for nothing, and the verdict says so."""
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=1, errors="replace")
    except ValueError:
        fields = {}
    return recognise_text(fields.get(FORM_FIELD, [""])[0])


def answer_page(verdict: Verdict, *, style: str) -> str:
    """The verdict as a page.

    Args:
        verdict: of what was asked.
        style: the page's style sheet, below ``/v/``.
    """
    return framed((), _banner(verdict), "".join(_parts(verdict)), style=style)


def framed(title: tuple[str, ...], *bodies: str, style: str) -> str:
    """A page of the service without scripts: head, bar, and what stands in it.

    Args:
        title: in Chinese and English, before the name of the service; empty: its name alone.
        bodies: HTML; the last is the main part, one before it a banner.
        style: the address of the style sheet.
    """
    brand = both("brand")
    named = " · ".join(map(escape, (*title, *brand)))
    *banner, main = bodies
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">'
        f'<title>{named}</title><link rel="stylesheet" href="{escape(style)}"></head><body>'
        f'<header class="top"><div class="wrap top-row"><p class="brand">{escape(brand[0])}</p></div>'
        f'{"".join(banner)}</header><main id="main" class="wrap">{main}</main></body></html>'
    )


def both(label: str, **parts: str) -> tuple[str, str]:
    """A label of the page in Chinese and in English, with its parts filled in."""
    chinese, english = _labels()[label]
    return chinese.format(**parts), english.format(**parts)


@cache
def _labels() -> Mapping[str, tuple[str, str]]:
    text = files("verifier").joinpath("static/ui/labels.json").read_text("utf-8")
    loaded: Mapping[str, tuple[str, str]] = json.loads(text)
    return loaded


def _banner(verdict: Verdict) -> str:
    if not verdict.demonstration:
        return ""
    return f'<div class="demonstration"><div class="wrap">{"<br>".join(map(escape, both("demonstration")))}</div></div>'


def _parts(verdict: Verdict) -> Iterator[str]:
    """In the order of the page: a warning of the host, the answer, the two statements, what to do, the facts."""
    for warning in verdict.warnings:
        if warning is Warn.HOST_NOT_OFFICIAL:
            yield _warning(verdict, warning)
    yield _answer(verdict)
    yield _statements(verdict)
    yield _next(verdict)
    certificate = verdict.proven.facts() if verdict.proven is not None else None
    if certificate is not None:
        yield _certificate(verdict, certificate)
    if verdict.standing is not None:
        yield _section(both("status"), _status_rows(verdict, verdict.standing.facts()))
    for warning in verdict.warnings:
        if warning is not Warn.HOST_NOT_OFFICIAL:
            yield _warning(verdict, warning)
    yield f'<div class="tools">{_lines(both("plainServer"), "p", "fine")}'
    yield f'<p><a class="button quiet" href="./">{" · ".join(map(escape, both("another")))}</a></p></div>'


def _answer(verdict: Verdict) -> str:
    outcome = {language: outcome_words(verdict, language) for language in ("zh", "en")}
    why = [reason_words(verdict, language) for language in ("zh", "en")]
    texts = [outcome["zh"]["text"], f"{why[0]['title']}：{why[0]['text']}"]
    texts += [outcome["en"]["text"], f"{why[1]['title']}: {why[1]['text']}"]
    tone = Outcome.NOT_AUTHENTIC.value if is_changed(verdict) else verdict.outcome.value
    said = "".join(f'<p class="answer-text">{escape(text)}</p>' for text in texts if text)
    return (
        f'<div class="answer plain-answer tone-{tone}" data-outcome="{verdict.outcome.value}" '
        f'data-reason="{verdict.reason.value}"><div class="answer-words"><h1>{escape(outcome["zh"]["title"])}</h1>'
        f'<p class="answer-title" lang="en">{escape(outcome["en"]["title"])}</p>{said}</div></div>'
    )


def _statements(verdict: Verdict) -> str:
    said = []
    for name, question, answer in (("genuine", "genuine", verdict.genuine), ("in_force", "inForce", verdict.in_force)):
        told = [statement_words(verdict, name, language)["title"] for language in ("zh", "en")]
        texts = _lines(both(question), "dt", "") + _lines((told[0], told[1]), "dd", "")
        tone = _TONES[False if name == "genuine" and is_changed(verdict) else answer]
        said.append(f'<div class="statement is-{tone}" data-statement="{name}">{texts}</div>')
    return f'<dl class="statements">{"".join(said)}</dl>'


def _next(verdict: Verdict) -> str:
    """What to do, and whom to ask."""
    outcome = {language: outcome_words(verdict, language) for language in ("zh", "en")}
    of_reason = [reason_words(verdict, language)["next"] for language in ("zh", "en")]
    advice = _lines((of_reason[0] or outcome["zh"]["next"], of_reason[1] or outcome["en"]["next"]), "p", "")
    rows = [] if verdict.contact is None else list(_contact_rows(verdict))
    if verdict.outcome is Outcome.VALID:
        return ""  # what to compare is said where it stands
    return f'<section class="card next">{_heading(both("next"))}{advice}{_facts(rows)}</section>'


def _contact_rows(verdict: Verdict) -> Iterator[tuple[str, str]]:
    contact = verdict.contact
    if contact is None:
        return
    yield "contact", contact.authority_name
    for name in ("telephone", "web", "address", "hours"):
        yield name, getattr(contact.zh, name) or getattr(contact.en, name)


def _certificate(verdict: Verdict, facts: CertificateFacts) -> str:
    standings = {True: ("says", "compare"), False: ("unprovenTitle", "unproven"), None: ("undecidedTitle", "undecided")}
    heading, note = standings[verdict.genuine]
    return _section(both(heading), _certificate_rows(facts), both(note))


def _certificate_rows(facts: CertificateFacts) -> Iterator[tuple[str, str]]:
    yield "name", facts.name
    yield "title", facts.title_name or str(facts.title)
    yield "id_last4", facts.id_last4
    yield "number", facts.number
    yield "series", facts.series_name or str(facts.series)
    yield "specialty", facts.specialty
    yield "level", _coded("levels", facts.level)
    yield "award_date", facts.award_date.isoformat()
    yield "way", _coded("ways", facts.way)
    yield "authority", facts.authority_name
    yield "committee", facts.committee_name or ""
    yield "basis", f"{facts.basis_reference}（{_coded('basis_kinds', facts.basis_kind)}）"
    if facts.scope_region is None:
        yield "scope", " · ".join(both("scopeNone"))
    else:
        parts = {"name": facts.scope_name or "", "region": str(facts.scope_region)}
        yield "scope", " · ".join(both("scopeOnly", **parts))
    yield "issued_on", "" if facts.issued_on is None else facts.issued_on.isoformat()
    yield "replaces", "" if facts.replaces is None else facts.replaces.number


def _status_rows(verdict: Verdict, status: StatusFacts) -> Iterator[tuple[str, str]]:
    yield "status", f"{_coded('states', status.state)} · {status.since.isoformat()}"
    yield "statusReason", _coded("reason_classes", status.reason) if status.reason else ""
    yield "statusAuthority", "" if status.state == "valid" else status.authority_name
    yield "statusBasis", status.basis
    yield "statusDocument", status.document
    yield "successor", verdict.successor or ""
    yield "note", status.note or ""


def _warning(verdict: Verdict, warning: Warn) -> str:
    told = words()["warnings"][warning.value]
    host = verdict.host
    found = "" if host is None else _address("host", host.found) + _address("hostExpected", "、".join(host.expected))
    texts = "".join(
        f'<p lang="{tag}">{escape(part)}</p>'
        for language, tag in (("zh", "zh-CN"), ("en", "en"))
        for part in (told[language]["text"], told[language]["next"])
        if part
    )
    heading = _heading((told["zh"]["title"], told["en"]["title"]))
    shown = found if warning is Warn.HOST_NOT_OFFICIAL else ""
    return f'<div class="warning" data-warning="{warning.value}"><div>{heading}{shown}{texts}</div></div>'


def _address(label: str, address: str) -> str:
    return f'<p class="host">{escape(" · ".join(both(label)))} <bdi>{escape(address)}</bdi></p>' if address else ""


def _section(heading: tuple[str, str], rows: _Rows, note: tuple[str, str] | None = None) -> str:
    noted = "" if note is None else f'<p class="compare">{"<br>".join(map(escape, note))}</p>'
    return f'<section class="card">{_heading(heading)}{noted}{_facts(rows)}</section>'


def _facts(rows: _Rows) -> str:
    """The rows that hold something."""
    shown = "".join(
        f'<div class="fact" data-fact="{key}"><dt>{"<br>".join(map(escape, both(key)))}</dt>'
        f"<dd>{escape(value)}</dd></div>"
        for key, value in rows
        if value
    )
    return f'<dl class="facts">{shown}</dl>' if shown else ""


def _heading(texts: tuple[str, str]) -> str:
    return f'<h2>{escape(texts[0])} <span lang="en">{escape(texts[1])}</span></h2>'


def _lines(texts: tuple[str, str], tag: str, kind: str) -> str:
    classed = f' class="{kind}"' if kind else ""
    return "".join(
        f'<{tag}{classed} lang="{lang}">{escape(text)}</{tag}>'
        for lang, text in zip(("zh-CN", "en"), texts, strict=True)
        if text
    )


def _coded(group: str, code: int | str) -> str:
    """A code's word in both languages; a code of a later time as it is."""
    found = words()[group].get(str(code))
    return str(code) if found is None else f"{found['zh']['title']} {found['en']['title']}"
