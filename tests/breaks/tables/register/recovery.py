"""Backups, the journal, restoring and proving: what is lost, and what is said of it."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break, Edit

CONTAINER: Final = "issuer/backup/container.py"
JOURNAL: Final = "issuer/backup/journal.py"
KEEPING: Final = "issuer/backup/keeping.py"
LOST: Final = "issuer/backup/lost.py"
MAKING: Final = "issuer/backup/making.py"
SEGMENTS: Final = "issuer/backup/segments.py"
RESTORING: Final = "issuer/services/restoring.py"
OVERLAY: Final = "issuer/backup/overlay.py"
PUBLISHER: Final = "issuer/publishing/publisher.py"
PUBLICATIONS: Final = "issuer/db/publications.py"
PUBLISHING: Final = "issuer/worker/publishing.py"
PROVING: Final = "issuer/proving/certificates.py"
TABLES: Final = "issuer/proving/tables.py"
OF_MAKING: Final = "backup/test_making.py::"
OF_JOURNAL: Final = "backup/test_journal.py::"
OF_RESTORING: Final = "backup/test_restoring.py::"
OF_PROVING: Final = "backup/test_proving.py::"

BREAKS: Final = (
    Break(
        "recovery: the last chunk is marked, so that a file that was cut does not open",
        CONTAINER,
        "        mark = _MORE if self._next else _LAST\n",
        "        mark = _MORE\n",
        f"{OF_MAKING}test_a_body_that_was_cut_between_two_chunks_does_not_open",
        also=(
            Edit(
                CONTAINER,
                "        self._put(bytes(self._waiting), _LAST)\n",
                "        self._put(bytes(self._waiting), _MORE)\n",
            ),
            Edit(CONTAINER, "        self._over = mark == _LAST\n", "        self._over = not self._next\n"),
        ),
    ),
    Break(
        "recovery: the head is bound to the key of the file",
        CONTAINER,
        "    sealed = key.seal(file_key, info=info)\n",
        '    sealed = key.seal(file_key, info=b"")\n',
        f"{OF_MAKING}test_what_was_changed_does_not_open",
        also=(
            Edit(CONTAINER, "recovery.unseal(self.sealed, info=self.info)", 'recovery.unseal(self.sealed, info=b"")'),
        ),
    ),
    Break(
        "recovery: another recovery key is called that",
        CONTAINER,
        "        if recovery.key_id != self.head.key_id:\n",
        "        if False:\n",
        f"{OF_MAKING}test_only_its_own_key_opens_it",
    ),
    Break(
        "recovery: the newest of all is kept whatever its age",
        KEEPING,
        "    kept = set(map(id, ordered[:1]))\n",
        "    kept = set[int]()\n",
        f"{OF_MAKING}test_old_ones_are_kept_by_a_rule",
    ),
    Break(
        "recovery: nothing of another program is removed",
        KEEPING,
        "        except InputError:\n            continue\n",
        "        except InputError:\n            path.unlink()\n            continue\n",
        f"{OF_MAKING}test_only_backups_of_this_deployment_are_removed",
    ),
    Break(
        "recovery: the files of the home are in it",
        MAKING,
        "        for place, mode, data in files_of(sources.home):\n",
        "        for place, mode, data in ():\n",
        f"{OF_MAKING}test_it_holds_the_files_of_the_home_and_no_root_key_and_no_passphrase",
    ),
    Break(
        "recovery: nothing is public that it does not hold",
        PUBLISHER,
        "        self._before_placing()\n",
        "",
        f"{OF_JOURNAL}test_nothing_is_public_that_the_journal_does_not_hold",
    ),
    Break(
        "recovery: what is on its disk is not written again",
        JOURNAL,
        "            marks.clear(session.connection(), ids)\n",
        "",
        f"{OF_JOURNAL}test_what_is_marked_is_written_once",
    ),
    Break(
        "recovery: a disk that is full is noted",
        JOURNAL,
        "            row.failure = error.code\n",
        "            pass\n",
        f"{OF_JOURNAL}test_a_full_disk_stops_nothing_and_is_noted",
    ),
    Break(
        "recovery: an empty folder is no journal",
        JOURNAL,
        "    if row.entry and not any(",
        "    if False and not any(",
        f"{OF_JOURNAL}test_an_empty_mount_is_no_journal",
    ),
    Break(
        "recovery: a record that lacks is told",
        SEGMENTS,
        "            self.missing = self._whole + 1\n            return\n",
        "            pass\n",
        f"{OF_JOURNAL}test_a_segment_that_lacks_ends_the_journal_there",
    ),
    Break(
        "recovery: the row of the journal counts, not the older one of the backup",
        OVERLAY,
        "            if found is None:\n",
        "            if True:\n",
        f"{OF_JOURNAL}test_disk_lost_with_a_journal",
    ),
    Break(
        "recovery: without a journal the margin is said",
        RESTORING,
        "    if source.journal is None:\n        _require_margin(wanted)\n",
        "",
        f"{OF_RESTORING}test_without_a_journal_the_margin_is_said",
    ),
    Break(
        "recovery: numbers that may have been used are skipped",
        RESTORING,
        "        session.execute(update(table).values(last=table.c.last + margin))\n",
        "",
        f"{OF_RESTORING}test_numbers_that_may_have_been_used_are_skipped",
    ),
    Break(
        "recovery: a snapshot gets no number that may have been given",
        RESTORING,
        "            sequence += max(0, int((now - done.until).total_seconds()))\n",
        "            pass\n",
        f"{OF_RESTORING}test_no_snapshot_gets_a_number_twice",
    ),
    Break(
        "recovery: no withdrawn certificate comes back",
        PUBLISHING,
        "            self._require_settled()\n            self._make_whole(anew=True)\n",
        "            self._make_whole(anew=True)\n",
        f"{OF_RESTORING}test_what_the_public_saw_is_ordered_anew_before_anything_is_published",
    ),
    Break(
        "recovery: a holder is found by the ID document that was approved",
        PROVING,
        "    if holder.blind_index != read.vault.blind_index(",
        "    if False and holder.blind_index != read.vault.blind_index(",
        f"{OF_PROVING}test_a_holder_with_the_index_of_nobody_is_found",
    ),
    Break(
        "recovery: an operator is the one of the administrator's file",
        TABLES,
        "    yield from _operators(session, operators)\n",
        "",
        f"{OF_PROVING}test_what_an_insider_changed_in_each_table_is_found_at_once",
    ),
)
