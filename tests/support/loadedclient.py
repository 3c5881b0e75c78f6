"""Asks for a fork that runs a program, lends it its descriptors, and ends as that ends. Run as a script; loads little.

Signals go on to the program; where this process is killed, the program is killed.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys

PASSED_ON = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


def main() -> int:
    """Return the program's exit code, or end by the signal that ended it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_ON)
    address, *words = sys.argv[1:]
    asked = json.dumps({"words": words, "folder": os.getcwd(), "environment": dict(os.environ)}).encode()  # noqa: PTH109
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(address)
        socket.send_fds(server, [len(asked).to_bytes(4, "big")], [0, 1, 2])
        server.sendall(asked)
        with server.makefile("r", encoding="ascii") as answers:
            program = int(answers.readline())
            for number in PASSED_ON:
                signal.signal(number, lambda given, _frame: os.kill(program, given))
            signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED_ON)
            code = int(answers.readline())
    if code < 0:
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


if __name__ == "__main__":
    sys.exit(main())
