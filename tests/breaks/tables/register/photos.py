"""Photos: what goes on of a stranger's picture, whose it is, and that only the signed one is printed."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

CLEAN: Final = "issuer/photos/clean.py"
PLAIN: Final = "issuer/photos/plain.py"
APART: Final = "issuer/photos/apart.py"
CHILD: Final = "issuer/photos/child.py"
MATCHING: Final = "issuer/intake/photos.py"
STORED: Final = "issuer/batches/photos.py"
STORE: Final = "issuer/batches/store.py"
SPOOL: Final = "issuer/batches/spool.py"
ISSUER: Final = "issuer/issuing/issuer.py"
MAKING: Final = "issuer/documents/making.py"
FACE: Final = "issuer/documents/face.py"
FOLDER: Final = "cli/photos.py"
OF_CLEANING: Final = "photos/test_clean.py::"
OF_MATCHING: Final = "intake/test_photos.py::"
OF_ISSUING: Final = "issuing/test_photos.py::"
RESERVE: Final = "issuer/issuing/reserve.py"

BREAKS: Final = (
    Break(
        "intake: a photo is turned as the camera says",
        CLEAN,
        "    if orientation in _TURNS:",
        "    if False:",
        OF_CLEANING + "test_the_camera_s_orientation_is_applied_and_gone",
    ),
    Break(
        "intake: nothing that was written beside a photo goes on",
        CLEAN,
        'bare = Image.frombytes("RGB", picture.size, picture.tobytes())',
        "bare = picture",
        OF_CLEANING + "test_what_a_camera_wrote_is_gone",
    ),
    Break(
        "intake: a photo has a bound of pixels",
        CLEAN,
        "    if width * height > MAX_PHOTO_PIXELS:",
        "    if False:",
        OF_CLEANING + "test_what_is_no_photo_is_refused",
    ),
    Break(
        "intake: a photo is JPEG or PNG by its bytes",
        CLEAN,
        '    if not data.startswith(_OURS):\n        raise PhotoError("photo_kind", kind=kind_of(data))\n',
        "",
        OF_CLEANING + "test_another_kind_is_named",
    ),
    Break(
        "intake: an animation is no photo",
        CLEAN,
        'if image.format == "PNG" and getattr(image, "is_animated", False):',
        "if False:",
        OF_CLEANING + "test_what_is_no_photo_is_refused",
    ),
    Break(
        "intake: a photo's colours are brought into sRGB",
        CLEAN,
        "    if profile:\n",
        "    if False:\n",
        OF_CLEANING + "test_other_colours_become_srgb",
    ),
    Break(
        "intake: a grey photo of 16 bits keeps its light",
        CLEAN,
        '    if image.mode.startswith("I"):',
        "    if False:",
        OF_CLEANING + "test_every_kind_of_png_is_read",
    ),
    Break(
        "intake: what is transparent in a photo lies on white",
        CLEAN,
        'Image.new("RGB", picture.size, "white")',
        'Image.new("RGB", picture.size)',
        OF_CLEANING + "test_what_is_transparent_lies_on_white",
    ),
    Break(
        "intake: a plain photo has no segment for text",
        PLAIN,
        "head[0] != 0xFF or head[1] not in _NEEDED:",
        "head[0] != 0xFF:",
        "photos/test_plain.py::test_what_is_more_than_a_picture_is_not_taken",
    ),
    Break(
        "intake: a plain photo has no preview",
        PLAIN,
        "if head[1] == _JFIF and size != _JFIF_BYTES:",
        "if False:",
        "photos/test_plain.py::test_what_is_more_than_a_picture_is_not_taken",
    ),
    Break(
        "intake: nothing stands in or behind the scan of a plain photo",
        PLAIN,
        "    if _MARKER.search(data, at + 2 + size, len(data) - len(_END)):",
        "    if False:",
        "photos/test_plain.py::test_what_is_more_than_a_picture_is_not_taken",
    ),
    Break(
        "intake: what the child gives back is looked at",
        APART,
        "Cleaned(photo=require_plain(photo), width",
        "Cleaned(photo=cast(Any, photo), width",
        "photos/test_apart.py::test_a_child_that_gives_back_more_than_a_picture_is_not_believed",
    ),
    Break(
        "intake: a child has a bound of time for each photo",
        CHILD,
        "    signal.setitimer(signal.ITIMER_REAL, seconds)\n",
        "",
        "photos/test_apart.py::test_what_takes_too_long_is_refused_and_the_next_is_cleaned",
    ),
    Break(
        "intake: a child that waits for ever is ended",
        APART,
        "        timer.start()\n",
        "        timer.daemon = True\n        threading.Timer(3, self._process.kill).start()\n",
        "photos/test_apart.py::test_a_child_that_dies_over_a_photo_costs_that_photo",
    ),
    Break(
        "intake: an ID number goes before a number in the list",
        MATCHING,
        "        owners = numbers.get(_number_form(stem), [])\n        if not owners:\n",
        "        owners = numbers.get(_number_form(stem), [])\n        if True:\n",
        OF_MATCHING + "test_a_file_is_named_by_the_id_number_or_by_the_number_in_the_list",
    ),
    Break(
        "intake: a photo's name is cleaned as the list is",
        MATCHING,
        "    return one_form(bare(given)[0])",
        "    return given",
        OF_MATCHING + "test_a_file_s_name_is_cleaned_as_the_list_s_number_is",
    ),
    Break(
        "intake: a number that several rows have gives nobody a photo",
        MATCHING,
        "            if len(owners) > 1:",
        "            if False:",
        OF_MATCHING + "test_a_number_that_two_rows_have_gives_nobody_a_photo",
    ),
    Break(
        "intake: two photos for a row are an error",
        MATCHING,
        "        if len(files) > 1:\n",
        "        if False:\n",
        OF_MATCHING + "test_two_files_for_a_row_are_an_error_that_names_both",
    ),
    Break(
        "intake: a row without a photo is warned of",
        MATCHING,
        '            owned.findings.append(make("photo_missing", field=_FIELD, at=_place(row)))',
        "            pass",
        OF_MATCHING + "test_a_row_without_a_photo_is_warned_of_and_good",
    ),
    Break(
        "intake: a photo that cannot be used rejects its row",
        "issuer/intake/together.py",
        "    bad = {each.sheet_row for each in found if each.severity is Severity.ERROR}",
        "    bad: set[int | None] = set()",
        OF_MATCHING + "test_a_photo_that_cannot_be_used_rejects_its_row",
    ),
    Break(
        "intake: names of photos are masked",
        MATCHING,
        "    if len(told) > _SHORT or not all(c.isascii() for c in told):",
        "    if False:",
        OF_MATCHING + "test_a_file_s_name_is_shown_without_a_person_s_number_or_name",
    ),
    Break(
        "intake: a photo is read no further than it may go",
        MATCHING,
        "file.read(MAX_PHOTO_BYTES + 1)",
        "file.read(1 << 40)",
        OF_MATCHING + "test_files_are_read_one_at_a_time_and_no_further_than_a_photo_may_go",
    ),
    Break(
        "intake: a link in a folder of photos is not followed",
        FOLDER,
        "entry.is_file(follow_symlinks=False)",
        "entry.is_file()",
        "cli/test_photos.py::test_only_files_directly_in_the_folder_are_read",
    ),
    Break(
        "intake: nor is one that takes a photo's place",
        FOLDER,
        ' | getattr(os, "O_NOFOLLOW", 0)',
        "",
        "cli/test_photos.py::test_what_takes_a_file_s_place_is_not_followed",
    ),
    Break(
        "intake: the spool of photos has no name",
        SPOOL,
        "tempfile.TemporaryFile(dir=self._directory)",
        "tempfile.NamedTemporaryFile(dir=self._directory, delete=False)",
        "services/test_photos.py::test_a_run_that_is_killed_leaves_nothing_and_is_done_again",
    ),
    Break(
        "intake: a list that is a batch is told before its photos are read",
        "issuer/services/batches.py",
        "            require_new(session, file, file.reading.sheet)\n",
        "            pass\n",
        "services/test_photos.py::test_a_list_that_is_a_batch_takes_no_photos_until_it_was_rejected",
    ),
    Break(
        "intake: a row is stored with the photo that it names",
        STORE,
        "            if sha256(photo).hexdigest() != row.photo:",
        "            if False:",
        "register/test_proof.py::test_a_row_is_not_stored_without_the_photo_that_it_names",
    ),
    Break(
        "worker: a photo is the one that was signed",
        STORED,
        "    if sha256(photo).hexdigest() != row.draft.photo:",
        "    if False:",
        OF_ISSUING + "test_nothing_is_signed_for_another_photo",
    ),
    Break(
        "worker: no number is taken for another photo",
        RESERVE,
        "        require_photos(session, self._vault, new)\n",
        "",
        "issuing/test_photos.py::test_nothing_is_signed_for_another_photo",
    ),
    Break(
        "worker: a photo is looked at again before it is signed",
        ISSUER,
        "            require_photos(session, self._kit.vault, [each.row for each in ready])\n",
        "            pass\n",
        "issuing/test_photos.py::test_nor_for_one_that_came_after_the_number_was_reserved",
    ),
    Break(
        "worker: the face names the photo that the row names",
        FACE,
        "photo=None if draft.photo is None else digest_from_hex(draft.photo),",
        "photo=None,",
        OF_ISSUING + "test_what_was_signed_is_embedded_named_and_confirmed",
    ),
    Break(
        "worker: the page embeds the photo",
        MAKING,
        "            photo=photo,\n",
        "",
        OF_ISSUING + "test_what_was_signed_is_embedded_named_and_confirmed",
    ),
    Break(
        "worker: a successor takes the photo along",
        "issuer/services/replacements.py",
        "replace(each, photo=older[each.sheet_row - 1].draft.photo)",
        "replace(each, photo=None)",
        "services/test_photos.py::test_the_successor_takes_the_photo_along",
    ),
    Break(
        "audit: a photo is sealed under its holder's key",
        STORED,
        "    sealed = key.seal(photo, row=award_id, **_PLACE)\n",
        "    sealed = photo\n",
        OF_ISSUING + "test_the_register_and_the_publication_hold_no_readable_photo",
    ),
)
