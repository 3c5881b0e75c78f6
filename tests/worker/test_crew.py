"""A crew does what takes the processors: the same as one process would, and nothing of it is left behind."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from issuer.crew import Crew, Flow, Job, members_for
from issuer.errors import ConflictError, MachineError
from tests.support.tools import ROOT


def add(kit: int, part: int) -> int:
    return kit + part


def where(_kit: int, _part: object) -> int:
    return os.getpid()


def refuse(_kit: int, part: int) -> int:
    raise ConflictError("refused", f"not {part}", part=part)


def die(_kit: int, _part: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def sleep(_kit: int, part: float) -> None:
    time.sleep(part)


def left(_kit: int, _part: object) -> tuple[tuple[int, int], bool]:
    """The room for a core, and whether Ctrl-C is somebody else's."""
    return resource.getrlimit(resource.RLIMIT_CORE), signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def twice(number: int) -> Flow[int]:
    first = yield Job(add, number)
    second = yield Job(add, first)
    return int(second)


@pytest.mark.parametrize("members", [0, 1, 2, 3])
def test_every_flow_ends_with_its_own_result(members: int) -> None:
    with Crew(10, members) as crew:
        assert sorted(crew.run(map(twice, range(20)))) == [number + 20 for number in range(20)]


def test_flows_begin_in_their_order_and_not_all_at_once() -> None:
    begun: list[int] = []

    def flow(number: int) -> Flow[int]:
        begun.append(number)
        yield Job(sleep, 0.001)
        return len(begun)

    with Crew(0, 2) as crew:
        most = [under_way - done for done, under_way in enumerate(crew.run(map(flow, range(12))))]
    assert begun == list(range(12))
    assert max(most) <= 5


def test_members_are_other_processes_and_few_pieces_need_none() -> None:
    def flow() -> Flow[int]:
        return int((yield Job(where, None)))

    with Crew(0, 2) as crew:
        assert os.getpid() not in set(crew.run(flow() for _ in range(6)))
    with Crew(0, members_for(199)) as crew:
        assert set(crew.run([flow()])) == {os.getpid()}
    assert members_for(99) == 0
    assert members_for(100_000) == len(os.sched_getaffinity(0))


def test_a_member_leaves_no_core_with_keys_in_it_and_interruptions_are_its_workers() -> None:
    def flow() -> Flow[tuple[tuple[int, int], bool]]:
        found: tuple[tuple[int, int], bool] = yield Job(left, None)
        return found

    with Crew(0, 2) as crew:
        assert list(crew.run([flow(), flow()])) == 2 * [((0, 0), True)]


@pytest.mark.parametrize("members", [0, 2])
def test_what_goes_wrong_in_a_member_is_raised_where_the_work_was_given(members: int) -> None:
    def flow(number: int) -> Generator[Job, int, str]:
        try:
            yield Job(refuse, number)
        except ConflictError as error:
            return f"{error.code} {error.fields['part']}"
        return "done"

    with Crew(0, members) as crew:
        assert sorted(crew.run(map(flow, range(4)))) == [f"refused {number}" for number in range(4)]


@pytest.mark.parametrize("members", [0, 2])
def test_what_a_flow_does_not_handle_ends_the_run(members: int) -> None:
    def flow(number: int) -> Flow[None]:
        yield Job(refuse, number)

    with Crew(0, members) as crew, pytest.raises(ConflictError):
        list(crew.run(map(flow, range(4))))


def test_a_member_that_is_killed_is_told() -> None:
    def flow() -> Flow[None]:
        yield Job(die, None)

    with Crew(0, 2) as crew, pytest.raises(MachineError) as caught:
        list(crew.run([flow()]))
    assert (caught.value.code, caught.value.fields["exit"]) == ("member_ended", -signal.SIGKILL)


def test_closing_ends_members_at_once_whatever_they_do() -> None:
    def flow() -> Flow[None]:
        yield Job(sleep, 60)

    crew = Crew(0, 2)
    members = [each.process for each in crew._members]
    run = crew.run(flow() for _ in range(2))
    crew._members[0].connection.send((sleep, 60))
    begun = time.monotonic()
    pids = [each.pid for each in members]
    crew.close()
    assert time.monotonic() - begun < 5
    assert not [pid for pid in pids if pid is not None and Path(f"/proc/{pid}").exists()]
    run.close()


PARENT = """
import os, sys, time
sys.path.insert(0, os.environ["ROOT"])
from issuer.crew import Crew, Job
from tests.worker.test_crew import sleep, where
def flow(): return (yield Job(where, None))
crew = Crew(0, 2)
print(*[each.process.pid for each in crew._members], flush=True)
crew._members[0].connection.send((sleep, 60))
time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a member ends with its pipe")
def test_members_end_with_their_worker_also_when_it_is_killed() -> None:
    """They hold keys: one that lived on would hold them for nobody."""
    run = [sys.executable, "-c", PARENT]
    with subprocess.Popen(run, stdout=subprocess.PIPE, text=True, env={**os.environ, "ROOT": str(ROOT)}) as parent:
        assert parent.stdout is not None
        members = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(members) == 2
        parent.kill()
        parent.wait()
    end = time.monotonic() + 10
    while time.monotonic() < end and any(alive(pid) for pid in members):
        time.sleep(0.02)
    assert not [pid for pid in members if alive(pid)]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
