"""Lists: where the rows of a list begin and end, what the clerk says of it, and what is given back."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break, Edit

READING: Final = "issuer/intake/reading.py"
HEADINGS: Final = "issuer/intake/headings.py"
SAID: Final = "issuer/intake/said.py"
NORMAL_FORM: Final = "issuer/intake/normalform.py"
ANNOTATE: Final = "issuer/intake/annotate.py"
WORKBOOK: Final = "issuer/intake/workbook.py"
DATES: Final = "issuer/intake/dates.py"

BREAKS: Final = (
    Break(
        "intake: a header names a person, a number and one thing more",
        READING,
        "if not fields >= KEY_FIELDS or len(fields) <= len(KEY_FIELDS):",
        "if len(fields) <= len(KEY_FIELDS):",
        "intake/test_reading.py::test_a_header_names_a_person_a_number_and_more",
    ),
    Break(
        "intake: a header of two columns is none",
        READING,
        "if not fields >= KEY_FIELDS or len(fields) <= len(KEY_FIELDS):",
        "if not fields >= KEY_FIELDS:",
        "intake/test_reading.py::test_a_header_names_a_person_a_number_and_more",
    ),
    Break(
        "intake: a header stands within the first 30 rows",
        READING,
        "if row.number > HEADER_WITHIN:",
        "if False:",
        "intake/test_reading.py::test_a_header_stands_within_the_first_rows",
    ),
    Break(
        "intake: two columns for one field are refused",
        READING,
        "    if doubled:  #",
        "    if False:  #",
        "intake/test_reading.py::test_two_columns_for_one_field_are_refused",
    ),
    Break(
        "intake: a hidden sheet is not read",
        READING,
        "visible = [header for header in headers if header.sheet.visible]",
        "visible = headers",
        "intake/test_reading.py::test_a_hidden_sheet_is_reported_and_not_read",
    ),
    Break(
        "intake: a hidden sheet is told",
        READING,
        "for h in headers if not h.sheet.visible]",
        "for h in headers[:0]]",
        "intake/test_reading.py::test_a_hidden_sheet_is_reported_and_not_read",
    ),
    Break(
        "intake: two lists in one file are ambiguous",
        READING,
        "    if len(filled) > 1:\n",
        "    if False:\n",
        "intake/test_reading.py::test_two_lists_in_one_file_are_ambiguous",
    ),
    Break(
        "intake: a header that is repeated is no award",
        HEADINGS,
        "if headings.is_repeated(row, places) or _numbers_columns(row):",
        "if _numbers_columns(row):",
        "intake/test_reading.py::test_totals_and_repeated_headers_are_skipped_and_said",
    ),
    Break(
        "intake: a total is no award",
        HEADINGS,
        "    if filled <= _FEW_CELLS and not any(keys):\n        return False\n    return not _is_foot(row, places)",
        "    return True",
        "intake/test_reading.py::test_totals_and_repeated_headers_are_skipped_and_said",
    ),
    Break(
        "intake: a row that lacks its name is an award all the same",
        HEADINGS,
        "if filled <= _FEW_CELLS and not any(keys):",
        "if filled <= 99 and not all(keys):",
        "intake/test_reading.py::test_a_row_that_lacks_only_its_name_is_not_skipped",
    ),
    Break(
        "intake: a decorated heading is found by its word",
        HEADINGS,
        '_DECORATION = re.compile(r"\\([^)]*\\)|[\\s*:]")',
        '_DECORATION = re.compile(r"[\\s*:]")',
        "intake/test_reading.py::test_headings_are_found_by_synonym_through_their_decoration",
    ),
    Break(
        "intake: a hidden row is left out when the clerk says so",
        READING,
        "if why is not None and hidden is HiddenRows.LEAVE:",
        "if False:",
        "intake/test_seen.py::test_a_row_that_nobody_sees_waits_for_the_clerks_word",
    ),
    Break(
        "intake: an award has one form",
        NORMAL_FORM,
        "    if draft_to_json(draft, salt=salt) != data:\n",
        "    if False:\n",
        "intake/test_results.py::test_what_is_no_award_is_refused",
    ),
    Break(
        "intake: a member of the normal form has exactly its type",
        NORMAL_FORM,
        "        _require_types(draft)\n",
        "",
        "intake/test_results.py::test_a_member_of_the_normal_form_has_its_form",
    ),
    Break(
        "intake: the certificate that a row replaces has a number's form",
        NORMAL_FORM,
        "    if not NUMBER.fullmatch(number):\n",
        "    if False:\n",
        "intake/test_results.py::test_a_member_of_the_normal_form_has_its_form",
    ),
    Break(
        "intake: a photo is named by its digest",
        NORMAL_FORM,
        "        digest_from_hex(draft.photo)\n",
        "        str(draft.photo)\n",
        "intake/test_results.py::test_a_member_of_the_normal_form_has_its_form",
    ),
    Break(
        "intake: a salt has 16 bytes",
        NORMAL_FORM,
        "    if len(from_base64url(text)) != SALT_BYTES:\n",
        "    if not from_base64url(text):\n",
        "intake/test_results.py::test_a_member_of_the_normal_form_has_its_form",
    ),
    Break(
        "intake: a cell that begins like a formula goes back as text",
        WORKBOOK,
        "sheet.write_string(",
        "sheet.write(",
        "intake/test_results.py::test_no_text_becomes_a_formula_or_a_link",
    ),
    Break(
        "intake: a cell that begins like a formula stays a text when it is saved anew",
        WORKBOOK,
        "quoted = text.startswith(_LIKE_A_FORMULA)",
        "quoted = False",
        "intake/test_results.py::test_no_text_becomes_a_formula_or_a_link",
    ),
    Break(
        "intake: what the file format cannot hold is replaced",
        WORKBOOK,
        'fit = _UNFIT.sub("\\ufffd", text)',
        "fit = text",
        "intake/test_results.py::test_what_the_file_format_cannot_hold_does_not_stop_the_copy",
    ),
    Break(
        "intake: a marked copy has no column more than is read",
        ANNOTATE,
        "    if _width(sheet) >= MAX_COLUMNS:  #",
        "    if False:  #",
        "intake/test_results.py::test_a_list_as_wide_as_is_read_gets_its_results_on_a_page_of_its_own",
    ),
    Break(
        "intake: our column of results is not read as the office's",
        READING,
        "    if not ours:\n",
        "    if True:\n",
        "intake/test_results.py::test_a_row_that_was_skipped_is_skipped_in_the_marked_copy_too",
    ),
    Break(
        "intake: a cell that was refused as it stood is refused in the copy too",
        ANNOTATE,
        "UNKNOWN if isinstance(cell, BadCell) else _kept(cell)",
        "_kept(cell)",
        "intake/test_results.py::test_what_was_refused_is_refused_again_when_the_copy_comes_back_as_it_is",
    ),
    Break(
        "intake: a row that is hidden is hidden in the copy too",
        ANNOTATE,
        "[row.number for row in sheet.rows if row.hidden]",
        "()",
        "intake/test_results.py::test_what_was_refused_is_refused_again_when_the_copy_comes_back_as_it_is",
    ),
    Break(
        "intake: an annotated cell has the colour of its worst finding",
        ANNOTATE,
        "for finding in sorted(findings, key=lambda each: _WORST_LAST.index(each.severity))",
        "for finding in sorted(findings, key=lambda each: -_WORST_LAST.index(each.severity))",
        "intake/test_results.py::test_a_cell_has_the_colour_of_its_worst_finding",
    ),
    Break(
        "intake: a date has no time of day",
        DATES,
        "if near - datetime.combine(near.date(), time(0), moment.tzinfo) > 2 * _NOISE:",
        "if False:",
        "intake/test_checking.py::test_what_would_be_a_guess_is_no_date",
    ),
    Break(
        "intake: a date's separators are alike",
        DATES,
        "\\2([0-9]{1,2})",
        "[-/.]([0-9]{1,2})",
        "intake/test_checking.py::test_what_would_be_a_guess_is_no_date",
    ),
    Break(
        "intake: a date written with a time of day is refused",
        DATES,
        'if match[5] is not None and set(match[5]) - set("0:."):',
        "if False:",
        "intake/test_characters.py::test_a_time_of_day_is_called_one",
    ),
    Break(
        "intake: the noise of a binary fraction is no time of day",
        DATES,
        "_NOISE = timedelta(milliseconds=5)",
        "_NOISE = timedelta(0)",
        "intake/test_characters.py::test_the_noise_of_a_binary_fraction_is_no_time_of_day",
    ),
    Break(
        "intake: a heading may take two rows",
        READING,
        "return two if two is not None and len(two.columns) > len(one.columns) else one",
        "return one",
        "intake/test_headings.py::test_a_heading_in_two_rows_is_read",
    ),
    Break(
        "intake: a group and a word below it are one heading",
        HEADINGS,
        "return self.field(own) if joined is None else joined",
        "return self.field(own)",
        "intake/test_headings.py::test_a_column_under_a_group_is_known_by_both_words",
    ),
    Break(
        "intake: a row that numbers the columns is no award",
        HEADINGS,
        "if headings.is_repeated(row, places) or _numbers_columns(row):",
        "if headings.is_repeated(row, places):",
        "intake/test_headings.py::test_a_row_that_numbers_the_columns_is_skipped",
    ),
    Break(
        "intake: a row for signatures is no award",
        HEADINGS,
        "return not _is_foot(row, places)",
        "return True",
        "intake/test_headings.py::test_totals_notes_and_signatures_are_no_persons",
    ),
    Break(
        "intake: who has an ID number is no foot",
        HEADINGS,
        "if number is not None and not _says_foot(number) and",
        "if False and",
        "intake/test_headings.py::test_a_person_is_never_taken_for_a_foot",
        also=(
            Edit(
                HEADINGS,
                "if sum(text is not None and not _says_foot(text) for text in told) >= _FEW_CELLS:",
                "if False:",
            ),
        ),
    ),
    Break(
        "intake: a word in a column of free text makes no foot of a person",
        HEADINGS,
        "return bool(saying - free) or",
        "return bool(saying) or",
        "intake/test_headings.py::test_a_person_of_whom_little_is_given_is_no_foot",
    ),
    Break(
        "intake: the clerk names the sheet",
        READING,
        "chosen = [sheet for sheet in sheets if sheet.name == said.sheet]",
        "chosen = sheets[:1]",
        "intake/test_headings.py::test_the_clerk_names_one_of_several_sheets",
    ),
    Break(
        "intake: what the clerk says of a heading comes first",
        HEADINGS,
        "return self.said[plain] if plain in self.said else _synonyms().get(plain)",
        "return _synonyms().get(plain)",
        "intake/test_headings.py::test_the_clerk_leaves_one_of_two_columns_aside",
    ),
    Break(
        "intake: what was said of a column that is not there is told",
        READING,
        "    if unused:\n",
        "    if False:\n",
        "intake/test_headings.py::test_a_column_that_is_not_there_is_told",
    ),
    Break(
        "intake: nobody's name is given for a whole list",
        SAID,
        "        if name in OF_ONE_PERSON:\n",
        "        if False:\n",
        "intake/test_headings.py::test_what_was_said_is_two_words_about_a_field_of_a_list",
    ),
)
