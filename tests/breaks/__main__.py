"""Makes the breaks and says which test fails for each: ``python -m tests.breaks [--list] [--only TEXT] [--jobs N]``.

    python -m tests.breaks --list --only "3 "     what there is
    python -m tests.breaks --only zeros           makes some of them
    python -m tests.breaks --only "worker: "      makes those of one room of the register
    python -m tests.breaks --write                makes all of them and writes tests/breaks/README.md
    python -m tests.breaks --new --write          makes those that the page does not have, and keeps the other rows

The exit code is 1 when a break survives (no test fails: a test is missing) or is a bad one (it proves nothing).
"""

from __future__ import annotations

import argparse
import json
import queue
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from tests.breaks.model import BadBreakError, Break
from tests.breaks.report import README, Found, page, row, said_on
from tests.breaks.running import Result, State, Tree
from tests.breaks.tables import all_breaks


def results(breaks: Sequence[Break], *, jobs: int) -> Iterator[Result]:
    """Make the breaks, ``jobs`` at once, and give what came of each, in their order.

    Raises:
        BadBreakError: a test that is to catch one fails without any break.
    """
    with ExitStack() as stack:
        free: queue.SimpleQueue[Tree] = queue.SimpleQueue()
        trees = [stack.enter_context(Tree()) for _ in range(jobs)]
        trees[0].check_unbroken(breaks)
        for tree in trees:
            free.put(tree)

        def made(broken: Break) -> Result:
            tree = free.get()
            try:
                return tree.run(broken)
            finally:
                free.put(tree)

        # Entered last and so left first: nobody works in a tree that is taken away.
        yield from stack.enter_context(ThreadPoolExecutor(jobs)).map(made, breaks)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = _options(arguments)
    known = _known() if options.new else {}
    breaks = [each for each in all_breaks() if options.only.lower() in _searched(each) and each not in known]
    if options.list:
        print("\n".join(f"{each.rule}  |  {each.file}:{each.edits[0].line()}  |  {each.caught_by}" for each in breaks))
        return 0
    if not breaks and not options.new:
        print(f"no break has {options.only!r} in its rule, file or test", file=sys.stderr)
        return 2
    done = []
    try:
        for result in results(breaks, jobs=options.jobs):
            done.append(result)
            _tell(result, as_json=options.json)
    except BadBreakError as error:
        print(error, file=sys.stderr)
        return 2
    if options.write:
        rows = known | {each.broken: Found.by(each) for each in done}
        README.write_text(page([rows[each] for each in all_breaks()]), encoding="utf-8")
    wrong = [each for each in done if each.state is not State.CAUGHT]
    print(_sum(done), file=sys.stderr)
    return 1 if wrong else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.breaks", description="Breaks rules and sees tests fail.")
    parser.add_argument("--list", action="store_true", help="show the breaks and make none")
    parser.add_argument("--only", default="", metavar="TEXT", help="those with TEXT in rule, file or test")
    parser.add_argument("--new", action="store_true", help="those that tests/breaks/README.md does not have")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="how many at once (2)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of the table")
    parser.add_argument("--write", action="store_true", help="write tests/breaks/README.md")
    options = parser.parse_args(arguments)
    if options.write and options.only:
        parser.error("--write takes all of them: leave out --only")
    if options.jobs < 1:
        parser.error("--jobs is 1 or more")
    return options


def _known() -> dict[Break, Found]:
    """The breaks that the page has, with what it says of them."""
    said = said_on(README.read_text("utf-8"))
    return {each: Found(each, said[each.rule, each.file]) for each in all_breaks() if (each.rule, each.file) in said}


def _searched(broken: Break) -> str:
    return f"{broken.rule} {broken.file} {broken.caught_by}".lower()


def _tell(result: Result, *, as_json: bool) -> None:
    if as_json:
        members = {"rule": result.broken.rule, "file": result.broken.file, "line": result.broken.edits[0].line()}
        members |= {"state": result.state.value, "told": result.told, "seconds": round(result.seconds, 1)}
        print(json.dumps(members, ensure_ascii=False), flush=True)
    else:
        print(row(result), flush=True)


def _sum(done: Iterable[Result]) -> str:
    listed = list(done)
    counts = ", ".join(f"{sum(each.state is state for each in listed)} {state.value}" for state in State)
    return f"{len(listed)} breaks: {counts}; {sum(each.seconds for each in listed):.0f} seconds of work"


if __name__ == "__main__":
    sys.exit(main())
