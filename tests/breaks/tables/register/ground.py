"""What the publisher builds on, finishes, finds changed and looks at."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

GROUND: Final = "issuer/publishing/ground.py"
LOOKING: Final = "issuer/publishing/looking.py"
LAYING: Final = "issuer/publishing/laying.py"
PUBLISHER: Final = "issuer/publishing/publisher.py"
PUBLICATIONS: Final = "issuer/db/publications.py"
JOB: Final = "issuer/worker/publishing.py"
COMPLETE: Final = "issuer/status/complete.py"
TAMPERED: Final = "issuing/test_tampered_publication.py::"
UNFINISHED: Final = "publishing/test_unfinished.py::"
ANY_FILE: Final = TAMPERED + "test_any_other_file_that_is_altered_or_gone_stops_publishing"
TOO_FEW: Final = TAMPERED + "test_a_register_that_lost_certificates_publishes_nothing"

BREAKS: Final = (
    Break(
        "worker: the snapshot in the folder is the last one that was published",
        GROUND,
        "    if sha256(token).digest() != made.digest:\n        raise _not_ours",
        "    if False:\n        raise _not_ours",
        TAMPERED + "test_an_older_snapshot_in_the_folder_is_not_built_upon",
    ),
    Break(
        "worker: a snapshot that is gone is not made again without being asked",
        GROUND,
        '        raise altered(store, publication.SNAPSHOT, "is gone")\n    token',
        "        return None\n    token",
        TAMPERED + "test_a_withdrawal_does_not_come_undone_with_its_files",
    ),
    Break(
        "worker: a list at its stable address is the one that was published",
        GROUND,
        "        _check_list(store, publication.status_jwt(str(each.id)), {each.jwt})\n",
        "",
        TAMPERED + "test_a_list_of_before_does_not_come_back",
    ),
    Break(
        "worker: every file that a snapshot names is there",
        GROUND,
        "        if size is None:\n",
        "        if False:\n",
        ANY_FILE,
    ),
    Break(
        "worker: a file that a snapshot names has its size",
        GROUND,
        "if kept and size != kept[place]:",
        "if False:",
        TAMPERED + "test_a_file_of_another_size_is_seen_without_being_read",
    ),
    Break(
        "worker: a file that is named by its digest has it",
        GROUND,
        '    if sha256(data).hexdigest() != path.rpartition("/")[2]:\n',
        "    if False:\n",
        ANY_FILE,
    ),
    Break(
        "worker: a snapshot is believed for the number that it was signed for",
        GROUND,
        "    if content.seq != made.sequence:\n",
        "    if False:\n",
        TAMPERED + "test_what_the_register_keeps_of_a_snapshot_is_not_believed_either",
    ),
    Break(
        "worker: a snapshot that waits is placed only when a publisher key signed it",
        GROUND,
        '        raise altered(store, publication.SNAPSHOT, f"does not verify ({error})") from error\n    if',
        "        content = snapshots.parse_snapshot(token).content\n    if",
        TAMPERED + "test_a_snapshot_that_nobody_signed_is_not_placed",
    ),
    Break(
        "worker: a snapshot that waits is placed over the last one or itself only",
        GROUND,
        '    if not waiting.is_anew or error.code == "register_behind":\n',
        '    if error.code == "register_behind":\n',
        UNFINISHED + "test_a_folder_that_was_altered_meanwhile_is_not_finished",
    ),
    Break(
        "worker: a snapshot that waits is not placed where the last one is gone",
        GROUND,
        "        if before is not None and not waiting.is_anew:\n",
        "        if False:\n",
        UNFINISHED + "test_a_folder_that_was_altered_meanwhile_is_not_finished",
    ),
    Break(
        "worker: what a killed run kept is placed by the next",
        PUBLISHER,
        "        if waiting is None or waiting.is_confirmed:\n            return\n",
        "        if waiting is None or waiting:\n            return\n",
        UNFINISHED + "test_what_a_killed_run_kept_is_placed_by_the_next",
    ),
    Break(
        "worker: a register that has fewer certificates than are published publishes nothing",
        PUBLISHER,
        "if footing.ground is not None and count < footing.ground.content.records:",
        "if False:",
        TOO_FEW,
    ),
    Break(
        "worker: everything laid out anew is held against the lists that were published last",
        PUBLISHER,
        "laid = layer.anew(session, self._last_statuses(trust), new, count, trust)",
        "laid = layer.anew(session, None, new, count, trust)",
        "issuing/test_tampered_publication.py::test_a_withdrawal_does_not_come_undone_with_its_files",
    ),
    Break(
        "worker: every statement on certificates has its events",
        COMPLETE,
        "statement.act in CERTIFICATE_ACTS and found < ordered",
        "False",
        TAMPERED + "test_a_withdrawal_does_not_come_undone_with_its_files",
    ),
    Break(
        "worker: nothing is laid out anew while something has no proof",
        JOB,
        "            if not act or held:\n",
        "            if not act:\n",
        TAMPERED + "test_a_withdrawal_does_not_come_undone_with_its_files",
    ),
    Break(
        "worker: laying out anew looks at every digest",
        JOB,
        "                self._publisher.check_whole(ground)\n",
        "                str(ground)\n",
        TAMPERED + "test_a_changed_byte_in_a_shard_that_nothing_touches_is_seen",
    ),
    Break(
        "worker: what changed is found from the events",
        JOB,
        "            found = set(publications.unpublished(session, urgent=urgent))\n",
        "            found = set[str]()\n",
        TAMPERED + "test_a_hidden_withdrawal_is_published_all_the_same",
    ),
    Break(
        "worker: an event is marked with the snapshot that it went out with",
        PUBLICATIONS,
        "            session.execute(update(table_of(EventRow)).where(went_out).values(published=sequence))\n",
        "",
        UNFINISHED + "test_a_kill_before_the_confirmation_needs_no_hand",
    ),
    Break(
        "worker: each publication looks at some certificates at random",
        JOB,
        "self._publisher.look(ground, self._sample())",
        "self._publisher.look(ground, [])",
        TAMPERED + "test_a_withdrawal_that_is_said_to_be_out_is_found",
    ),
    Break(
        "worker: a walk passes every certificate within a day",
        LOOKING,
        "for part in parts_of(due))",
        "for part in parts_of(due)[-1:])",
        TAMPERED + "test_a_walk_passes_everything_once_a_day",
    ),
    Break(
        "worker: what the register has beyond the public is found",
        LOOKING,
        "    if marked > len(public):\n",
        "    if False:\n",
        TAMPERED + "test_a_withdrawal_that_is_said_to_be_out_is_found",
    ),
    Break(
        "worker: what the public has beyond the register is told",
        LOOKING,
        "    if register[: len(public)] != public:\n",
        "    if False:\n",
        "issuing/test_tampered_events.py::test_the_first_event_is_not_rewritten_either",
    ),
)
