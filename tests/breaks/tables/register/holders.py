"""Holders: who gets in, by what, how often it may be tried, and what is told to those who do not."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break, Edit

TRIES: Final = "issuer/db/tries.py"
ENTERING: Final = "issuer/unlock/entering.py"
VAULT: Final = "issuer/vault.py"
CODES: Final = "issuer/claims/codes.py"
MAKING: Final = "issuer/claims/making.py"
SERVICE: Final = "issuer/services/claims.py"
TICKETS: Final = "issuer/tickets.py"
VIEWING: Final = "issuer/unlock/viewing.py"
RUN: Final = "issuer/unlock/service.py"
ACCOUNTS: Final = "issuer/unlock/accounts.py"
PROVIDER: Final = "issuer/unlock/provider.py"
SERVER: Final = "issuer/unlock/server.py"
CLAIMS: Final = "issuer/db/claims.py"
SENDING: Final = "issuer/worker/delivering.py"
SMTP: Final = "issuer/delivering/smtp.py"
GATEWAY: Final = "issuer/delivering/gateway.py"

BREAKS: Final = (
    Break(
        "holders: a code works once",
        TRIES,
        "table.c.used.is_(None) & table.c.ended.is_(None)",
        "table.c.ended.is_(None)",
        "unlock/test_sign_in.py::test_a_code_works_once",
        also=(Edit(TRIES, "is_open = (code.used.is_(None)) & (code.ended", "is_open = (code.ended"),),
    ),
    Break(
        "holders: an ended code opens nothing",
        TRIES,
        "is_open = (code.used.is_(None)) & (code.ended.is_(None)) & (code.expires > now)",
        "is_open = (code.used.is_(None)) & (code.expires > now)",
        "unlock/test_sign_in.py::test_whatever_is_wrong_the_answer_is_one",
        also=(Edit(TRIES, "table.c.used.is_(None) & table.c.ended.is_(None)", "table.c.used.is_(None)"),),
    ),
    Break(
        "holders: a code is over on its day",
        TRIES,
        "is_open = (code.used.is_(None)) & (code.ended.is_(None)) & (code.expires > now)",
        "is_open = (code.used.is_(None)) & (code.ended.is_(None))",
        "unlock/test_sign_in.py::test_whatever_is_wrong_the_answer_is_one",
        also=(Edit(TRIES, " & (table.c.expires > now)", ""),),
    ),
    Break(
        "holders: the code is compared",
        ENTERING,
        "right = hmac.compare_digest(self.vault.claim_digest(tried.holder, given), tried.digest)",
        "right = True",
        "unlock/test_tries.py::test_ten_tries_an_hour_and_then_the_right_code_waits_too",
    ),
    Break(
        "holders: a slip of the hand is no try",
        ENTERING,
        "        given = codes.parse(code)\n        index, now = self._index(id_type, id_number), self.clock()\n",
        "        index, now = self._index(id_type, id_number), self.clock()\n"
        "        with self.register.write() as session:\n"
        "            tries.count(session, index, now=now)\n"
        "        given = codes.parse(code)\n",
        "unlock/test_sign_in.py::test_a_slip_of_the_hand_is_told_and_counts_for_nothing",
    ),
    Break(
        "holders: ten tries an hour with a document",
        ENTERING,
        "        if tried.id_hour > tries.HOURLY:\n            raise",
        "        if tried.id_hour > 1000:\n            raise",
        "unlock/test_tries.py::test_ten_tries_an_hour_and_then_the_right_code_waits_too",
    ),
    Break(
        "holders: the right code waits too",
        ENTERING,
        "is_let_in = right and tried.is_open and tried.id_hour <= tries.HOURLY",
        "is_let_in = right and tried.is_open",
        "unlock/test_tries.py::test_160_at_once_with_the_right_code_let_one_in",
    ),
    Break(
        "holders: ten tries an hour of a code",
        TRIES,
        "self.claim != NOBODY and self.code_hour <= HOURLY and",
        "self.claim != NOBODY and",
        "unlock/test_tries.py::test_who_owns_a_place_of_the_table_does_not_free_a_code",
    ),
    Break(
        "holders: a code has 200 tries for life",
        TRIES,
        " and self.code_life <= LIFELONG",
        "",
        "unlock/test_tries.py::test_after_200_tries_a_code_opens_nothing_any_more",
    ),
    Break(
        "holders: an hour begins with its first try",
        TRIES,
        '"began": case((goes_on, row.began), else_=literal(now, Instant())),',
        '"began": literal(now, Instant()),',
        "unlock/test_tries.py::test_an_hour_begins_with_its_first_try",
    ),
    Break(
        "holders: another document takes a place over",
        TRIES,
        "goes_on = (row.who == who) & (row.began > now - _HOUR)",
        "goes_on = row.began > now - _HOUR",
        "unlock/test_tries.py::test_who_owns_a_place_of_the_table_does_not_free_a_code",
    ),
    Break(
        "holders: places of documents are bounded",
        TRIES,
        "int.from_bytes(index[:4]) % PLACES",
        "int.from_bytes(index[:4]) % (1 << 31)",
        "unlock/test_tries.py::test_places_are_bounded",
    ),
    Break(
        "holders: who has no code is counted in one row",
        TRIES,
        '"code": claim, "life": 1',
        '"code": claim if claim != NOBODY else now.isoformat()[:32], "life": 1',
        "unlock/test_tries.py::test_places_are_bounded",
    ),
    Break(
        "holders: an unknown document costs as much",
        TRIES,
        "    life, hour = _count_code(session, claim, now)\n",
        "    life, hour = (0, 0) if found is None else _count_code(session, claim, now)\n",
        "unlock/test_tries.py::test_what_is_wrong_makes_no_difference_to_the_work",
    ),
    Break(
        "holders: a digest is computed for an unknown document too",
        ENTERING,
        "right = hmac.compare_digest(",
        "right = tried.is_open and hmac.compare_digest(",
        "unlock/test_tries.py::test_what_is_wrong_makes_no_difference_to_the_work",
    ),
    Break(
        "holders: an impossible number costs as much",
        ENTERING,
        "            id_type, number = _UNUSABLE, _UNUSABLE\n",
        "            raise not_recognised()\n",
        "unlock/test_tries.py::test_what_is_wrong_makes_no_difference_to_the_work",
    ),
    Break(
        "holders: a digest is bound to its holder",
        VAULT,
        "parts = (holder.encode(), code.encode())",
        'parts = (b"", code.encode())',
        "unlock/test_claims.py::test_the_same_code_of_two_holders_has_two_digests",
    ),
    Break(
        "holders: the parts of a digest do not run together",
        VAULT,
        'b"titlecert/register/v1/claim\\x00" + b"".join(len(part).to_bytes(2) + part for part in parts)',
        'b"titlecert/register/v1/claim\\x00" + b"".join(parts)',
        "unlock/test_claims.py::test_the_same_code_of_two_holders_has_two_digests",
    ),
    Break(
        "holders: a code is checked by its last character",
        CODES,
        "    if check_value(values[:-1]) != values[-1]:\n",
        "    if False:\n",
        "unlock/test_claims.py::test_any_wrong_character_and_any_swap_is_a_slip_of_the_hand",
    ),
    Break(
        "holders: a code that is sent is sealed",
        MAKING,
        "sealed = key.seal(code.encode(), row=claim, **SEALED)",
        "sealed = code.encode()",
        "unlock/test_delivering.py::test_a_code_that_was_sent_opens_and_stands_nowhere",
    ),
    Break(
        "holders: a person gets one code",
        MAKING,
        "        elif person not in people:\n",
        "        else:\n            person = each.certificate\n",
        "unlock/test_claims.py::test_a_person_gets_one_code_however_many_certificates",
    ),
    Break(
        "holders: a new code ends the one before",
        MAKING,
        "    claims.end_of(session, claims.holders_of_persons(session, [each.person for each in people]), now=now)\n",
        "",
        "unlock/test_sign_in.py::test_a_new_code_ends_the_one_before",
    ),
    Break(
        "holders: who has a code gets no other by the way",
        MAKING,
        "if person in having and not anew:",
        "if False:",
        "unlock/test_sign_in.py::test_a_new_code_ends_the_one_before",
    ),
    Break(
        "holders: who collected is sealed",
        SERVICE,
        'sealed = key.seal(jsonform.encode(who), table="claim_collections", column="who", row=collection)',
        "sealed = jsonform.encode(who)",
        "unlock/test_claims.py::test_who_collected_a_slip_is_sealed_and_the_audit_names_nobody",
    ),
    Break(
        "holders: a ticket is over at its end",
        TICKETS,
        "    if now >= expires:\n",
        "    if False:\n",
        "unlock/test_wire.py::test_a_ticket_says_what_it_was_made_of_until_it_is_over",
    ),
    Break(
        "holders: a ticket is made by who has the key",
        TICKETS,
        'if not hmac.compare_digest(_mac(key, said), found["mac"]):',
        "if False:",
        "unlock/test_wire.py::test_any_changed_character_of_a_ticket_is_refused",
    ),
    Break(
        "holders: an ended session is over",
        ENTERING,
        "    if tries.is_ended(session, found.session):\n        raise _refused()\n    return found",
        "    return found",
        "unlock/test_sign_in.py::test_a_session_ends_by_itself_and_when_it_is_ended",
    ),
    Break(
        "holders: a document is its holder's alone",
        VIEWING,
        "    if found.holder not in tries.holders_of_person(session, person):\n",
        "    if False:\n",
        "unlock/test_sign_in.py::test_documents_are_the_holders_alone",
    ),
    Break(
        "holders: a view is noted once",
        RUN,
        "            if ticket.session in self._noted:\n                return\n",
        "            pass\n",
        "unlock/test_sign_in.py::test_what_holders_do_is_noted_without_their_names",
    ),
    Break(
        "holders: a sign-in is noted",
        ENTERING,
        '        audit.append(session, actor=ACTOR, act=SIGN_IN, subject=person, now=now, details={"by": by})\n',
        "",
        "unlock/test_sign_in.py::test_what_holders_do_is_noted_without_their_names",
    ),
    Break(
        "holders: a nonce is good once",
        TRIES,
        "taken = delete(table).where(",
        "taken = select(table.c.nonce).where(",
        "unlock/test_accounts.py::test_a_nonce_is_good_once_and_ours",
        also=(
            Edit(
                TRIES,
                ".where(table.c.nonce == nonce, table.c.expires > now).returning(table.c.nonce)",
                ".where(table.c.nonce == nonce, table.c.expires > now)",
            ),
        ),
    ),
    Break(
        "holders: a nonce was issued here",
        ACCOUNTS,
        "claims = self._proven(id_token) if is_ours else None",
        "claims = self._proven(id_token)",
        "unlock/test_accounts.py::test_a_nonce_is_good_once_and_ours",
    ),
    Break(
        "holders: a nonce is over",
        TRIES,
        "taken = delete(table).where(table.c.nonce == nonce, table.c.expires > now)",
        "taken = delete(table).where(table.c.nonce == nonce)",
        "unlock/test_accounts.py::test_a_nonce_is_over_after_ten_minutes",
    ),
    Break(
        "holders: a token carries the nonce",
        ACCOUNTS,
        "            and hmac.compare_digest(said.encode(), nonce.encode())\n",
        "",
        "unlock/test_accounts.py::test_what_does_not_hold_gets_one_answer",
    ),
    Break(
        "holders: a token is of the issuer that was configured",
        ACCOUNTS,
        '            claims.get("iss") == settings.issuer\n            and ',
        "            ",
        "unlock/test_accounts.py::test_what_does_not_hold_gets_one_answer",
    ),
    Break(
        "holders: a token is for us",
        ACCOUNTS,
        "settings.client_id in audiences",
        "bool(audiences)",
        "unlock/test_accounts.py::test_what_does_not_hold_gets_one_answer",
    ),
    Break(
        "holders: a token was asked for by us",
        ACCOUNTS,
        '            and claims.get("azp", settings.client_id) == settings.client_id\n',
        "",
        "unlock/test_accounts.py::test_what_does_not_hold_gets_one_answer",
    ),
    Break(
        "holders: several audiences need azp",
        ACCOUNTS,
        '            and (len(audiences) == 1 or "azp" in claims)\n',
        "",
        "unlock/test_accounts.py::test_what_does_not_hold_gets_one_answer",
    ),
    Break(
        "holders: a token is over",
        ACCOUNTS,
        "now.timestamp() < until + LEEWAY.total_seconds()",
        "True",
        "unlock/test_accounts.py::test_what_does_not_hold_gets_one_answer",
    ),
    Break(
        "holders: a token was made after the sign-in began",
        ACCOUNTS,
        "begun.timestamp() <= since <=",
        "since <=",
        "unlock/test_accounts.py::test_what_does_not_hold_gets_one_answer",
    ),
    Break(
        "holders: a token is not good yet",
        ACCOUNTS,
        "before <= (now + LEEWAY).timestamp()",
        "True",
        "unlock/test_accounts.py::test_what_does_not_hold_gets_one_answer",
    ),
    Break(
        "holders: an algorithm is one that is allowed",
        ACCOUNTS,
        'head.get("alg") not in self.settings.algorithms or ',
        "",
        "unlock/test_accounts.py::test_what_the_provider_did_not_sign_gets_the_same_answer",
    ),
    Break(
        "holders: nothing critical is passed over",
        ACCOUNTS,
        ' or "crit" in head:',
        ":",
        "unlock/test_accounts.py::test_what_the_provider_did_not_sign_gets_the_same_answer",
    ),
    Break(
        "holders: the key pins the algorithm",
        ACCOUNTS,
        'if key is None or key.get("alg", head["alg"]) != head["alg"]:',
        "if key is None:",
        "unlock/test_accounts.py::test_keys_of_another_use_or_kind_are_none",
    ),
    Break(
        "holders: no member of a token stands twice",
        ACCOUNTS,
        "    if len(found) != len(pairs):\n",
        "    if False:\n",
        "unlock/test_accounts.py::test_what_the_provider_did_not_sign_gets_the_same_answer",
    ),
    Break(
        "holders: the name of an account is the holder's",
        ACCOUNTS,
        "name is None or _same(name, held)",
        "True",
        "unlock/test_accounts.py::test_what_does_not_hold_gets_one_answer",
    ),
    Break(
        "holders: a provider names itself as it was configured",
        PROVIDER,
        'if said.get("issuer") != issuer:',
        "if False:",
        "unlock/test_accounts.py::test_a_provider_that_says_otherwise_is_not_used",
    ),
    Break(
        "holders: a provider's addresses are safe",
        PROVIDER,
        "if not isinstance(found, str) or not is_secure(found):",
        "if not isinstance(found, str):",
        "unlock/test_accounts.py::test_a_provider_that_says_otherwise_is_not_used",
    ),
    Break(
        "holders: a key that nobody has makes nobody ask often",
        PROVIDER,
        "_picked(self._fresh(LOOK_AGAIN).keys, kid)",
        "_picked(self._fresh(timedelta(0)).keys, kid)",
        "unlock/test_accounts.py::test_what_is_published_is_kept_and_a_new_key_is_found",
    ),
    Break(
        "holders: sign-ins that begin are bounded",
        TRIES,
        "    session.execute(delete(table).where(table.c.nonce.not_in(newest)))\n",
        "",
        "unlock/test_accounts.py::test_sign_ins_that_begin_are_bounded",
    ),
    Break(
        "holders: another user gets no answer",
        SERVER,
        "return user in self._users",
        "return True",
        "unlock/test_server.py::test_another_user_gets_no_answer",
    ),
    Break(
        "holders: the socket is its owner's",
        SERVER,
        "before = os.umask(0o177)",
        "before = os.umask(0)",
        "unlock/test_server.py::test_only_its_owner_opens_the_socket_and_it_goes_at_the_end",
    ),
    Break(
        "holders: a request has its time",
        SERVER,
        "        arriving.start()\n",
        "",
        "unlock/test_server.py::test_a_request_that_comes_slowly_ends",
    ),
    Break(
        "holders: a request has its size",
        SERVER,
        " or int(length) > MAX_REQUEST:",
        ":",
        "unlock/test_server.py::test_a_bad_request_gets_no_answer_or_an_error_and_stops_nothing",
    ),
    Break(
        "holders: requests at once are bounded",
        SERVER,
        "if self._at_once.acquire(blocking=False):",
        "if True:",
        "unlock/test_server.py::test_too_many_at_once_are_sent_away",
    ),
    Break(
        "holders: a letter that left is forgotten",
        CLAIMS,
        "    drop_delivery(session, claim)\n\n\ndef drop_delivery",
        "\n\ndef drop_delivery",
        "unlock/test_delivering.py::test_a_code_that_was_sent_opens_and_stands_nowhere",
    ),
    Break(
        "holders: a code that opens nothing any more is not sent",
        SENDING,
        "                if not each.is_open:\n",
        "                if False:\n",
        "unlock/test_delivering.py::test_a_code_that_opens_nothing_any_more_is_not_sent",
    ),
    Break(
        "holders: pauses between letters grow",
        SENDING,
        "FIRST_PAUSE * (1 << (attempts - 1))",
        "FIRST_PAUSE",
        "unlock/test_delivering.py::test_what_fails_is_tried_again_after_growing_pauses_and_then_forgotten",
    ),
    Break(
        "holders: a letter is given up some day",
        SENDING,
        " or due.attempts + 1 >= MOST_ATTEMPTS",
        "",
        "unlock/test_delivering.py::test_what_fails_is_tried_again_after_growing_pauses_and_then_forgotten",
    ),
    Break(
        "holders: the server of letters is who it says",
        SMTP,
        "return ssl.create_default_context(cafile=self.ca_file)",
        "return ssl._create_unverified_context()",
        "unlock/test_delivering.py::test_where_nobody_can_be_sure_nothing_is_sent",
    ),
    Break(
        "holders: no letter leaves without encryption",
        SMTP,
        '            if self.security == "starttls":\n                server.starttls(context=self._context())\n',
        "            pass\n",
        "unlock/test_delivering.py::test_where_nobody_can_be_sure_nothing_is_sent",
    ),
    Break(
        "holders: a token goes to its gateway alone",
        GATEWAY,
        "follow_redirects=False",
        "follow_redirects=True",
        "unlock/test_delivering.py::test_what_a_gateway_answers_is_told_apart_and_no_redirect_is_followed",
    ),
)
