"""A verdict as lines for a terminal: the answer first, then what is proven, then what to do.

print(text(verdict, "zh"))
"""

from __future__ import annotations

from collections.abc import Iterator

from cli.console import width
from credential import days
from credential.verdict import CertificateFacts, FaceFacts, Outcome, StatusFacts, Verdict, words

_LABEL_COLUMNS = 14


def text(verdict: Verdict, language: str) -> str:
    """Return the lines, without a line feed at the end."""
    return "\n".join(_lines(verdict, language))


def _lines(verdict: Verdict, language: str) -> Iterator[str]:
    outcome = words()["outcomes"][verdict.outcome.value][language]
    reason = words()["reasons"][verdict.reason.value][language]
    day = f"（{verdict.at}）" if verdict.at and language == "zh" else f" ({verdict.at})" if verdict.at else ""
    yield f"【{outcome['title']}】{day}" if language == "zh" else f"[{outcome['title'].upper()}]{day}"
    yield f"{reason['title']}：{reason['text']}" if language == "zh" else f"{reason['title']}. {reason['text']}"
    yield from _statements(verdict, language)
    if verdict.certificate is not None:
        yield ""
        yield from _facts(verdict.certificate, language)
    if verdict.certificate is not None and verdict.genuine is not False:
        yield from _more(verdict, language)
    if verdict.status is not None and verdict.status.state != "valid":
        yield ""
        yield from _status(verdict.status, language)
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
        key = f"{name}_{'null' if value is None else str(value).lower()}"
        said = words()["statements"][key]
        if name == "in_force" and verdict.outcome is Outcome.NOT_YET_ISSUED:
            said = words()["reasons"][verdict.reason.value]
        yield f"  {marks[value]} {said[language]['title']}"


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
    yield _row("证书编号" if zh else "Number", facts.number)


def _more(verdict: Verdict, language: str) -> Iterator[str]:
    """What the document prints beyond the credential, and what of it nobody proved."""
    zh = language == "zh"
    if verdict.face_facts is not None:
        yield ""
        yield "证书上还印有（以评定时为准）：" if zh else "Printed besides, as on the award date:"
        yield from _face(verdict.face_facts, language)
    if verdict.unchecked:
        names = [words()["face"][field][language]["title"] for field in verdict.unchecked]
        yield f"未证实：{'、'.join(names)}" if zh else f"Not proven: {', '.join(names)}"


def _face(face: FaceFacts, language: str) -> Iterator[str]:
    said = {code: entry[language] for code, entry in words()["face"].items()}
    design = None if face.design is None else f"{face.design.id}/v{face.design.version} {face.design.digest}"
    sex = None if face.sex is None else words()["sexes"][str(face.sex)][language]["title"]
    members = {"sex": sex, "employer": face.employer, "birth_month": face.birth_month, "photo": face.photo}
    members |= {"licence": face.licence, "design": design}
    yield from (_row(said[name]["title"], value) for name, value in members.items() if value is not None)
    if face.photo is not None:
        yield f"  {said['photo']['text']}"
    yield from (_row(label, text) for label, text in face.printed)
    if face.unknown:
        further = f"另有 {face.unknown} 项本程序不认识的内容"
        yield f"  {further}" if language == "zh" else f"  {face.unknown} further fields that this program does not know"


def _status(status: StatusFacts, language: str) -> Iterator[str]:
    zh = language == "zh"
    yield _row("状态" if zh else "Status", words()["states"][status.state][language]["title"])
    yield _row("自" if zh else "Since", status.since.isoformat())
    yield _row("原因" if zh else "Reason", words()["reason_classes"][str(status.reason)][language]["title"])
    yield _row("决定机关" if zh else "By", status.authority_name)
    if status.document:
        yield _row("文号" if zh else "Document", status.document)
    if status.basis:
        yield _row("依据" if zh else "Basis", status.basis)
    if status.successor:
        yield _row("新证书编号" if zh else "Successor", status.successor)
    if status.note:
        yield _row("附注" if zh else "Note", status.note)


def _end(verdict: Verdict, language: str) -> Iterator[str]:
    zh = language == "zh"
    for warning in verdict.warnings:
        said = words()["warnings"][warning.value][language]
        yield f"！ {said['title']}：{said['text']}" if zh else f"! {said['title']}. {said['text']}"
    step = words()["reasons"][verdict.reason.value][language]["next"]
    if step:
        yield f"下一步：{step}" if zh else f"Next: {step}"
    if verdict.status_time is not None:
        at = verdict.status_time.astimezone(days.SHANGHAI)
        yield f"状态数据时间：{at:%Y-%m-%d %H:%M}（北京时间）" if zh else f"Status as of {at:%Y-%m-%d %H:%M} (UTC+8)"
    if verdict.demonstration:
        yield "演示数据，不具有法律效力。" if zh else "Demonstration only, without legal effect."


def _row(label: str, value: str) -> str:
    return f"  {label}{' ' * max(1, _LABEL_COLUMNS - width(label))}{value}"
