"""FORMAT 6: the history of a certificate."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break, Edit

HISTORY: Final = "credential/history.py"
STEPS: Final = "verifier/steps.py"

BREAKS: Final = (
    Break(
        "6 typ is that of a history",
        *("credential/cose.py", "if typ is not None and header[TYP] != typ:", 'if header.get(TYP) == "":'),
        "vectors history_with_typ_of_a_status_list",
    ),
    Break("6 at most 16,000 bytes", HISTORY, "MAX_BYTES: Final = 16_000", "MAX_BYTES: Final = 16_001", "test_caps.py"),
    Break(
        "6 the version is 1",
        HISTORY,
        "if type(version) is int and version == VERSION:",
        "if type(version) is int:",
        "vectors history_of_another_version",
    ),
    Break("6 true is no version", HISTORY, "if type(version) is int and", "if", "vectors history_version_true"),
    Break(
        "6 true is no kind",
        HISTORY,
        "[type(part) for part in item[:-1]] != _EVENT_TYPES",
        "len(item) != 8",
        "vectors history_kind_true",
    ),
    Break(
        "6 at most 64 events",
        HISTORY,
        "MAX_EVENTS: Final = 64",
        "MAX_EVENTS: Final = 65",
        "vectors history_of_65_events",
    ),
    Break(
        "6 cti has 16 bytes, in what is read and in what is made",
        HISTORY,
        "if len(cti) != CTI_BYTES or not",
        "if not",
        "test_history.py",
        also=(Edit(HISTORY, "if len(self.cti) != CTI_BYTES or not", "if not"),),
    ),
    Break(
        "6 the first event is issued",
        *(
            HISTORY,
            "if self.events[0].kind is not EventKind.ISSUED:",
            "if not self.events:",
            "vectors history_begins_with",
        ),
    ),
    Break(
        "6 only the first event is issued",
        HISTORY,
        "EventKind.SUSPENDED: (frozenset({Status.VALID}),",
        "EventKind.ISSUED: (frozenset(Status), None),\n    EventKind.SUSPENDED: (frozenset({Status.VALID}),",
        "vectors history_issued_twice",
    ),
    Break(
        "6 suspended follows valid only",
        *(HISTORY, "EventKind.SUSPENDED: (frozenset({Status.VALID}),", "EventKind.SUSPENDED: (frozenset(Status),"),
        "vectors history_suspended_after_withdrawal",
    ),
    Break(
        "6 reinstated follows suspended only",
        *(
            HISTORY,
            "EventKind.REINSTATED: (frozenset({Status.SUSPENDED}),",
            "EventKind.REINSTATED: (frozenset(Status),",
        ),
        "vectors history_reinstated_without_suspension",
    ),
    Break(
        "6 withdrawn follows cancelled too",
        *(
            HISTORY,
            "Status.SUPERSEDED, Status.CANCELLED}),",
            "Status.SUPERSEDED}),",
            "vectors cancelled_then_withdrawn",
        ),
    ),
    Break(
        "6 cancelled does not follow superseded",
        *(
            HISTORY,
            "EventKind.CANCELLED: (frozenset({Status.VALID, Status.SUSPENDED}),",
            "EventKind.CANCELLED: (frozenset(Status),",
        ),
        "vectors history_cancelled_after_superseded",
    ),
    Break(
        "6 superseded follows valid and suspended only",
        *(
            HISTORY,
            "EventKind.SUPERSEDED: (frozenset({Status.VALID, Status.SUSPENDED}),",
            "EventKind.SUPERSEDED: (frozenset(Status),",
        ),
        "test_history.py",
    ),
    Break(
        "6 annotated leaves the state as it is",
        *(
            HISTORY,
            "EventKind.ANNOTATED: (frozenset(Status), None)",
            "EventKind.ANNOTATED: (frozenset(Status), Status.VALID)",
        ),
        "vectors withdrawn_and_annotated",
    ),
    Break(
        "6 recorded never falls",
        *(
            HISTORY,
            "later.recorded < earlier.recorded",
            "later.recorded < earlier.recorded < later.recorded",
            "vectors history_recorded_backwards",
        ),
    ),
    Break(
        "6 effective_day is not later than the day of recorded",
        *(
            HISTORY,
            "if days.to_day(self.effective) > days.to_day(days.day_of(self.recorded)):",
            "if not self.recorded:",
        ),
        "test_history.py",
    ),
    Break(
        "6 issued is effective the day it is recorded",
        HISTORY,
        "return self._registration_holds() and self.effective == days.day_of(self.recorded)",
        "return self._registration_holds()",
        "vectors history_issued_on_an_earlier_day",
    ),
    Break(
        "6 issued names a digest of 32 bytes",
        HISTORY,
        "or len(detail.digest) != DIGEST_BYTES:",
        "or not detail.digest:",
        "vectors history_detail_of_31_bytes",
    ),
    Break(
        "6 superseded names a certificate number",
        *(
            HISTORY,
            "and NUMBER.fullmatch(self.detail) is not None",
            "",
            "vectors history_successor_in_small history_successor_too",
        ),
    ),
    Break(
        "6 a note is not empty",
        HISTORY,
        "1 <= len(text) <= MAX_DETAIL",
        "0 <= len(text) <= MAX_DETAIL",
        "vectors history_annotation_empty",
    ),
    Break(
        "6 a note has at most 200 code points",
        HISTORY,
        "MAX_DETAIL: Final = 200",
        "MAX_DETAIL: Final = 201",
        "vectors history_annotation_of_201",
    ),
    Break(
        "6 a note holds visible characters only",
        *(
            HISTORY,
            "<= MAX_DETAIL and is_plain(text)",
            "<= MAX_DETAIL",
            "vectors history_annotation_with_direction_override",
        ),
    ),
    Break(
        "6 other kinds have no detail",
        HISTORY,
        "return self.detail is None",
        "return True",
        "vectors history_suspended_with_a_detail",
    ),
    Break(
        "6 authority is an authority's id",
        *(
            HISTORY,
            "if not AUTHORITY_ID.fullmatch(self.authority):",
            "if not self.authority:",
            "vectors history_authority_",
        ),
    ),
    Break(
        "6 basis has at most 200 code points",
        HISTORY,
        "MAX_BASIS: Final = 200",
        "MAX_BASIS: Final = 201",
        "vectors history_basis_of_201",
    ),
    Break(
        "6 document has at most 100 code points",
        HISTORY,
        "MAX_DOCUMENT: Final = 100",
        "MAX_DOCUMENT: Final = 101",
        "vectors history_document_of_101",
    ),
    Break(
        "6 basis and document hold visible characters only",
        HISTORY,
        "> longest or not is_plain(text) for",
        "> longest for",
        "test_history.py",
    ),
    Break(
        "6 reasons are 0 to 10",
        HISTORY,
        "    OTHER = 9\n",
        "    OTHER = 9\n    TENTH = 10\n",
        "vectors history_reason_eleven",
    ),
    Break(
        "6 set aside follows withdrawn only",
        HISTORY,
        "EventKind.SET_ASIDE: (frozenset({Status.WITHDRAWN}), None)",
        "EventKind.SET_ASIDE: (frozenset(Status), None)",
        "vectors history_set_aside_w",
    ),
    Break(
        "6 set aside brings no state",
        HISTORY,
        "EventKind.SET_ASIDE: (frozenset({Status.WITHDRAWN}), None)",
        "EventKind.SET_ASIDE: (frozenset({Status.WITHDRAWN}), Status.VALID)",
        "vectors withdrawn_and_set_aside",
    ),
    Break(
        "6 set aside names a certificate number",
        HISTORY,
        "case EventKind.SUPERSEDED | EventKind.SET_ASIDE:",
        "case EventKind.SET_ASIDE:\n                return True\n            case EventKind.SUPERSEDED:",
        "vectors history_set_aside_without_a_number history_set_aside_for",
    ),
    Break(
        "6 what is in force is not erased",
        HISTORY,
        "EventKind.ERASED: (frozenset({Status.WITHDRAWN, Status.CANCELLED, Status.SUPERSEDED}), None)",
        "EventKind.ERASED: (frozenset(Status), None)",
        "vectors history_erased_when",
    ),
    Break(
        "6 erased follows superseded too",
        HISTORY,
        "EventKind.ERASED: (frozenset({Status.WITHDRAWN, Status.CANCELLED, Status.SUPERSEDED}), None)",
        "EventKind.ERASED: (frozenset({Status.WITHDRAWN, Status.CANCELLED}), None)",
        "vectors superseded_and_erased",
    ),
    Break(
        "6 the certificate replaced is named by a certificate number",
        HISTORY,
        "return NUMBER.fullmatch(replaced.number) is not None and",
        "return",
        "vectors history_replaces_in_small history_replaces_a_number_too_short",
    ),
    Break(
        "6 the day to count from is not later than the issued date",
        HISTORY,
        "and replaced.counted_from <= self.effective",
        "",
        "vectors history_counts_from_after_the_issued_date",
    ),
    Break(
        "6 true is no day to count from",
        HISTORY,
        "case [str(number), day] if type(day) is int:",
        "case [str(number), int(day)]:",
        "vectors history_counts_from_true",
    ),
    Break(
        "6 kinds and reasons end with 255",
        HISTORY,
        "MAX_CODE: Final = 255",
        "MAX_CODE: Final = 256",
        "vectors history_of_kind_256 history_of_reason_256",
    ),
    Break(
        "6 kinds begin with 1",
        HISTORY,
        "if not 1 <= kind <= MAX_CODE",
        "if not 0 <= kind <= MAX_CODE",
        "vectors history_of_kind_0",
    ),
    Break(
        "6 what stands in front of an unknown event is in order",
        HISTORY,
        "        if known:\n            History(cti=self.cti, events=known)\n",
        "",
        "vectors history_of_unknown_kind_after_a_wrong_event",
    ),
    Break(
        "6 what stands behind an unknown event is not looked at",
        HISTORY,
        "for parts in itertools.takewhile(_is_known, self.parts)])",
        "for parts in self.parts if _is_known(parts)])",
        "vectors history_of_unknown_kind_and_a_wrong_detail",
    ),
    Break(
        "6 an event of an unknown reason is as one of an unknown kind",
        HISTORY,
        "return parts.kind in _KINDS and parts.reason in _REASONS",
        "return parts.kind in _KINDS and parts.reason in _REASONS or parts.reason == 11",
        "vectors history_reason_eleven",
    ),
    Break(
        "6 whose a history is comes before how new it is",
        STEPS,
        "    if signed.cti != cti:\n",
        "    signed.read()\n    if signed.cti != cti:\n",
        "vectors history_of_unknown_kind_of_another",
    ),
    Break(
        "6 the key comes before how new a history is",
        STEPS,
        "    view.trust.check_record_key(entry, signed.recorded)\n",
        "    signed.read()\n    view.trust.check_record_key(entry, signed.recorded)\n",
        "vectors history_of_unknown_kind_by_a_lost_key",
    ),
    Break(
        "6 a history of a later version needs a later program",
        STEPS,
        "        check.cannot_know(5, Reason.NEWER_FORMAT)\n",
        "        check.cannot_know(5, Reason.HISTORY_UNTRUSTED)\n",
        "vectors history_of_unknown_kind_at_the_end",
    ),
)
