"""Findings: what is wrong with a list of results, or worth a word, in the clerk's two languages.

Rules. A finding names the row as the spreadsheet program numbers it and the 序号 that the office wrote. An error keeps
its row from being issued, a warning asks for a second look, a notice tells what was cleaned. Personal values are
masked, in the sentence too. The wording stands in one table, ``MESSAGES``, by code; tests and programs match the code.

    >>> make("level_unknown", field="level", at=Place(13, "10"), value="特级").line()
    'level: unknown'
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from issuer.intake.photowords import PHOTO_MESSAGES


class Severity(Enum):
    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault or notice. ``sheet_row`` counts from 1 as in Excel; it and ``seq`` are None for the whole file."""

    severity: Severity
    code: str
    field: str | None
    sheet_row: int | None
    seq: str | None
    value: str | None
    message_zh: str
    message_en: str
    suggestion: str | None = None

    def line(self) -> str:
        """The English sentence with its suggestion, as lists of expected findings hold it."""
        text = self.line_en()
        return f"ok: {text}, with a notice" if self.severity is Severity.NOTICE else text

    def line_en(self) -> str:
        """The English sentence with its suggestion, for people."""
        return self.message_en if self.suggestion is None else f"{self.message_en} (suggest {self.suggestion})"

    def line_zh(self) -> str:
        """The Chinese sentence with its suggestion."""
        return self.message_zh if self.suggestion is None else f"{self.message_zh}（建议：{self.suggestion}）"


@dataclass(frozen=True, slots=True)
class Place:
    """A row: its number in the sheet and the 序号 that the office wrote."""

    sheet_row: int
    seq: str | None = None


def make(
    code: str,
    *,
    field: str | None = None,
    at: Place | None = None,
    value: str | None = None,
    suggestion: str | None = None,
    **details: object,
) -> Finding:
    """The finding of this code; ``details`` fill the braces of its wording, ``at=None`` means the whole file."""
    severity, zh, en = MESSAGES[code]
    zh_name, en_name = FIELD_NAMES.get(field or "", ("", ""))
    return Finding(
        severity=severity,
        code=code,
        field=field,
        sheet_row=None if at is None else at.sheet_row,
        seq=None if at is None else at.seq,
        value=value,
        message_zh=zh.format(**{"field": zh_name, "value": value, **details}),
        message_en=en.format(**{"field": en_name, "value": value, **details}),
        suggestion=suggestion,
    )


RESULT = "核对结果"
"""The heading of the column that a marked copy has besides the office's own."""

FIELD_NAMES: dict[str, tuple[str, str]] = {
    "seq": ("序号", "number in the list"),
    "name": ("姓名", "name"),
    "sex": ("性别", "sex"),
    "id_type": ("证件类型", "id type"),
    "id_number": ("证件号码", "id number"),
    "employer": ("工作单位", "employer"),
    "series": ("系列", "series"),
    "specialty": ("专业", "specialty"),
    "title": ("资格名称", "title"),
    "level": ("级别", "level"),
    "way": ("取得方式", "way"),
    "award_date": ("取得时间", "award date"),
    "filing_number": ("评委会核准备案号", "committee"),
    "decision_document": ("批准文号", "decision document"),
    "basis": ("取得依据", "basis"),
    "scope": ("有效范围", "scope"),
    "note": ("备注", "note"),
    "mobile": ("手机号码", "mobile number"),
    "email": ("电子邮箱", "e-mail"),
}

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTICE

