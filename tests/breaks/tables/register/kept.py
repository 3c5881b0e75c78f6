"""What the root signs and knows, what is kept of it, and the look before anything is called done."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

KEPT: Final = "issuer/publishing/kept.py"
TAKING: Final = "issuer/publishing/taking.py"
CHANGES: Final = "issuer/trust/changes.py"
LISTS: Final = "issuer/trust/lists.py"
TRUST: Final = "issuer/services/trust.py"
LOOKING: Final = "issuer/services/looking.py"
PUBLISHING: Final = "issuer/worker/publishing.py"

BREAKS: Final = (
    Break(
        "worker: one path has one content for ever",
        KEPT,
        "    if row.content != data:\n",
        "    if False:\n",
        "publishing/test_kept.py::test_one_path_has_one_content_for_ever",
    ),
    Break(
        "worker: what the root signed is kept before it is written",
        TRUST,
        "            kept.keep(session, path, data, now=now)\n",
        "            str(path)\n",
        "publishing/test_kept.py::test_signed_and_killed_before_it_was_written_it_is_finished_by_the_next_run",
    ),
    Break(
        "worker: a folder that lost files gets them again before anything is published",
        PUBLISHING,
        "                self._make_whole()\n                ground",
        "                ground",
        "publishing/test_kept.py::test_a_folder_that_lost_its_newest_list_has_it_again_with_the_next_publication",
    ),
    Break(
        "worker: another file in the folder is not overwritten in silence",
        KEPT,
        "        if path.endswith(digest.hex()):\n",
        "        if True:\n",
        "publishing/test_kept.py::test_another_file_in_the_folder_stops_everything",
    ),
    Break(
        "worker: a register that knows less than the folder signs nothing",
        KEPT,
        "        unknown = sorted(set(store.list(directory)) - known, key=_order)\n",
        "        unknown = sorted(set[str](), key=_order)\n",
        "publishing/test_kept.py::test_a_register_that_is_an_older_copy_signs_no_list",
    ),
    Break(
        "worker: a draft that was overtaken is not signed",
        LISTS,
        "    check_next(store, draft.content.version)\n",
        "",
        "publishing/test_kept.py::test_two_who_sign_at_once_make_one_list",
    ),
    Break(
        "worker: a file whose bytes were altered in the register is not written",
        KEPT,
        "    if row is not None and sha256(row.content).digest() != row.digest:\n",
        "    if False and row is not None:\n",
        "publishing/test_kept.py::test_a_kept_file_that_was_altered_is_not_laid_out",
    ),
    Break(
        "worker: a home of before takes in no other root than the pinned one",
        TAKING,
        "        if root is None and data != pinned:\n",
        "        if root is None and not data:\n",
        "publishing/test_kept.py::test_another_root_than_the_pinned_one_is_not_taken_in",
    ),
    Break(
        "worker: filings that no list names by their digest are not taken in",
        TAKING,
        "            verify_filings(filings, trust)\n",
        "            str(trust)\n",
        "publishing/test_kept.py::test_what_does_not_verify_is_not_taken_in",
    ),
    Break(
        "worker: a member that comes or goes is told",
        CHANGES,
        "        elif (name in old) != (name in new) or not _same(before, after):\n",
        "        elif name in old and not _same(before, after):\n",
        "services/test_changes.py::test_a_new_grant_is_told_with_all_that_it_allows",
    ),
    Break(
        "worker: true is not one",
        CHANGES,
        "    return jsonform.encode(before) == jsonform.encode(after)\n",
        "    return before == after\n",
        "services/test_changes.py::test_true_is_not_one",
    ),
    Break(
        "worker: entries in another order are told",
        CHANGES,
        "    if stayed != stays:\n",
        "    if False:\n",
        "services/test_changes.py::test_another_order_is_told_too",
    ),
    Break(
        "worker: a grant is the same only while all but its end is",
        CHANGES,
        'if name != "until"',
        'if name not in {"until", "max_gap_days"}',
        "services/test_changes.py::test_a_grant_that_is_altered_is_one_that_goes_and_one_that_comes",
    ),
    Break(
        "worker: the committees and filings behind the digest are told",
        LISTS,
        "    changes = (*listed, *compare(before, filings, FILINGS))\n",
        "    changes = listed\n",
        "services/test_trust.py::test_filings_and_committees_are_told_with_the_list",
    ),
    Break(
        "worker: another outcome than the register's is no agreement",
        LOOKING,
        "    elif not _agrees(certificate.state, checked) and not _moved(opened, certificate):\n",
        "    elif not checked.outcome:\n",
        "services/test_looking.py::test_a_change_that_is_not_public_is_not_done",
    ),
    Break(
        "worker: without a certificate the publication must be readable",
        LOOKING,
        "        if checked.outcome != READABLE:\n",
        "        if not checked.outcome:\n",
        "services/test_looking.py::test_without_a_certificate_the_publication_must_be_readable",
    ),
)
