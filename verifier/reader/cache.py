"""The last few things made from files that a digest names.

Rules: what a digest names never changes, so nothing here goes stale; what failed to be made is not kept; threads share
one cache, and two that ask at once may both make the thing.

    lists: Cache[VerifiedStatusList] = Cache(64)
    lists.get(digest, lambda: verify(fetch(digest)))
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Cache(Generic[T]):
    """The last few parsed files by digest: what a digest names never changes."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: OrderedDict[bytes, T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, digest: bytes, make: Callable[[], T]) -> T:
        """Return the parsed file, making it if need be."""
        with self._lock:
            if digest in self._items:
                self._items.move_to_end(digest)
                return self._items[digest]
        made = make()
        with self._lock:
            self._items[digest] = made
            while len(self._items) > self._size:
                self._items.popitem(last=False)
        return made
