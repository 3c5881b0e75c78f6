"""An application served on a free port of loopback by a thread of this process.

with served(app) as origin:
    page.open(origin)
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn


@contextlib.contextmanager
def served(make: Callable[[str], Any]) -> Iterator[str]:
    """Serve what ``make`` returns for the origin; gives the origin."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(make(origin), access_log=False, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server ended at once"
                time.sleep(0.01)
            yield origin
        finally:
            server.should_exit = True
            thread.join()
