"""What the desk keeps of a session, when it is asked for anew, and what a holder is told of codes and deadlines."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break, Edit

KEPT: Final = "issuer/desk/kept.py"
MARKS: Final = "issuer/unlock/marks.py"
LOOKED: Final = "issuer/unlock/looked.py"
CODES: Final = "issuer/unlock/codes.py"
PRINTING: Final = "issuer/claims/printing.py"
RUN: Final = "issuer/unlock/service.py"
SIGNING_IN: Final = "issuer/desk/routes/signing_in.py"
HOLDERS: Final = "issuer/home/holders.py"
QUEUE: Final = "issuer/services/requests.py"
_KEPT: Final = "desk/test_kept.py::"
_ACTS: Final = "unlock/test_marks.py::test_every_act_that_a_holder_would_see_changes_the_mark"
_OTHERS: Final = "unlock/test_marks.py::test_what_others_do_and_what_the_holder_does_leave_the_mark"

BREAKS: Final = (
    Break(
        "desk: every page asks whether what is kept is still so",
        KEPT,
        "changed = unlock.view_since(live.ticket, kept.mark)",
        "changed = None",
        f"{_KEPT}test_what_changed_is_seen_on_the_next_page",
    ),
    Break(
        "desk: what is kept is sealed under the holder's key",
        KEPT,
        "sealed = sealing.seal(sealing.view_key(live.data_key), plain,",
        "sealed = sealing.seal(sealing.view_key(b''), plain,",
        f"{_KEPT}test_what_is_kept_of_one_holder_opens_with_no_key_of_another",
        also=(Edit(KEPT, "        key = sealing.view_key(live.data_key)\n", "        key = sealing.view_key(b'')\n"),),
    ),
    Break(
        "desk: what is kept is bounded",
        KEPT,
        "while self._size > self._most:",
        "while False:",
        f"{_KEPT}test_what_is_kept_is_bounded_and_the_longest_unused_goes",
    ),
    Break(
        "desk: what was used longest ago goes first",
        KEPT,
        "                self._views.move_to_end(live.session)\n",
        "                pass\n",
        f"{_KEPT}test_what_is_kept_is_bounded_and_the_longest_unused_goes",
    ),
    Break(
        "desk: signing out drops what was kept",
        SIGNING_IN,
        "    desk.kept.forget(session)\n",
        "",
        f"{_KEPT}test_signing_out_drops_what_was_kept",
    ),
    Break(
        "holders: a mark has the readings of the office",
        MARKS,
        'newest = session.scalar(_NEWEST, mine | {"named": named})',
        "newest = 0",
        _ACTS,
    ),
    Break(
        "holders: a mark has how a holder is reached",
        MARKS,
        "people.c.contact, *columns",
        "*columns",
        _ACTS,
    ),
    Break(
        "holders: a mark knows whether the document is there",
        MARKS,
        "(documents / row.document_path).is_file()",
        "True",
        _ACTS,
    ),
    Break(
        "holders: a mark leaves out what the holder does",
        MARKS,
        "where(mine, audit.c.actor != ACTOR)",
        "where(mine)",
        _OTHERS,
    ),
    Break(
        "holders: a ticket that does not hold hears of no change",
        RUN,
        '            ticket = self.entrance.read(session, members["ticket"])\n'
        "            holders = self.entrance.merges.holders_of(session, ticket.holder)\n"
        "            is_same",
        '            ticket = tickets.read(self.entrance.key, members["ticket"], self.clock())\n'
        "            holders = self.entrance.merges.holders_of(session, ticket.holder)\n"
        "            is_same",
        "unlock/test_sign_in.py::test_an_ended_session_hears_of_no_change",
        also=(Edit(RUN, "from issuer import audit\n", "from issuer import audit, tickets\n"),),
    ),
    Break(
        "holders: who opened a request is told",
        LOOKED,
        "(AuditRow.act == READ_REQUEST)",
        "(AuditRow.act == ROWS)",
        "unlock/test_codes.py::test_who_opened_a_request_is_told_to_its_holder",
    ),
    Break(
        "holders: who collected a slip is told of its own code",
        CODES,
        "if each.claim != claim.id or claim.holder not in keys:",
        "if claim.holder not in keys:",
        "unlock/test_codes.py::test_a_holder_is_told_of_every_code_and_of_who_collected_its_slip",
    ),
    Break(
        "holders: a telephone reads the desk's address from a slip",
        PRINTING,
        "qr_svg(qr_symbol(slips[0].address))",
        "qr_svg(qr_symbol(slips[0].number))",
        "unlock/test_claims.py::test_slips_are_printed_two_pages_each_and_a_sheet_for_each_employer",
    ),
    Break(
        "holders: a worked day is a day of a weekend",
        HOLDERS,
        "if day.weekday() < SATURDAY:",
        "if day.weekday() > SATURDAY + 1:",
        "unlock/test_accounts.py::test_settings_that_do_not_hold_are_told_with_their_place",
    ),
    Break(
        "desk: a year without holidays is told",
        QUEUE,
        "return None if any(day.year == year for day in section.holidays) else year",
        "return None if section.holidays else year",
        "desk/test_worker.py::test_a_year_whose_holidays_nobody_wrote_down_is_told",
    ),
)
