"""What a person sees in a terminal: widths, what is cut and what never, and the language of help and of lists."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break

LAYOUT: Final = "cli/layout.py"
HELPING: Final = "cli/helping.py"
USAGE: Final = "cli/usage.py"
CONSOLE: Final = "cli/console.py"
CERTIFICATES: Final = "issuer/services/certificates.py"

BREAKS: Final = (
    Break(
        "shown: a Chinese character takes two columns",
        LAYOUT,
        'return 2 if unicodedata.east_asian_width(character) in "WF" else 1',
        "return 1",
        "cli/test_layout.py::test_chinese_takes_two_columns_and_marks_none",
    ),
    Break(
        "shown: a column that is kept is never cut",
        LAYOUT,
        "    free = [place for place in range(len(widths)) if place not in kept]\n",
        "    free = list(range(len(widths)))\n",
        "cli/test_layout.py::test_the_widest_column_is_cut_first_and_a_kept_one_never",
    ),
    Break(
        "shown: a pipe gets everything",
        CONSOLE,
        "return shutil.get_terminal_size().columns if sys.stdout.isatty() else None",
        "return shutil.get_terminal_size().columns",
        "cli/test_layout.py::test_a_pipe_gets_everything",
    ),
    Break(
        "shown: a line with a command is not broken",
        LAYOUT,
        'if _COMMAND in _QUOTED.sub("", line)',
        "if not line",
        "cli/test_layout.py::test_a_command_is_never_broken",
    ),
    Break(
        "shown: rows that are signed are never cut",
        LAYOUT,
        "    if columns is None or max(map(width, whole.splitlines())) <= columns:\n        return whole\n",
        "    if columns:\n        return table(head, rows, columns=columns)\n",
        "cli/test_layout.py::test_rows_in_full_stand_below_each_other_where_they_do_not_fit",
    ),
    Break(
        "shown: help is in one language",
        HELPING,
        'found = chinese[len(start) :] + colon if language == "zh" else english',
        "found = chinese[len(start) :] + colon + english",
        "cli/test_helping.py::test_help_is_in_one_language",
    ),
    Break(
        "shown: the language may be asked for before a group's help",
        USAGE,
        "    if HELP_OPTIONS & set(arguments):\n",
        "    if False:\n",
        "cli/test_sayings.py::test_arguments_of_another_kind_stay_where_they_are",
    ),
    Break(
        "shown: a name is looked for in every part of a list",
        CERTIFICATES,
        "part, _ = certificates.wanted(session, replace(which, after=part[-1].number), limit=MAX_LISTED, counted=0)\n",
        "part = []\n",
        "services/test_certificates.py::test_a_name_is_looked_for_in_every_part_of_a_long_list",
    ),
    Break(
        "audit: who looks for a name is noted with every certificate that was opened",
        CERTIFICATES,
        "len(found) if name is None else count",
        "len(found)",
        "services/test_certificates.py::test_a_list_is_chosen_by_a_name_that_only_the_sealed_content_holds",
    ),
)
