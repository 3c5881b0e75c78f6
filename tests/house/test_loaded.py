"""A program in a fork of what is loaded already is a process like any other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.loaded import loaded_python
from tests.support.tools import ROOT

pytestmark = pytest.mark.slow

WAIT = "import sys, time; print('waiting', flush=True); time.sleep(60)"


def test_it_has_its_words_its_folder_its_environment_and_its_descriptors(tmp_path: Path) -> None:
    program = "import os, sys; print(sys.argv, os.getcwd(), os.environ['NAME'], sys.stdin.read()); sys.exit('no')"
    words = [*loaded_python(), "-c", program, "a", "b"]
    given = {**os.environ, "NAME": "示范"}
    done = subprocess.run(words, cwd=tmp_path, env=given, input="x", check=False, capture_output=True, text=True)
    assert done.stdout == f"['-c', 'a', 'b'] {tmp_path} 示范 x\n"
    assert (done.returncode, done.stderr) == (1, "no\n")


@pytest.mark.parametrize(
    ("program", "code"),
    [("import sys; sys.exit(7)", 7), ("1 / 0", 1), ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9)],
)
def test_it_ends_as_python_would(program: str, code: int) -> None:
    for python in ([sys.executable], loaded_python()):
        done = subprocess.run([*python, "-c", program], cwd=ROOT, check=False, capture_output=True, text=True)
        assert done.returncode == code
        assert ("ZeroDivisionError" in done.stderr) == (code == 1)


def test_it_is_the_code_of_this_checkout() -> None:
    program = "import cli.main, issuer, tests.support as t; print(cli.main.__file__, issuer.__file__, t.__file__)"
    done = subprocess.run([*loaded_python(), "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    assert all(Path(each).is_relative_to(ROOT) for each in done.stdout.split())


@contextmanager
def waiting() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([*loaded_python(), "-c", WAIT], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        yield process


def test_a_signal_reaches_it() -> None:
    with waiting() as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == -signal.SIGTERM


def test_where_who_asked_is_killed_it_is_killed() -> None:
    """The other end of its standard output is closed when it is gone."""
    with waiting() as process:
        process.kill()
        assert process.stdout is not None
        assert process.stdout.read() == ""
