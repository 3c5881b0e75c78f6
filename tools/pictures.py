"""Pictures of a clerk's walk for the handbooks: the commands in a terminal of 80 columns, in Chinese and in English.

Rules: every picture is what the command wrote, with the sample that has faults and the demonstration's office. The
clock stands still, so that a picture changes only when the words change. What differs in every run is replaced by
something like it: the phrase of a batch, the seconds that a step took, how many it did in one. The folder of the run is
not shown.

    python -m tools.pictures            # writes docs/images/terminal/*.svg
    python -m tools.pictures --check    # says which pictures are old, exit code 1
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.layout import width
from tools.svg import drawn, screen
from tools.terminal import shown

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / "docs" / "images" / "terminal"
COLUMNS: Final = 80
LANGUAGES: Final = ("zh", "en")
PYTHON: Final = (sys.executable,)
SAMPLE: Final = "engineering-with-faults-2026.xlsx"
PHRASE: Final = "4711 0815 2024 9321 0077"
_PHRASE: Final = re.compile(r"\d{4}(?: \d{4}){4}")
_ELAPSED: Final = re.compile(r"0:00:\d\d")
_RATE: Final = re.compile(r"(?<=每秒 )\d+|\d+(?= a second)")
_OWNER: Final = re.compile(r"[\w-]+-\d+-[0-9a-f]{8}(?=[ ，,])")
_SPACE: Final = re.compile(r"\d+\.\d GiB")
_ILL: Final = """
from pathlib import Path
home = Path("office")
home.chmod(0o755)
(home / "publication" / "snapshot.jwt").rename(home / "kept")
"""
"""Somebody opened the home to all, and the published snapshot is gone."""
_WELL: Final = """
import os
from datetime import UTC, datetime
from pathlib import Path
from cli.checker import check
from issuer.home.opening import open_home
from issuer.home.paths import Home
from issuer.worker.worker import Worker
from keys.passphrase import read_passphrase_file
now = datetime(2026, 11, 21, 2, tzinfo=UTC)
home = Home.open(Path("office"))
home.directory.chmod(0o700)
(home.directory / "kept").rename(home.publication_folder / "snapshot.jwt")
stamp = home.directory / "last-backup"
stamp.touch()
os.utime(stamp, (now.timestamp() - 10800, now.timestamp() - 10800))
def passphrase(name, *, new=False): return read_passphrase_file(home.secrets / f"{name}.passphrase")
Worker.open(open_home(home, passphrase, clock=lambda: now), check)
os._exit(0)
"""
"""All that was wrong is put right, a backup is on record, and a worker has the lease of publishing."""
_PROGRAM: Final = """
import sys
from datetime import UTC, datetime
from cli.main import main
sys.argv[0] = "titlecert"
sys.exit(main(clock=lambda: datetime(2026, 11, 21, 2, tzinfo=UTC)))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A command of the walk."""

    name: str
    """Of the picture; empty where none is made."""
    words: Sequence[str]
    exit_code: int = 0
    before: str = ""
    """A program that is run before it, in the folder with the office."""


BATCH: Final = "sf-hrss-0002"
STEPS: Final = (
    Step(name="check", words=("batch", "check", SAMPLE, "--authority", "sf-hrss"), exit_code=3),
    Step(name="take", words=("batch", "check", SAMPLE, "--authority", "sf-hrss", "--take-good-rows")),
    Step(name="submit", words=("batch", "submit", BATCH, "--as", "clerk1")),
    Step(name="approve", words=("batch", "approve", BATCH, "--as", "chief1", "--seen", PHRASE)),
    Step(name="issue", words=("batch", "issue", BATCH)),
    Step(name="documents", words=("document", "make", "--batch", BATCH)),
    Step(name="list", words=("certificate", "list", "--batch", BATCH, "--limit", "8")),
    Step(
        name="suspend",
        words=("suspend", "{first}", "--basis", "投诉举报核查", "--document", "示人社核〔2026〕8号", "--as", "chief1"),
    ),
    Step(name="", words=("certificate", "document", "{first}", "--out", "{first}.pdf")),
    Step(name="verify", words=("verify", "{first}.pdf")),
    Step(name="operators", words=("operator", "list")),
    Step(name="end", words=("operator", "end", "clerk1")),
    Step(name="status-ill", words=("status",), exit_code=41, before=_ILL),
    Step(name="doctor-ill", words=("doctor",), exit_code=41),
    Step(name="status", words=("status",), before=_WELL),
    Step(name="doctor", words=("doctor",)),
)
FIRST: Final = "99000020262000018"
"""The number of the first certificate that the walk issues."""


def pictures() -> dict[str, str]:
    """Take the walk in both languages and return the pictures by the names of their files.

    Raises:
        RuntimeError: a command ended otherwise than it should.
    """
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        _typed(folder, ("demo", "--no-serve", "--dir", "office"), "zh", 0)
        return {name: picture for each in LANGUAGES for name, picture in walk(folder, each)}


def walk(folder: Path, language: str, python: Sequence[str] = PYTHON) -> Iterator[tuple[str, str]]:
    """Take the walk in one language, on a copy of the demonstration's home, ``folder/office``; file names, pictures.

    Args:
        folder: holds the home, and gets a folder of the language's name.
        language: "zh" or "en".
        python: the words that start an interpreter.

    Raises:
        RuntimeError: a command ended otherwise than it should.
    """
    place = folder / language
    place.mkdir()
    shutil.copytree(folder / "office", place / "office")
    shutil.copy(ROOT / "cli" / "demo" / "data" / SAMPLE, place)
    phrase = PHRASE
    for step in STEPS:
        words = [word.replace("{first}", FIRST) for word in step.words]
        if step.before:
            _run(place, step.before, python)
        text = _typed(place, [phrase if word == PHRASE else word for word in words], language, step.exit_code, python)
        found = _PHRASE.search(text)
        phrase = phrase if found is None else found[0]
        said = _PHRASE.sub(PHRASE, text).replace(f"{place}{os.sep}", "./")
        said = _RATE.sub("20", _ELAPSED.sub("0:00:01", said))
        said = _SPACE.sub("100.0 GiB", _OWNER.sub("office-4711-0a1b2c3d", said))
        if not step.name:
            continue
        yield f"{step.name}-{language}.svg", drawn(screen(f"{_line(words)}\n{said}"), columns=COLUMNS)


def _line(words: Sequence[str]) -> str:
    """The command as it is typed, over as many lines as it needs."""
    lines = ["$ titlecert"]
    for word in words:
        typed = shlex.quote(word) if " " in word else word
        if width(f"{lines[-1]} {typed} \\") > COLUMNS:
            lines[-1] += " \\"
            lines.append("   ")
        lines[-1] += f" {typed}"
    return "\n".join(f"\x1b[1m{line}\x1b[0m" for line in lines)


def _typed(folder: Path, words: Sequence[str], language: str, exit_code: int, python: Sequence[str] = PYTHON) -> str:
    code, text = shown(
        [*python, "-c", _PROGRAM, *words],
        columns=COLUMNS,
        environment=_environment(folder, language),
        folder=folder,
    )
    if code != exit_code:
        raise RuntimeError(f"{' '.join(words)} ended with {code}, not {exit_code}:\n{text}")
    return text


def _run(folder: Path, program: str, python: Sequence[str]) -> None:
    """Run a program in a folder. Raises RuntimeError when it does not end well."""
    environment = dict(_environment(folder, LANGUAGES[0]))
    done = subprocess.run([*python, "-c", program], cwd=folder, env=environment, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"what is done before a picture did not end well:\n{done.stderr.decode()}")


def _environment(folder: Path, language: str) -> Mapping[str, str]:
    given = {
        name: value for name, value in os.environ.items() if not name.startswith("TITLECERT_") and name != "NO_COLOR"
    }
    return given | {
        "TITLECERT_HOME": "office",
        "TITLECERT_LANG": language,
        "PYTHONPATH": str(ROOT),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pictures, or say which are old; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.pictures", description="Pictures of a clerk's walk.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 where a picture is old")
    asked = parser.parse_args(arguments)
    made = pictures()
    if asked.check:
        old = [name for name, text in made.items() if not _same(FOLDER / name, text)]
        print("\n".join(old) or f"{len(made)} pictures are as the commands write them")
        return 1 if old else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in made.items():
        (FOLDER / name).write_text(text, "utf-8")
    print(f"wrote {len(made)} pictures into {FOLDER.relative_to(ROOT)}")
    return 0


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
