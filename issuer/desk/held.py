"""All that is held about a holder, as one value: for the page, and for the two files that the holder takes away.

Rules: every item has a purpose, the legal ground and who receives it (PIPL, articles 17, 44 and 45). What the desk
itself keeps is part of it. The JSON file is for programs and holds everything; the PDF says the same for people.

    record = held_record(view, sessions, requests, now=now)
    record_json(record)
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from credential import days
from issuer.desk.requests import Request
from issuer.desk.sessions import Listed
from issuer.unlock.model import Certificate, Code, Event, HolderView

RECORD_VERSION: Final = 1
GROUPS: Final = ("certificate", "history", "contact", "codes", "looked", "sessions", "requests")
"""The groups of what is held; each has its purpose, ground, recipients and time in the words of ``held``."""


def held_record(
    view: HolderView, sessions: Sequence[Listed], requests: Sequence[Request], *, now: datetime
) -> dict[str, Any]:
    """Return everything that is held about a holder, of values that JSON has.

    Args:
        view: what the register holds.
        sessions: where the holder is signed in.
        requests: what the holder asked.
        now: aware instant, written as the time of the copy.
    """
    return {
        "format": "titlecert-held",
        "version": RECORD_VERSION,
        "made": _at(now),
        "name": view.name,
        "certificates": [_certificate(each) for each in view.certificates],
        "beyond_certificates": [{"field": name, "value": text} for name, text in view.held],
        "notices": [
            {
                "at": _at(each.at),
                "certificate": each.certificate,
                "kind": each.kind,
                "text_zh": each.text_zh,
                "text_en": each.text_en,
            }
            for each in view.notices
        ],
        "looked": [
            {"at": _at(each.at), "who": each.who, "act": each.act, "certificate": each.certificate}
            for each in view.looked
        ],
        "claim_codes": [_code(each) for each in view.codes],
        "sign_ins": [{"device": each.device, "begun": _at(each.begun), "seen": _at(each.seen)} for each in sessions],
        "requests": [_request(each) for each in requests],
    }


def record_json(record: dict[str, Any]) -> bytes:
    """Return the file for programs: UTF-8, indented, so that a person can read it too."""
    return (json.dumps(record, ensure_ascii=False, indent=2) + "\n").encode()


def _certificate(each: Certificate) -> dict[str, Any]:
    plain = (
        "number", "state", "name", "id_type", "id_last4", "series", "title", "specialty", "level", "way", "authority",
        "scope", "check_code", "url", "has_photo", "has_document", "published",
    )  # fmt: skip
    return {name: getattr(each, name) for name in plain} | {
        "award_date": each.award_date.isoformat(),
        "issued_on": each.issued_on.isoformat(),
        "credential": base64.b64encode(each.credential).decode(),
        "printed": [{"field": name, "value": text} for name, text in each.extra],
        "history": [_event(event) for event in each.history],
    }


def _code(each: Code) -> dict[str, Any]:
    instants = {name: getattr(each, name) for name in ("made", "expires", "sent", "used", "ended")}
    return {name: None if at is None else _at(at) for name, at in instants.items()} | {
        "made_by": each.made_by,
        "handing": each.handing,
        "certificate": each.certificate,
        "tries": each.tries,
        "collected": [
            {"at": _at(one.at), "by": one.by, "relation": one.relation, "recorded_by": one.recorded_by}
            for one in each.collected
        ],
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "kind": event.kind,
        "effective": event.effective.isoformat(),
        "recorded": _at(event.recorded),
        "reason": event.reason,
        "successor": event.successor,
        "authority": event.authority,
        "document": event.document,
    }


def _request(each: Request) -> dict[str, Any]:
    answer = None if each.answer is None else {"outcome": each.answer.outcome, "text": each.answer.text}
    return {
        "id": each.id,
        "kind": each.asked.kind,
        "certificate": each.asked.certificate or None,
        "subject": each.asked.subject,
        "text": each.asked.text,
        "contact": each.asked.contact or None,
        "state": str(each.state),
        "made": _at(each.made),
        "due": _at(each.due),
        "answered": None if each.answered is None else _at(each.answered),
        "answer": answer,
    }


def _at(instant: datetime) -> str:
    return instant.astimezone(days.SHANGHAI).isoformat(timespec="seconds")
