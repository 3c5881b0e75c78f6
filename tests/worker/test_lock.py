"""The worker's lock: one descriptor at a time, free again when it is closed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from issuer.home.paths import Home
from issuer.worker import lock
from tests.support.settings import demo_settings

SETTINGS = demo_settings()


def test_one_holds_the_lock_until_it_is_closed(tmp_path: Path) -> None:
    home, other = (Home.create(tmp_path / name, SETTINGS) for name in ("home", "other"))
    descriptor = lock.take(home)
    with pytest.raises(lock.WorkerRunningError) as caught:
        lock.take(home)
    assert caught.value.code == "worker_running"
    os.close(lock.take(other))
    os.close(descriptor)
    os.close(lock.take(home))
