"""Notices at the desk: what was told, and the PDF of it, for its holder alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from issuer.notices.model import pairs_of
from tests.support.desks import LI, WANG, StandIn, Visitor
from tests.worker.test_noticing import FACTS

NOTICE = "99000020232000007-2"


def visitors(desk: StandIn) -> tuple[Visitor, Visitor]:
    """One whose notice is on paper, and another."""
    [notice] = LI.view.notices
    told = replace(notice, said=pairs_of(FACTS))
    desk.unlock.people = [replace(LI, view=replace(LI.view, notices=(told,))), WANG]
    li, wang = desk.visitor(), desk.visitor()
    li.sign_in(LI)
    wang.sign_in(WANG)
    return li, wang


@pytest.mark.slow
def test_the_pdf_of_a_notice_is_its_holder_s(desk: StandIn) -> None:
    li, wang = visitors(desk)
    path = f"/notices/{NOTICE}/notice.pdf"
    assert f'href="{path}"' in li.get("/notices").text
    answer = li.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    assert "no-store" in answer.headers["cache-control"]
    assert wang.get(path).status_code == 404
    assert "通知书" in wang.get(path).text
    assert desk.visitor().get(path).status_code == 303, "nobody without a session"


def test_a_notice_that_is_not_on_paper_yet_has_no_link(li: Visitor) -> None:
    assert "notice.pdf" not in li.get("/notices").text
    assert li.get(f"/notices/{NOTICE}/notice.pdf").status_code == 404
