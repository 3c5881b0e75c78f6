"""Text fits a terminal of 80 columns: what matters stays whole, the rest is cut; a pipe gets everything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import layout
from cli.layout import cut, cut_front, facts, prose, records, table, width, wrapped
from tests.cli.support import Shell

NAME = "买买提江·阿不都热合曼·艾合买提·玉素甫·吐尔逊·买合木提"
TEXT = st.text(alphabet="ab 中文，。（…é́-", max_size=60)


def test_chinese_takes_two_columns_and_marks_none() -> None:
    assert [width(text) for text in ("ab", "职称", "é", "\x1b[1;31m错误\x1b[0m")] == [2, 4, 1, 4]


@given(TEXT, st.integers(1, 30))
def test_what_is_cut_fits_and_says_so(text: str, columns: int) -> None:
    for short in (cut(text, columns), cut_front(text, columns)):
        assert width(short) <= columns
        assert short == text or "…" in short


def test_of_a_path_the_end_is_kept() -> None:
    assert cut_front("/a/long/way/to/certificate.pdf", 18) == "…o/certificate.pdf"


@given(TEXT, st.integers(4, 30), st.integers(0, 2))
def test_a_wrapped_line_loses_nothing_and_fits(text: str, columns: int, hanging: int) -> None:
    lines = wrapped(text, columns, hanging=hanging).split("\n")
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width(line) <= columns for line in lines)


def test_no_line_begins_with_a_full_stop_or_comma() -> None:
    assert wrapped("核对无误，再签字。", 8) == "核对无\n误，再签\n字。"
    assert wrapped("see the file report.xlsx now", 14) == "see the file\nreport.xlsx\nnow"


def test_the_widest_column_is_cut_first_and_a_kept_one_never() -> None:
    shown_rows = table(("编号", "姓名", "资格"), [("99000020262000001", NAME, "高级工程师")], columns=60, kept=(0,))
    lines = shown_rows.splitlines()
    assert max(map(width, lines)) <= 60
    assert "99000020262000001" in lines[1]
    assert "高级工程师" in lines[1]
    assert "…" in lines[1]
    assert NAME in table(("编号", "姓名"), [("9" * 40, NAME)], columns=70, kept=(1,))


def test_without_a_terminal_nothing_is_cut() -> None:
    assert NAME in table(("编号", "姓名"), [(1, NAME)])


def test_a_pipe_gets_everything(reader: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    number = reader.json("certificate", "list")["certificates"][0]["number"]
    words = ("withdraw", number, "--basis", "b", "--document", "d", "--as", "chief1")
    assert "示范省职称评审管理办法（演示）" in reader(*words).out


def test_a_flowing_column_goes_on_below_itself() -> None:
    found = table(("行", "问题"), [(5, "证件号码：被电子表格转成了数字")], columns=24, flowing=True)
    assert found == "行  问题\n5   证件号码：被电子表格\n    转成了数字"


def test_rows_in_full_stand_below_each_other_where_they_do_not_fit() -> None:
    rows = [(2, NAME, "高级工程师", None)]
    head = ("行", "姓名", "资格", "备注")
    assert records(head, rows) == table(head, rows)
    narrow = records(head, rows, columns=40)
    assert "…" not in narrow
    assert max(map(width, narrow.splitlines())) <= 40
    assert NAME in narrow.replace("\n", "").replace(" ", "")


def test_facts_go_on_below_the_value() -> None:
    assert facts([("依据", "职称评审管理办法"), ("文号", None)], columns=14) == (
        "依据  职称评审\n      管理办法\n文号  —"
    )


def test_a_command_is_never_broken() -> None:
    line = "下一步：titlecert batch submit sf-hrss-0001 --as 办理人 --home ./office"
    assert prose(line, 30) == line
    quoted = "下一步：把核对码读给另一位办理人，由其批准，`titlecert batch approve`。"
    assert "`titlecert batch approve`。" in prose(quoted, 40).splitlines()[-1]
    assert len(prose("下一步：改正名单后重新核对，或只收合格的行。", 30).splitlines()) == 2


def test_the_narrowest_column_holds_two_characters() -> None:
    assert width(cut("职称证书", layout.NARROWEST)) == layout.NARROWEST
