"""The last few things made from files that a digest names.

Rules: what a digest names never changes, so nothing here goes stale; a thing that was checked against more than its
bytes (a place, a trust list) is kept under all of that, or one check would answer for another; what failed to be made
is not kept; threads share one cache, and two that ask at once may both make the thing. Who must not wait asks for
what is there already and makes nothing.

    lists: Cache[VerifiedStatusList] = Cache(64)
    lists.get((digest, trust.digest), lambda: verify(fetch(digest), trust))
    AtHand(lists).get((digest, trust.digest), lambda: never_called())
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Container, Hashable
from typing import Generic, TypeVar

from verifier.errors import NotAtHandError

T = TypeVar("T")


class Cache(Generic[T]):
    """The last few parsed files, by everything that they were checked against."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the parsed file, making it if need be."""
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
                return self._items[key]
        made = make()
        with self._lock:
            self._items[key] = made
            while len(self._items) > self._size:
                self._items.popitem(last=False)
        return made

    def keep_only(self, keys: Container[Hashable]) -> None:
        """Forget everything else."""
        with self._lock:
            for key in [key for key in self._items if key not in keys]:
                del self._items[key]

    def __len__(self) -> int:
        return len(self._items)


class AtHand(Cache[T]):
    """What a cache holds now, and nothing else."""

    def __init__(self, cache: Cache[T]) -> None:
        super().__init__(cache._size)
        self._items, self._lock = cache._items, cache._lock

    def get(self, key: Hashable, make: Callable[[], T]) -> T:  # noqa: ARG002 - making is what it is there to avoid
        """Return the parsed file. Raises NotAtHandError: it would have to be made."""
        with self._lock:
            if key not in self._items:
                raise NotAtHandError
            self._items.move_to_end(key)
            return self._items[key]
