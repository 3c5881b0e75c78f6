"""Drawing at random, mostly what is usual: the die of ``strange``, and what stands at the borders of the rules.

draw = Draw(random.Random(1))
draw.often("valid", "strange", of=6)
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from credential.characters import REFUSED
from credential.days import to_seconds
from tests.support.clock import NOW
from tests.support.world import World

DAY: Final = 86400
T: Final = to_seconds(NOW)
TODAY: Final = (T + 8 * 3600) // DAY
MIDNIGHT: Final = TODAY * DAY - 8 * 3600
"""When today began in Shanghai."""
EDGE_CHARACTERS: Final = tuple(
    chr(point) for low, high in REFUSED for point in (low - 1, low, high, high + 1) if 0 <= point < 0x110000
)
TEXT: Final = (
    "王䶮",
    "e\u0301",
    "é",
    "𠮷",
    "a",
    " ",
    "\ufe0f",
    "\U000e0100",
    "ß",
    "ﬁ",
    "각",
    "\u0e33",
    "x" * 99,
    "王" * 60,
)
ORIGINS: Final = (
    "https://zc.example",
    "https://zc.example:443",
    "https://zc.example:8443",
    "https://zc.example:0",
    "https://zc.example:65536",
    "https://zc.example:00443",
    "https://zc.example.",
    "https://xn--fiq228c.example",
    "https://.",
    "https://-",
    "https://zc..example",
    "https://1",
    "https://127.0.0.1",
    "https://[::1]",
    "https://[::1]:1",
    "http://[::1]:1",
    "http://localhost",
    "http://localhost:8790",
    "http://127.0.0.1:1",
    "http://127.0.0.1.example",
    "http://localhost.",
    "https://中.example",
    "https://ZC.example",
    "https://zc.example/",
)
KINDS: Final = (2, 3, 4, 5, 6, 7, 8, 9, 10, 255, 256)
FOLLOWS: Final = {
    "valid": (2, 4, 5, 6, 7),
    "suspended": (3, 4, 5, 6, 7),
    "superseded": (4, 7, 9),
    "cancelled": (4, 7, 9),
    "withdrawn": (7, 8, 9),
}
STATE: Final = {2: "suspended", 3: "valid", 4: "withdrawn", 5: "cancelled", 6: "superseded"}
VALUE: Final = {"valid": 0, "withdrawn": 1, "suspended": 2, "superseded": 3, "cancelled": 12}


@dataclass(slots=True)
class Draw:
    """One publication in the making: plain payloads, so that anything can stand in them."""

    rng: random.Random
    world: World = field(default_factory=World)
    now: int = T
    files: dict[str, bytes] = field(default_factory=dict)
    calm: bool = False
    """Whether the part that is being drawn is mostly usual: strange everywhere would be refused at the first door."""

    def part(self) -> None:
        """Begin another part; most of them are calm."""
        self.calm = self.rng.randrange(4) != 0

    def seldom(self, of: int) -> bool:
        """Once in ``of`` times, and in a calm part far less."""
        return self.rng.randrange(of * 60 if self.calm else of) == 0

    def often(self, usual: Any, *strange: Any, of: int = 6) -> Any:
        """The usual value, or once in ``of`` times one of the strange ones."""
        return self.rng.choice(strange) if self.seldom(of) else usual

    def near(self, value: int, *, of: int = 6) -> int:
        """A value, or its neighbours."""
        return value + int(self.often(0, -1, 1, of=of))

    def text(self, usual: str, *, of: int = 8) -> str:
        made = self.rng.choice(TEXT) + self.rng.choice(("", self.rng.choice(EDGE_CHARACTERS)))
        return str(self.often(usual, made, of=of))


def spelled(draw: Draw, data: bytes) -> bytes:
    """The canonical form, or once in a while a second one."""
    if not draw.seldom(12):
        return data
    at = draw.rng.randrange(len(data))
    changes: tuple[Callable[[], bytes], ...] = (
        lambda: (
            data[:at] + draw.rng.choice((b" ", b"\\u0061", b"\xef\xbb\xbf", b"\x00", b"0", b"-0", b"1e0")) + data[at:]
        ),
        lambda: data.replace(
            b":1,", draw.rng.choice((b":1.0,", b":1e0,", b":01,", b":-0,", b":1E400,", b":1" + b"0" * 400 + b","))
        ),
        lambda: data[:at] + bytes([draw.rng.randrange(256)]) + data[at + 1 :],
        lambda: b"[" * 5000 + b"]" * 5000,
        lambda: data[:-1] + b',"v":1}',
        lambda: data[:-1] + b',"__proto__":1}',
        lambda: data + b"\n",
    )
    return draw.rng.choice(changes)()


def bitten(draw: Draw, data: bytes) -> bytes:
    """The encoding, or once in a while another byte, one more or one fewer somewhere in it."""
    if not draw.seldom(8):
        return data
    at, byte = draw.rng.randrange(len(data)), bytes([draw.rng.randrange(256)])
    return draw.rng.choice(
        (data[:at] + byte + data[at + 1 :], data[:at] + byte + data[at:], data[:at] + data[at + 1 :])
    )
