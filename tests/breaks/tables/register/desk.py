"""The holder's desk: what a cookie opens, who may do what, what the worker does for it, what the office answers."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break, Edit

SESSIONS: Final = "issuer/desk/sessions.py"
HEADERS: Final = "issuer/desk/headers.py"
DESK: Final = "issuer/desk/desk.py"
JOBS: Final = "issuer/desk/jobs.py"
REQUESTS: Final = "issuer/desk/requests.py"
SEALING: Final = "issuer/desk/sealing.py"
OIDC: Final = "issuer/desk/oidc.py"
VISIT: Final = "issuer/desk/visit.py"
WORKER: Final = "issuer/worker/desk.py"
QUEUE: Final = "issuer/db/requests.py"
DAYS: Final = "issuer/desk/workdays.py"
_SESSIONS: Final = "desk/test_sessions.py::"
_HOSTILE: Final = "desk/test_hostile.py::"
_WORKER: Final = "desk/test_worker.py::"
_PAGES: Final = "desk/test_pages.py::"
_ACCOUNT: Final = "desk/test_account.py::"

BREAKS: Final = (
    Break(
        "desk: a session ends with its ticket",
        *(
            SESSIONS,
            "or now >= row.expires or",
            "or",
            f"{_SESSIONS}test_a_cookie_opens_nothing_when_its_ticket_is_over",
        ),
    ),
    Break(
        "desk: a session that nobody uses ends",
        SESSIONS,
        " or now - row.seen >= settings.idle:",
        ":",
        f"{_SESSIONS}test_a_session_that_nobody_uses_ends",
    ),
    Break(
        "desk: a cookie is replaced after a while",
        SESSIONS,
        "    new = replace(live, token=sealing.new_token(), made=now, seen=now)\n",
        "    return live\n    new = replace(live, token=sealing.new_token(), made=now, seen=now)\n",
        f"{_SESSIONS}test_a_cookie_is_replaced_and_the_old_one_is_good_for_a_minute",
    ),
    Break(
        "desk: a cookie that was replaced is good for a minute",
        SESSIONS,
        "    return row.replaced is None or now - row.replaced < GRACE\n",
        "    return True\n",
        f"{_SESSIONS}test_a_cookie_is_replaced_and_the_old_one_is_good_for_a_minute",
    ),
    Break(
        "desk: what ended is wiped",
        SESSIONS,
        '{"sealed": None, "ticket": None, "device": None, "ended": now}',
        '{"ended": now}',
        f"{_SESSIONS}test_a_ticket_that_is_refused_ends_the_session_here",
    ),
    Break(
        "desk: a holder ends no session of another holder",
        SESSIONS,
        "    mine = (sessions.c.session == session, sessions.c.owner == live.owner, sessions.c.ended.is_(None))\n",
        "    mine = (sessions.c.session == session, sessions.c.ended.is_(None))\n",
        f"{_SESSIONS}test_nobody_ends_the_session_of_another_holder",
    ),
    Break(
        "desk: signing out ends the ticket",
        "issuer/desk/routes/signing_in.py",
        "    desk.unlock.end(ticket)\n",
        "",
        f"{_SESSIONS}test_signing_out_ends_the_ticket",
    ),
    Break(
        "desk: the database has a digest of the cookie",
        SEALING,
        "    return hashlib.sha256(data).digest() if len(data) == TOKEN_BYTES",
        "    return token.encode() if len(data) == TOKEN_BYTES",
        f"{_SESSIONS}test_a_stolen_database_opens_nothing",
    ),
    Break(
        "desk: what is sealed is bound to its row",
        SEALING,
        '"\\x00".join((_PLACE, table, column, row))',
        '"\\x00".join((_PLACE, table, column))',
        f"{_SESSIONS}test_what_the_desk_seals_the_office_opens",
    ),
    Break(
        "desk: the cookie is no script's",
        DESK,
        'live.token, path="/", secure=self.settings.secure, httponly=True, samesite="strict"',
        'live.token, path="/", secure=self.settings.secure, httponly=False, samesite="strict"',
        f"{_SESSIONS}test_a_cookie_is_for_http_and_this_site_alone",
    ),
    Break(
        "desk: a page of a holder takes a session",
        DESK,
        "            if holders_only and live is None:\n",
        "            if holders_only and live is None and asking.method == 'POST':\n",
        f"{_HOSTILE}test_without_a_session_there_is_nothing",
    ),
    Break(
        "desk: a form comes from a page of the desk, by what the browser says of the site",
        HEADERS,
        '    if site is not None and site != b"same-origin":\n        return "foreign_origin"\n',
        "",
        f"{_HOSTILE}test_what_another_site_sends_is_told_by_its_headers",
    ),
    Break(
        "desk: a form comes from a page of the desk, by its origin",
        HEADERS,
        '    if came_from is not None and came_from != origin:\n        return "foreign_origin"\n',
        "",
        f"{_HOSTILE}test_what_another_site_sends_is_told_by_its_headers",
    ),
    Break(
        "desk: a form whose origin nobody says is refused",
        HEADERS,
        '    if site is None and came_from is None:\n        return "foreign_origin"\n',
        "",
        f"{_HOSTILE}test_what_another_site_sends_is_told_by_its_headers",
    ),
    Break(
        "desk: a form is small",
        *(HEADERS, "int(length) > MAX_BODY", "int(length) > MAX_BODY << 9"),
        f"{_HOSTILE}test_a_form_that_is_too_long_is_refused",
    ),
    Break(
        "desk: nobody is led to another site",
        VISIT,
        '        return named if _LOCAL_PATH.fullmatch(named) and not named.startswith("//") else "/"\n',
        "        return named\n",
        f"{_HOSTILE}test_nobody_is_led_to_another_site",
    ),
    Break(
        "desk: a job is shown to its holder alone",
        JOBS,
        "select(jobs).where(jobs.c.id == job, jobs.c.owner == live.owner)",
        "select(jobs).where(jobs.c.id == job)",
        f"{_HOSTILE}test_identifiers_of_another_holder_are_answered_as_unknown_ones",
    ),
    Break(
        "desk: a request is shown to its holder alone",
        REQUESTS,
        "select(requests).where(requests.c.id == request, requests.c.owner == live.owner)",
        "select(requests).where(requests.c.id == request)",
        f"{_HOSTILE}test_identifiers_of_another_holder_are_answered_as_unknown_ones",
    ),
    Break(
        "desk: what is mistyped for certain is no try",
        "issuer/desk/routes/signing_in.py",
        "    if faults:\n        return _form(desk, visit, faults=faults, status=422)\n",
        "",
        f"{_PAGES}test_a_typing_error_in_an_id_number_is_no_try",
        also=(
            Edit(
                "issuer/desk/routes/signing_in.py",
                'id_number=clean_id(_TYPES[typed["id_type"]], typed["id_number"]).text,',
                'id_number=typed["id_number"],',
            ),
        ),
    ),
    Break(
        "desk: what was typed when the session ended is given back",
        DESK,
        'answer = self.pages.answer(visit, "ended.html", status=401, typed=typed)',
        'answer = self.pages.answer(visit, "ended.html", status=401, typed=typed[:0])',
        f"{_PAGES}test_what_was_typed_when_the_session_ended_is_given_back",
    ),
    Break(
        "desk: a document is asked for once",
        JOBS,
        "    if waiting is not None:\n        return str(waiting)\n",
        "",
        f"{_PAGES}test_a_document_is_asked_for_once_and_comes_when_it_is_made",
    ),
    Break(
        "desk: a holder has a few open requests",
        REQUESTS,
        ") or 0) >= MAX_OPEN:",
        ") or 0) >= MAX_OPEN << 9:",
        f"{_PAGES}test_a_holder_has_a_few_open_requests_at_a_time",
    ),
    Break(
        "desk: a deadline leaves out holidays",
        *(DAYS, "day.weekday() < _SATURDAY and day not in self.holidays", "day.weekday() < _SATURDAY"),
        f"{_PAGES}test_working_days_leave_out_weekends_and_holidays",
    ),
    Break(
        "desk: a sign-in at a provider is finished in the browser that began it",
        OIDC,
        "sealing.seal(sealing.session_key(cookie), plain,",
        "sealing.seal(sealing.session_key(digest.hex()), plain,",
        f"{_ACCOUNT}test_another_browser_finishes_nothing",
        also=(Edit(OIDC, "    key = sealing.session_key(cookie)\n", "    key = sealing.session_key(digest.hex())\n"),),
    ),
    Break(
        "desk: a sign-in at a provider takes ten minutes at most",
        *(OIDC, "row is None or row.expires <= now or", "row is None or"),
        f"{_ACCOUNT}test_a_sign_in_that_took_too_long_is_over",
    ),
    Break(
        "desk: another provider than was asked signs nobody in",
        OIDC,
        '    if query.get("iss", kept.issuer) != kept.issuer:\n',
        '    if "iss" in ():\n',
        f"{_ACCOUNT}test_what_comes_back_wrong_signs_nobody_in",
    ),
    Break(
        "desk: the worker does nothing without a ticket that holds",
        WORKER,
        "            raise refused from error\n",
        '            found = Ticket(holder=ticket.split(".")[1], session=named, expires=self._opened.clock())\n',
        f"{_WORKER}test_a_job_without_a_good_ticket_is_refused_and_noted",
    ),
    Break(
        "desk: a ticket carries the jobs of its own session",
        *(WORKER, "        if found.session != named:\n", "        if found.session == '':\n"),
        f"{_WORKER}test_a_ticket_of_another_session_does_not_carry_a_job",
    ),
    Break(
        "desk: a session that was ended gets no document",
        WORKER,
        "            if not ended_too and tries.is_ended(session, found.session):\n",
        "            if not ended_too and tries.is_ended(session, ''):\n",
        "desk/test_journey.py::test_a_session_that_was_ended_gets_no_document",
    ),
    Break(
        "desk: a job is for a certificate of the ticket's holder",
        WORKER,
        "            if found.holder not in tries.holders_of_person(session, ticket.holder):\n",
        "            if found.holder == '':\n",
        f"{_WORKER}test_a_job_for_another_holders_certificate_is_refused_and_noted",
    ),
    Break(
        "desk: what the worker refuses is an entry of the audit",
        WORKER,
        '            audit.append(session, actor="desk", act=JOB_REFUSED,',
        '            (lambda *_, **__: None)(session, actor="desk", act=JOB_REFUSED,',
        f"{_WORKER}test_a_job_without_a_good_ticket_is_refused_and_noted",
    ),
    Break(
        "desk: the ticket of a job that is over is wiped",
        *(
            JOBS,
            "values(state=state, code=code, ticket=None, changed=now)",
            "values(state=state, code=code, changed=now)",
        ),
        f"{_WORKER}test_a_job_with_a_ticket_is_done_and_its_ticket_wiped",
    ),
    Break(
        "desk: a request opens under the key of its ticket's holder",
        WORKER,
        '        self._data_key(ticket).open(sent.sealed, table=requests.REQUESTS_TABLE, column="sealed", row=sent.id)',
        "        self._data_key(ticket)",
        f"{_WORKER}test_a_request_without_a_good_ticket_is_not_taken_in",
    ),
    Break(
        "desk: an answer is given once",
        *(QUEUE, "    if row.answered is not None:\n", "    if row.id == '':\n"),
        f"{_WORKER}test_a_request_is_taken_in_once_and_answered_once",
    ),
    Break(
        "desk: who opens a request is noted",
        "issuer/services/requests.py",
        "    note(opened, actor, READ_REQUEST, [request])\n",
        "    str((note, actor, READ_REQUEST))\n",
        f"{_WORKER}test_who_opens_a_request_is_noted",
    ),
)
