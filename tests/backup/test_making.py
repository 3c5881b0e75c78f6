"""A backup holds everything at one moment, opens with the recovery key alone, and is whole or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from issuer.backup import last
from issuer.backup.container import Body
from issuer.backup.frames import Manifest, frames
from keys.recovery import RecoveryKey
from tests.support.office import DemoOffice
from tests.support.recovered import back_up


@pytest.mark.slow
def test_it_holds_every_table(issued: DemoOffice, recovery_key: RecoveryKey, tmp_path: Path) -> None:
    made = back_up(issued, recovery_key, tmp_path / "copies")
    with made.path.open("rb") as file:
        _, body = Body.of(file, "backup", recovery_key, "it")
        found = list(frames(body, "it"))
    assert isinstance(found[-1], Manifest)
    assert last(issued.opened).name == made.path.name
    print(len(found), made)
