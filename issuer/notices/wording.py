"""The sentences of a notice, in Chinese and English: one wording for paper, for the text file and for the desk.

Rules: pure: facts in, sentences out. The Chinese text is the notice; the English one says the same.

    said = sentences(facts)
    said.title, said.paragraphs
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from issuer.notices.model import Facts

_TITLES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "suspended": ("职称证书暂停使用通知书", "Notice: a certificate is suspended"),
        "reinstated": ("职称证书恢复使用通知书", "Notice: a certificate is reinstated"),
        "withdrawn": ("职称证书撤销决定通知书", "Notice: a certificate is withdrawn"),
        "cancelled": ("职称证书注销通知书", "Notice: a certificate is cancelled"),
        "superseded": ("职称证书更正换发通知书", "Notice: a certificate is replaced"),
        "annotated": ("职称证书附注通知书", "Notice: a certificate has a note"),
        "set_aside": ("职称证书恢复资格通知书", "Notice: a withdrawal is set aside"),
    }
)
_DECIDED: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "suspended": (
            "现决定自{day}起暂停使用，等候核查。核查期间，查验结果显示“核查中”。核查结束后，本机关将另行通知。",
            "It is suspended from {day} on and under review. Until that ends, whoever checks it is told so. "
            "You will be told of the result.",
        ),
        "reinstated": (
            "经核查，现决定自{day}起恢复使用。查验结果显示“有效”。",
            "After the review it is in force again from {day} on.",
        ),
        "withdrawn": (
            "现决定自{day}起撤销。自该日起，该证书和资格不再有效，查验结果显示“已撤销”。",
            "It is withdrawn from {day} on. From that day the certificate and the title are not valid.",
        ),
        "cancelled": (
            "现自{day}起予以注销。注销是行政手续，不是处罚。查验结果显示“已注销”。",
            "It is cancelled from {day} on. That is an administrative act and no sanction.",
        ),
        "superseded": (
            "现自{day}起更正换发，由新证书（编号 {successor}）代替。请使用新证书，原证书不再使用。",
            "It is replaced by certificate {successor} from {day} on. Use the new one.",
        ),
        "annotated": ("现自{day}起附注如下：{note}", "From {day} on it has this note: {note}"),
        "set_aside": (
            "对该证书的撤销决定已经被撤销。现自{day}起发给新证书（编号 {successor}），取得资格的时间不变。",
            "The withdrawal was set aside. Certificate {successor} is issued in its place; the award date is the same.",
        ),
    }
)
_AGAINST: Final = frozenset({"suspended", "withdrawn", "cancelled", "superseded", "annotated"})
"""The kinds against which a remedy is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """One paragraph in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A notice in words."""

    title: Paragraph
    paragraphs: tuple[Paragraph, ...]
    remedy: Paragraph | None
    """What can be done against it."""


def sentences(facts: Facts) -> Said:
    """Return the words of a notice."""
    title_zh, title_en = _TITLES[facts.kind]
    return Said(
        title=Paragraph(zh=title_zh, en=title_en),
        paragraphs=tuple(_paragraphs(facts)),
        remedy=_remedy(facts) if facts.kind in _AGAINST else None,
    )


def as_text(facts: Facts) -> str:
    """Return a notice as plain text, Chinese first."""
    said = sentences(facts)
    every = (*said.paragraphs, *(() if said.remedy is None else (said.remedy,)))
    zh = [said.title.zh, f"{facts.name}：", *(each.zh for each in every), facts.authority, chinese_day(facts.made)]
    en = [said.title.en, f"{facts.name},", *(each.en for each in every), facts.authority_en, facts.made]
    mark = [facts.mark] if facts.mark else []
    return "\n\n".join((*mark, *zh, "—", *en)) + "\n"


def chinese_day(day: str) -> str:
    """Return ``YYYY-MM-DD`` as 2026年11月21日."""
    found = date.fromisoformat(day)
    return f"{found.year}年{found.month}月{found.day}日"


def _paragraphs(facts: Facts) -> Iterator[Paragraph]:
    decided_zh, decided_en = _DECIDED[facts.kind]
    specialty = f"（{facts.specialty}）" if facts.specialty else ""
    beginning = f"您持有的{facts.title}{specialty}职称证书（编号 {facts.number}），"
    yield Paragraph(
        zh=beginning + _filled(decided_zh, facts, chinese_day(facts.effective)),
        en=f"Your certificate {facts.number} ({facts.title_en}): " + _filled(decided_en, facts, facts.effective),
    )
    if facts.reason and facts.kind not in {"reinstated", "superseded", "set_aside"}:
        yield Paragraph(zh=f"原因：{facts.reason}。", en=f"Reason: {facts.reason_en}.")
    if facts.basis or facts.document:
        known_zh = "；".join(filter(None, (facts.basis and f"依据：{facts.basis}", f"文号：{facts.document}")))
        known_en = "; ".join(filter(None, (facts.basis and f"basis: {facts.basis}", f"document: {facts.document}")))
        yield Paragraph(zh=f"{known_zh}。", en=f"{known_en[0].upper()}{known_en[1:]}.")
    if facts.barred_from:
        yield Paragraph(
            zh=f"依据{facts.barred_basis}，您被记入诚信档案，自{chinese_day(facts.barred_from)}至"
            f"{chinese_day(facts.barred_until)}。在此期间，不再向您发给职称证书。",
            en=f"You enter the integrity record from {facts.barred_from} to {facts.barred_until}. "
            "In that time you are issued no certificate.",
        )


def _remedy(facts: Facts) -> Paragraph:
    body = facts.review_body or "有权的行政复议机关"
    court = facts.court or "有管辖权的人民法院"
    body_en = facts.review_body or "the body that has authority"
    court_en = facts.court or "the people's court that has jurisdiction"
    return Paragraph(
        zh=f"如不服上述决定，可以自收到本通知书之日起 {facts.review_days} 日内，依据{facts.review_basis}，向{body}"
        f"申请行政复议；也可以自收到之日起 {facts.action_months} 个月内，依据{facts.action_basis}，向{court}"
        "提起行政诉讼。",
        en=f"Against this you can ask {body_en} for administrative review within {facts.review_days} days from the day "
        f"on which this notice came ({facts.review_basis}), or bring an action before {court_en} within "
        f"{facts.action_months} months ({facts.action_basis}).",
    )


def _filled(template: str, facts: Facts, day: str) -> str:
    return template.format(day=day, successor=facts.successor, note=facts.note)
