"""A verdict as lines for a terminal: the answer first, then what is proven, then what to do.

print(text(verdict, "zh"))
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cli.layout import width, wrapped
from credential import days
from credential.outcomes import Outcome, Unchecked, Warn
from credential.verdict import CertificateFacts, ContactFacts, FaceFacts, Host, StatusFacts, Verdict
from credential.words import is_changed, outcome_words, reason_words, statement_words, states_words, words

_LABEL_COLUMNS = 14
_RED: Final = 31
_COLOURS: Final = {
    Outcome.VALID: 32,
    Outcome.SUSPENDED: 33,
    Outcome.NOT_YET_ISSUED: 33,
    Outcome.INDETERMINATE: 33,
}
"""Green for a yes, yellow for what may become one; everything else is red."""


def text(verdict: Verdict, language: str, *, columns: int | None = None) -> str:
    """Return the lines, without a line feed at the end; ``columns`` is the width of a terminal."""
    return "\n".join(fitted(line, columns) for line in _lines(verdict, language))


def fitted(line: str, columns: int | None) -> str:
    """Return a line of a verdict for a terminal: what does not fit goes on below, that of a fact below its value."""
    fact = line.startswith("  ") and line[2:3] not in {"✓", "✗", "?"}
    return wrapped(line, columns, hanging=_LABEL_COLUMNS + 2 if fact else 2)


def headline(verdict: Verdict, language: str, *, coloured: bool = False) -> str:
    """Return the answer in one line: the outcome, and the certificate's number where it is known.

    Args:
        verdict: of one thing.
        language: ``zh`` or ``en``.
        coloured: for a terminal that shows colours.
    """
    title = outcome_words(verdict, language)["title"]
    said = f"【{title}】" if language == "zh" else f"[{title.upper()}]"
    number = "" if verdict.certificate is None else f" {verdict.certificate.number}"
    return f"\x1b[1;{_COLOURS.get(verdict.outcome, _RED)}m{said}\x1b[0m{number}" if coloured else said + number


def _lines(verdict: Verdict, language: str) -> Iterator[str]:
    outcome = outcome_words(verdict, language)
    reason = reason_words(verdict, language)
    day = f"（{verdict.at}）" if verdict.at and language == "zh" else f" ({verdict.at})" if verdict.at else ""
    if Warn.HOST_NOT_OFFICIAL in verdict.warnings:
        yield from _loud(verdict, language)
    yield f"【{outcome['title']}】{day}" if language == "zh" else f"[{outcome['title'].upper()}]{day}"
    yield f"{reason['title']}：{reason['text']}" if language == "zh" else f"{reason['title']}. {reason['text']}"
    several = None if verdict.status is None else states_words(verdict.status, language)
    if several is not None:
        yield f"{several['title']}：{several['text']}" if language == "zh" else f"{several['title']}. {several['text']}"
    yield from _statements(verdict, language)
    if verdict.certificate is not None:
        yield ""
        yield from _facts(verdict.certificate, language)
        yield from _unchecked(verdict.unchecked, language)
    if verdict.face is not None and verdict.genuine is not False:
        yield ""
        yield from face_lines(verdict.face, language)
    if verdict.status is not None and verdict.status.state != "valid":
        yield ""
        yield from _status(verdict.status, verdict.successor, language)
    yield ""
    yield from _end(verdict, language)


def _statements(verdict: Verdict, language: str) -> Iterator[str]:
    marks = {True: "✓", False: "✗", None: "?"}
    for name, value in (
        ("genuine", verdict.genuine),
        ("in_force", verdict.in_force),
        ("file_unaltered", verdict.file_unaltered),
    ):
        if name == "file_unaltered" and value is None:
            continue
        said = statement_words(verdict, name, language)
        if name == "in_force" and verdict.outcome is Outcome.NOT_YET_ISSUED:
            said = words()["reasons"][verdict.reason.value][language]
        mark = marks[False if name == "genuine" and is_changed(verdict) else value]
        yield f"  {mark} {said['title']}"


def _facts(facts: CertificateFacts, language: str) -> Iterator[str]:
    zh = language == "zh"
    titles = words()
    yield _row("姓名" if zh else "Name", facts.name)
    yield _row("证件号后四位" if zh else "Last four", facts.id_last4)
    yield _row("资格名称" if zh else "Title", facts.title_name or str(facts.title))
    yield _row("级别" if zh else "Level", titles["levels"][str(facts.level)][language]["title"])
    yield _row("系列" if zh else "Series", facts.series_name or str(facts.series))
    yield _row("专业" if zh else "Specialty", facts.specialty)
    yield _row("取得方式" if zh else "Way", titles["ways"][str(facts.way)][language]["title"])
    yield _row("取得时间" if zh else "Awarded", facts.award_date.isoformat())
    if facts.committee_name:
        yield _row("评审委员会" if zh else "Committee", facts.committee_name)
    yield _row("依据" if zh else "Basis", facts.basis_reference)
    if facts.scope_name:
        yield _row("有效范围" if zh else "Scope", facts.scope_name)
    yield _row("发证机关" if zh else "Authority", facts.authority_name)
    if facts.issued_on:
        yield _row("发证日期" if zh else "Issued", facts.issued_on.isoformat())
    if facts.replaces:
        yield _row("代替证书" if zh else "Replaces", facts.replaces.number)
    yield _row("证书编号" if zh else "Number", facts.number)


def face_lines(face: FaceFacts, language: str) -> Iterator[str]:
    """Lines of what the document prints beyond the credential."""
    zh, said = language == "zh", words()["unchecked"]
    yield "证书上还印有的内容（以评定时为准）：" if zh else "Printed besides, as on the award date:"
    design = None if face.design is None else f"{face.design.id}/v{face.design.version} {face.design.digest}"
    sex = None if face.sex is None else words()["sexes"][str(face.sex)][language]["title"]
    members = {"sex": sex, "employer": face.employer, "birth_month": face.birth_month, "photo": face.photo}
    members |= {"licence": face.licence, "design": design}
    labels = {name: said[name][language]["title"].capitalize() for name in members}
    yield from (_row(labels[name], value) for name, value in members.items() if value is not None)
    if face.photo is not None:
        yield f"  {said['photo'][language]['text']}"
    yield from (_row(label, text) for label, text in face.printed)
    if face.unknown:
        yield (
            f"  另有 {face.unknown} 项本程序不认识的内容"
            if zh
            else f"  {face.unknown} further fields that this program does not know"
        )


def _unchecked(fields: tuple[Unchecked, ...], language: str) -> Iterator[str]:
    zh = language == "zh"
    names = [words()["unchecked"][field.value][language]["title"] for field in fields]
    if names:
        yield _row("未核对" if zh else "Not checked", ("、" if zh else ", ").join(names))


def _status(status: StatusFacts, successor: str | None, language: str) -> Iterator[str]:
    zh = language == "zh"
    yield _row("状态" if zh else "Status", words()["states"][status.state][language]["title"])
    yield _row("自" if zh else "Since", status.since.isoformat())
    yield _row("原因" if zh else "Reason", words()["reason_classes"][str(status.reason)][language]["title"])
    yield _row("决定机关" if zh else "By", status.authority_name)
    if status.document:
        yield _row("文号" if zh else "Document", status.document)
    if status.basis:
        yield _row("依据" if zh else "Basis", status.basis)
    if successor:
        yield _row("新证书编号" if zh else "Successor", successor)
    if status.note:
        yield _row("附注" if zh else "Note", status.note)


def _end(verdict: Verdict, language: str) -> Iterator[str]:
    zh = language == "zh"
    for warning in verdict.warnings:
        if warning is Warn.HOST_NOT_OFFICIAL:
            continue  # it stands in front of the answer
        said = words()["warnings"][warning.value][language]
        yield f"！ {said['title']}：{said['text']}" if zh else f"! {said['title']}. {said['text']}"
    step = reason_words(verdict, language)["next"]
    if step:
        yield f"下一步：{step}" if zh else f"Next: {step}"
    if verdict.contact is not None:
        yield from _contact(verdict.contact, language)
    yield _read(verdict, language)
    if verdict.host is not None and Warn.HOST_NOT_OFFICIAL not in verdict.warnings:
        yield _host(verdict.host, language)
    if verdict.status_time is not None:
        at = verdict.status_time.astimezone(days.SHANGHAI)
        yield f"状态数据时间：{at:%Y-%m-%d %H:%M}（北京时间）" if zh else f"Status as of {at:%Y-%m-%d %H:%M} (UTC+8)"
    if verdict.demonstration:
        yield "演示数据，不具有法律效力。" if zh else "Demonstration only, without legal effect."


def _loud(verdict: Verdict, language: str) -> Iterator[str]:
    """In front of the answer: the address that was found is not official, and which is."""
    said = words()["warnings"][Warn.HOST_NOT_OFFICIAL.value][language]
    yield f"！ {said['title']}" if language == "zh" else f"! {said['title']}"
    if verdict.host is not None:
        yield _host(verdict.host, language)
    yield said["text"]
    yield ""


def _contact(contact: ContactFacts, language: str) -> Iterator[str]:
    """Whom to ask: what is published in the reader's language, else in the other one."""
    zh = language == "zh"
    own, other = (contact.zh, contact.en) if zh else (contact.en, contact.zh)
    name = contact.authority_name if zh else contact.authority_name_en or contact.authority_name
    yield _row("向谁核实" if zh else "Whom to ask", name)
    for label, value in (
        ("电话" if zh else "Telephone", own.telephone or other.telephone),
        ("网站" if zh else "Website", own.web or other.web),
        ("地址" if zh else "Address", own.address or other.address),
        ("办公时间" if zh else "Hours", own.hours or other.hours),
    ):
        if value:
            yield _row(label, value)


def _read(verdict: Verdict, language: str) -> str:
    """What was read, and what was left out of it."""
    zh = language == "zh"
    source = words()["sources"][verdict.source.value][language]["title"]
    notes = [words()["input_notes"][note.value][language]["title"] for note in verdict.input_notes]
    return ("读取自：" if zh else "Read from: ") + ("；" if zh else "; ").join([source, *notes])


def _host(host: Host, language: str) -> str:
    zh = language == "zh"
    said = {
        True: ("（官方网址）", " (official)"),
        False: ("（不是官方网址）", " (not official)"),
        None: ("", ""),
    }[host.official][not zh]
    found = f"二维码中的网址：{host.found}{said}" if zh else f"Address in the QR code: {host.found}{said}"
    if not host.expected:
        return found
    named = ("、" if zh else ", ").join(host.expected)
    return f"{found}；官方网址：{named}" if zh else f"{found}; official: {named}"


def _row(label: str, value: str) -> str:
    return f"  {label}{' ' * max(1, _LABEL_COLUMNS - width(label))}{value}"
