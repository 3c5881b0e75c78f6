"""Documents: when they are made, what of a seal is made once, whose processes end when, and room on the disk."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

CHILDREN: Final = "issuer/children.py"
CMS: Final = "issuer/documents/cms.py"
MAKING: Final = "issuer/documents/making.py"
RENDER: Final = "issuer/documents/render.py"
ROOM: Final = "issuer/documents/room.py"
OPENING: Final = "issuer/home/opening.py"
CERTIFICATES: Final = "issuer/db/certificates.py"
WORK: Final = "issuer/services/work.py"
JOB: Final = "issuer/worker/documents.py"
MAKERS: Final = "issuer/worker/makers.py"
WORKER: Final = "issuer/worker/worker.py"
BY_CMS: Final = "documents/test_cms.py::"
BY_JOB: Final = "worker/test_documents.py::"

BREAKS: Final = (
    Break(
        "documents: none is made unasked",
        WORKER,
        "        if with_documents:\n            self._all_documents(batch_id, documents)\n",
        "        self._all_documents(batch_id, documents)\n",
        BY_JOB + "test_issuing_makes_no_document_unasked",
    ),
    Break(
        "documents: what is made is not made again",
        CERTIFICATES,
        "            CertificateRow.document_path.is_(None),\n",
        "",
        BY_JOB + "test_two_processes_make_what_one_makes",
    ),
    Break(
        "documents: what several processes made is recorded to the last",
        JOB,
        "        piece.record()\n        piece.held.finish()\n",
        "        piece.held.finish()\n",
        BY_JOB + "test_two_processes_make_what_one_makes",
    ),
    Break(
        "documents: an issue and its documents are asked for at once",
        WORK,
        "        if documents:\n            _request(session, actor, batch_id, now)\n",
        "    if documents:\n        with opened.register.write() as session:\n"
        "            _request(session, actor, batch_id, now)\n",
        "services/test_work.py::test_an_issue_and_its_documents_are_asked_for_at_once_or_not",
    ),
    Break(
        "documents: a batch is waited for until it is public",
        WORK,
        "found.count + outbox.publishing_of(session, batch_id)",
        "found.count",
        "services/test_work.py::test_a_batch_is_waited_for_until_it_is_public",
    ),
    Break(
        "documents: folders are open to nobody else",
        MAKING,
        "folder.mkdir(mode=0o700, exist_ok=True)",
        "folder.mkdir(exist_ok=True)",
        "issuing/test_personal_data.py::test_documents_are_private",
    ),
    Break(
        "documents: no quote ends the string that carries the fields",
        RENDER,
        """.replace('"', '\\\\"')""",
        "",
        "documents/test_render.py::test_nothing_in_the_data_ends_the_string_that_carries_it",
    ),
    Break(
        "documents: no backslash ends it either",
        RENDER,
        """.replace("\\\\", "\\\\\\\\")""",
        "",
        "documents/test_render.py::test_nothing_in_the_data_ends_the_string_that_carries_it",
    ),
    Break(
        "documents: a seal of another form than we know is not written",
        CMS,
        '        if form.written(digest, info["signature"].native) != made.dump():\n',
        "        if False:\n",
        BY_CMS + "test_another_form_is_refused_before_anything_is_signed",
    ),
    Break(
        "documents: a digest has one place",
        CMS,
        "        if len(around) != 2:\n",
        "        if False:\n",
        BY_CMS + "test_a_digest_that_stands_twice_is_refused",
    ),
    Break(
        "documents: lengths are as short as DER has them",
        CMS,
        "    if len(content) < 0x80:\n",
        "    if len(content) < 0x7F:\n",
        BY_CMS + "test_lengths_are_written_as_der_has_them",
    ),
    Break(
        "documents: what is signed are the attributes as a set",
        CMS,
        "return der(Tag.SET, self.attributes[0], digest, self.attributes[1])",
        "return der(Tag.CONTEXT_0, self.attributes[0], digest, self.attributes[1])",
        BY_CMS + "test_what_is_signed_and_what_is_written_are_pyhankos",
    ),
    Break(
        "documents: a process ends with the one that is killed",
        CHILDREN,
        "        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)\n",
        "        pass\n",
        BY_JOB + "test_a_child_ends_with_its_parent_also_when_it_looks_at_nothing",
    ),
    Break(
        "documents: a process whose parent has ended already ends too",
        CHILDREN,
        "    if os.getppid() != parent:\n",
        "    if False:\n",
        BY_JOB + "test_a_child_whose_parent_has_ended_ends_at_once",
    ),
    Break(
        "documents: a process opens no person's key",
        OPENING,
        "        if name != OF_SERVICES or new:\n",
        "        if new:\n",
        BY_JOB + "test_a_process_is_given_the_passphrase_of_services_alone",
    ),
    Break(
        "documents: what a process had when it died goes to the next",
        MAKERS,
        "        self._waiting.extendleft(reversed(maker.given))\n",
        "",
        BY_JOB + "test_a_process_that_dies_costs_no_document",
    ),
    Break(
        "documents: one over which two processes died is given up",
        MAKERS,
        "            if self._tried[first] >= TRIES:\n",
        "            if self._tried[first] > 5 * TRIES:\n                return\n            if False:\n",
        BY_JOB + "test_a_document_over_which_two_processes_die_is_given_up",
    ),
    Break(
        "documents: processes that end before they begin are told",
        MAKERS,
        "        if not maker.ready:\n",
        "        if False:\n",
        BY_JOB + "test_processes_that_end_before_they_begin_are_told",
    ),
    Break(
        "documents: without room none is made",
        JOB,
        "        require_room(self._opened.home.documents, len(missing))\n",
        "",
        BY_JOB + "test_without_room_no_document_is_made",
    ),
    Break(
        "documents: room is asked for in bytes",
        ROOM,
        "    if free < needed:\n",
        "    if False:\n",
        BY_JOB + "test_a_province_needs_sixty_gigabytes_and_is_refused_with_fewer",
    ),
    Break(
        "documents: and in files, folders included",
        ROOM,
        "files = count + min(2 * count, FOLDERS)",
        "files = count",
        BY_JOB + "test_places_for_files_are_counted_with_those_for_folders",
    ),
    Break(
        "documents: where files have no fixed number they are not counted",
        ROOM,
        "    if disk.f_files and disk.f_favail < files:",
        "    if disk.f_favail < files:",
        BY_JOB + "test_a_file_system_without_a_fixed_number_of_files_is_not_asked_for_it",
    ),
)