MESSAGES: dict[str, tuple[Severity, str, str]] = {
    # the file
    "file_too_large": (
        _E,
        "文件有 {size} 字节，上限 {limit} 字节：请拆分后再报",
        "file: {size} bytes, at most {limit} are read",
    ),
    "file_unreadable": (_E, "文件无法读取：{why_zh}", "file: cannot be read ({why})"),
    "too_many_rows": (_E, "表格超过 {limit} 行：请拆分后再报", "file: more than {limit} rows"),
    "no_header": (
        _E,
        "没有找到表头行：至少要有“姓名”“证件号码”等列",
        "file: no header row with a name and an id number found",
    ),
    "no_rows": (_E, "表头之下没有数据", "file: no rows below the header"),
    "sheet_ambiguous": (
        _E,
        "有多个工作表都像名单（{sheets}）：请指明一个，或只保留一个",
        "file: several sheets hold a list ({sheets}); name one, or keep one",
    ),
    "sheet_unknown": (
        _E,
        "没有工作表“{sheet}”，文件里有：{sheets}",
        "file: no sheet {sheet}; it holds {sheets}",
    ),
    "map_unused": (
        _E,
        "指明的列“{value}”不在表头里，请核对列名",
        "file: the column {value} that was named is not in the header",
    ),
    "sheet_hidden": (_W, "隐藏的工作表“{sheet}”未读取", "file: the hidden sheet {sheet} was not read"),
    "column_twice": (
        _E,
        "“{field}”有两列（{headings}）：请只保留一列，或指明不用哪一列",
        "{field}: two columns hold it ({headings}); keep one, or say which is not used",
    ),
    "column_ignored": (_N, "未使用的列：{value}", "column {value} is not used"),
    "row_skipped": (_W, "此行不像人员记录（如合计、说明、签名栏），已跳过", "row: not an award, skipped"),
    "column_hidden": (_N, "“{value}”列在表中被隐藏，已读取", "column {value} is hidden in the sheet, and was read"),
    "cells_protected": (
        _N,
        "已去掉保护数字的写法（等号加引号，或开头的撇号）",
        "what protects digits from a spreadsheet program is taken off (an equals sign with quotes, an apostrophe)",
    ),
    # a row
    "row_hidden": (
        _E,
        "此行在表中被隐藏：请取消隐藏或删除此行",
        "row: hidden in the sheet; show or delete it",
    ),
    "row_struck": (
        _E,
        "此行已划掉（删除线）：请去掉删除线或删除此行",
        "row: crossed out; clear that or delete it",
    ),
    "row_hidden_take": (_W, "此行在表中被隐藏，按要求已收", "row: hidden in the sheet, taken as told"),
    "row_hidden_leave": (_W, "此行在表中被隐藏，按要求未收", "row: hidden in the sheet, left out as told"),
    "row_struck_take": (_W, "此行已划掉，按要求已收", "row: crossed out, taken as told"),
    "row_struck_leave": (_W, "此行已划掉，按要求未收", "row: crossed out, left out as told"),
    "row_ragged": (
        _E,
        "此行有 {cells} 个单元格，表头有 {expected} 个：请检查逗号和引号，文件也可能不完整",
        "row: {cells} cells, the header has {expected}; look at commas and quotes, or the file was cut off",
    ),
    "row_cut": (
        _E,
        "最后一行没有换行，文件可能不完整：请核对此行，完整就在行末换行后保存",
        "row: the last line has no end, the file may be cut off; if it is whole, end the line and save",
    ),
    "batch_value_missing": (
        _E,
        "{field}：表中没有此列，也没有为整批指定",
        "{field}: no column, and none given for the batch",
    ),
    # any field
    "missing": (_E, "{field}：未填写", "{field}: missing"),
    "too_long": (_E, "{field}：超过 {limit} 个字符", "{field}: more than {limit} characters"),
    "cell_error": (
        _E,
        "{field}：单元格是公式错误（如 #N/A），请填写实际内容",
        "{field}: the cell holds a formula's error",
    ),
    "cell_uncalculated": (
        _E,
        "{field}：有公式但没有计算结果，请用表格软件打开并保存",
        "{field}: a formula without a result, open the file in a spreadsheet program and save it",
    ),
    "cell_boolean": (
        _E,
        "{field}：单元格是逻辑值（TRUE/FALSE），不是文字",
        "{field}: the cell holds true or false, no text",
    ),
    "cell_date": (
        _E,
        "{field}：单元格是日期，不是文字，请把该列设为文本后重新填写",
        "{field}: the cell holds a date, no text; make the column text and enter it again",
    ),
    "cell_format": (
        _E,
        "{field}：数字格式使显示与内容不同，请把该列设为文本后重新填写",
        "{field}: its number format shows something else; make the column text and enter it again",
    ),
    "cell_struck": (_E, "{field}：已划掉（删除线），请去掉删除线或改填", "{field}: crossed out"),
    "merged_other": (
        _E,
        "{field}：被合并的单元格遮住了另一个值，请取消合并后核对",
        "{field}: a merged cell covers another value, unmerge the cells and compare",
    ),
    "date_incomplete": (
        _E,
        "{field}：日期的格式没有显示{parts_zh}，请改成显示年月日的格式后核对",
        "{field}: the date is shown without {parts}; choose a format that shows all of it and compare",
    ),
    "bad_character": (_E, "{field}：含有不可见或无效字符（{points}）", "{field}: invisible or invalid character"),
    "cleaned": (_N, "{field}：{what_zh}", "surrounding blanks and lower-case x are cleaned"),
    "cleaned_hidden": (
        _N,
        "{field}：已去掉不属于内容的字符（{points}）",
        "{field}: characters that do not belong to it are removed ({points})",
    ),
    "cleaned_twins": (
        _N,
        "{field}：偏旁部首或连字已换成正常的字（{changes}）",
        "{field}: radicals or ligatures are replaced by the characters meant ({changes})",
    ),
    "contact_unusual": (
        _W,
        "{field}：格式不对，没有保存，不影响发证",
        "{field}: not of its form, not kept; the award is",
    ),
    # name
    "name_private_use": (_E, "姓名：含有自造字（私用区字符 {points}）", "name: private-use character"),
    "name_invisible": (_E, "姓名：含有不可见字符（{points}），请删除", "name: invisible character"),
    "name_character": (_E, "姓名：含有不能用于姓名的字符（{points}）", "name: character that no name has"),
    "name_long": (_E, "姓名：超过 100 个字符", "name: more than 100 characters"),
    "name_blank_inside": (_E, "姓名：中间有多余的空格，请删除", "name: blank inside"),
    "name_joiner": (_E, "姓名：间隔号、连字符或撇号的位置不对，请核对", "name: dot, hyphen or apostrophe out of place"),
    "name_look_alike": (_E, "姓名：混用了字形相近的不同字母（{points}）", "name: letters of different alphabets mixed"),
    "name_middle_dot": (
        _N,
        "姓名：间隔号不是“·”（U+00B7），按原样保留，请与证件核对",
        "middle dot is not U+00B7, kept as given",
    ),
    "name_mixed": (
        _W,
        "姓名：汉字与字母混用，请与证件核对",
        "name: Chinese characters and letters mixed, compare with the document",
    ),
    "name_composed": (_N, "姓名：字母与附加符号已合成为一个字符", "decomposed letters are composed"),
    "name_unprintable": (
        _E,
        "姓名：{who} 无法打印，字库缺少 {characters}；{remedy_zh}",
        "name: {who} cannot be printed, no glyph for {characters}; {remedy}",
    ),
    # identity document
    "id_type_unknown": (_E, "证件类型：不是可用的证件类型，如居民身份证、护照", "id type: unknown"),
    "id_number_as_number": (
        _E,
        "证件号码：被电子表格转成了数字，末几位已丢失；请把该列设为文本后重新填写",
        "id number: turned into a number by the spreadsheet, digits lost",
    ),
    "id_number_numeric": (
        _E,
        "证件号码：是数字格式，开头的 0 可能已丢失；请把该列设为文本后重新填写",
        "id number: stored as a number, leading zeros may be lost; make the column text and enter it again",
    ),
    "id_check_character": (_E, "证件号码：校验码不对，请核对各位数字", "id number: check character wrong"),
    "id_birth_date": (_E, "证件号码：其中的出生日期不存在", "id number: its birth date does not exist"),
    "id_birth_late": (_E, "证件号码：其中的出生日期不早于取得时间", "id number: born after the award"),
    "id_fifteen": (_E, "证件号码：15 位号码已停用，请填 18 位", "id number: 15 digits are out of use"),
    "id_shape": (_E, "证件号码：位数或写法与证件类型不符，请核对", "id number: does not fit its type"),
    "id_blank_inside": (_E, "证件号码：第 {position} 位是空格，请删除", "id number: blank inside"),
    "id_character": (
        _E,
        "证件号码：含有数字和字母以外的字符（第 {position} 位，{points}）",
        "id number: character that is neither digit nor letter (number {position}, {points})",
    ),
    "id_two_names": (
        _E,
        "证件号码：与第 {row} 行相同而姓名不同",
        "id number: the same as in row {row}, with another name",
    ),
    "sex_unknown": (_E, "性别：应为男或女", "sex: unknown"),
    "sex_contradicts_id": (_E, "性别与证件号码不符，请核对", "sex contradicts the id number"),
    # title
    "series_unknown": (_E, "系列：不是目录中的名称", "series: not the catalogue's name"),
    "level_unknown": (_E, "级别：应为正高、副高、中级、助理级或员级", "level: unknown"),
    "title_unknown": (_E, "资格名称：该系列没有此资格，请核对", "title: not in the series"),
    "title_level": (_E, "资格名称与级别不符（{value}属于{levels}）", "title does not belong to the level given"),
    "title_abolished": (
        _E,
        "资格名称：已停用，只能用于历史补录",
        "title: abolished, only historical records may name it",
    ),
    "specialty_unknown": (_E, "专业：不在登记的专业目录中，请核对", "specialty: not on the list"),
    "specialty_not_in_force": (_E, "专业：取得时间不在该专业的有效期内", "specialty: not in force on the award date"),
    "way_unknown": (_E, "取得方式：不是规定的方式，如评审、考核认定、以考代评", "way: unknown"),
    "date_invalid": (_E, "取得时间：不是日期，请写成 2026-10-30 这样", "award date: not a date"),
    "date_time": (
        _E,
        "取得时间：含有时刻（{time}），请只填日期",
        "award date: holds a time of day ({time}), give the date only",
    ),
    "date_future": (_E, "取得时间：在今天之后，请核对", "award date: in the future"),
    # authority
    "committee_not_on_file": (_E, "评委会：登记簿里没有此核准备案号，请核对", "committee: not on file"),
    "committee_not_yet": (
        _E,
        "评委会：取得时间早于备案生效日（{since}）",
        "committee: filing not yet in force on the award date",
    ),
    "committee_expired": (
        _E,
        "评委会：取得时间备案已过期（{until} 止）",
        "committee: filing expired on the award date",
    ),
    "committee_scope": (
        _E,
        "评委会：备案不含此系列、级别或范围，请核对备案号",
        "committee: filing does not cover series, level or scope",
    ),
    "committee_spelling": (_N, "评委会：备案号按备案时的写法记为 {filed}", "filing number is written as filed"),
    "committee_not_needed": (
        _N,
        "评委会：此取得方式不需要备案号，未采用",
        "filing number is not needed for this way and not used",
    ),
    "scope_unknown": (_E, "有效范围：不是已登记的行政区划，请核对", "scope: not a known region"),
    "scope_missing": (
        _E,
        "有效范围：此取得方式必须填写",
        "scope: missing, though the way or the authority demands one",
    ),
    "no_grant": (_E, "发证机关在取得时间无权授予此系列、级别或取得方式", "authority: may not grant this"),
    "scope": (_E, "有效范围：超出发证机关的管辖范围", "scope: outside what the authority may grant"),
    "no_right_to_issue": (
        _E,
        "发证机关今天无权颁发此系列、级别的证书",
        "authority: may not issue this series and level today",
    ),
    "late": (
        _E,
        "取得时间距今 {gap} 天，超过规定的 {most} 天",
        "award date: {gap} days ago, at most {most} are allowed",
    ),
    "barred": (_E, "此人在诚信惩戒期内，不得发证", "person: barred from titles on this day"),
    "credential_too_large": (
        _E,
        "{field}：太长，证书的二维码放不下（超出 {excess} 字节，约 {characters} 个汉字），请核对",
        "{field}: too long, the certificate's code has no room for it ({excess} bytes too many)",
    ),
    "already_issued": (_E, "已发过证书（{number}）", "award: already issued as {number}"),
    "withdrawn_award": (
        _E,
        "此资格的证书（{number}）已被撤销，不能重新发证；撤销被依法纠正的，按恢复办理",
        "award: its certificate {number} was withdrawn",
    ),
    "withdrawn_before": (
        _W,
        "此人同一资格的证书（{number}）曾被撤销，请核对是否为重新取得",
        "award: an earlier certificate of this title, {number}, was withdrawn",
    ),
    "pending_elsewhere": (
        _W,
        "同一资格也在批次 {batch} 第 {row} 行等待办理：请退回其中一份",
        "award: it waits in batch {batch} too, row {row}",
    ),
    "duplicate_in_sheets": (
        _E,
        "与工作表“{sheet}”第 {row} 行重复，请只保留一行",
        "duplicate of row {row} of sheet {sheet}",
    ),
    "duplicate": (_E, "与本文件第 {row} 行{seq_zh}重复，请只保留一行", "duplicate of row {shown} in this file"),
    **{code: (Severity(kind), zh, en) for code, (kind, zh, en) in PHOTO_MESSAGES.items()},
}
