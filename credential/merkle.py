"""Merkle trees over lists (RFC 9162 section 2.1 with SHA-256): many things are signed as one root, and one is proven.

Rules: a leaf is hashed behind a zero byte and a node behind a one, so that neither passes for the other. A list is
hashed as it comes, in time O(n) and memory O(log n). With each leaf its writer keeps the hashes that this leaf
completes, two a leaf on average; from these a path is made by looking at O(log n) places, whatever is signed beside it.

    tree = Frontier()
    kept = {number: b"".join(tree.append(leaf_hash(entry))) for number, entry in enumerate(entries)}
    path = inclusion_path(2, tree.size, kept)
    verify_path(leaf_hash(entries[2]), path, index=2, size=tree.size, root=tree.root())
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from hashlib import sha256
from typing import Final, NamedTuple

from credential.errors import MalformedError, NotTrustedError

HASH_BYTES: Final = 32
MAX_SIZE: Final = 1_000_000
"""What one statement names at most (FORMAT 11.2): a path has at most 20 hashes."""


class Subtree(NamedTuple):
    """A complete subtree: the leaves from ``number`` times 2^``level`` on, 2^``level`` of them."""

    level: int
    number: int

    @property
    def last_leaf(self) -> int:
        """The leaf that completes it: with this one its hash is kept."""
        return ((self.number + 1) << self.level) - 1


class Frontier:
    """The right edge of a tree that grows: the complete subtrees that no larger one holds yet."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def append(self, leaf: bytes) -> tuple[bytes, ...]:
        """Add a leaf's hash; return it and the hashes of the larger subtrees that it completes, smallest first."""
        completed, number = [leaf], self.size
        while number & 1:
            completed.append(node_hash(self._peaks.pop(), completed[-1]))
            number >>= 1
        self._peaks.append(completed[-1])
        self.size += 1
        return tuple(completed)

    def root(self) -> bytes:
        """Return the Merkle Tree Hash of what was added (2.1.1)."""
        return _joined(self._peaks) if self._peaks else sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry of the list."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children."""
    return sha256(b"\x01" + left + right).digest()


def root_of(entries: Iterable[bytes]) -> bytes:
    """Return the Merkle Tree Hash of a list of entries, read once."""
    tree = Frontier()
    for entry in entries:
        tree.append(leaf_hash(entry))
    return tree.root()


def leaves_of_path(index: int, size: int) -> frozenset[int]:
    """Return the leaves with which the hashes are kept that ``inclusion_path`` will ask for.

    Raises:
        MalformedError: ``bad_path``: there is no such leaf, or the tree is larger than ``MAX_SIZE``.
    """
    return frozenset(part.last_leaf for sibling in _siblings(index, size) for part in sibling)


def inclusion_path(index: int, size: int, kept: Mapping[int, bytes]) -> tuple[bytes, ...]:
    """Return the path of a leaf, from the leaf up (2.1.3.1).

    Args:
        index: of the leaf, from 0.
        size: how many leaves the tree has.
        kept: by leaf, what ``Frontier.append`` gave for it, joined; the leaves of ``leaves_of_path`` are enough.

    Raises:
        MalformedError: as ``leaves_of_path``.
        NotTrustedError: ``not_in_tree``: a hash that was kept is not there any more.
    """
    return tuple(_joined([_kept(kept, part) for part in sibling]) for sibling in _siblings(index, size))


def verify_path(leaf: bytes, path: Sequence[bytes], *, index: int, size: int, root: bytes) -> None:
    """Prove that a leaf stands at its place in the tree of a root (2.1.3.2).

    Args:
        leaf: the leaf's hash.
        path: from the leaf up.
        index: of the leaf, from 0.
        size: how many leaves the tree has, as it was signed with the root.
        root: as it was signed.

    Raises:
        MalformedError: ``bad_path``: no such leaf, or a tree larger than ``MAX_SIZE``.
        NotTrustedError: ``not_in_tree``: the path does not lead from this leaf at this place to this root.
    """
    _check_place(index, size)
    found, place, last = leaf, index, size - 1
    for sibling in path:
        if last == 0:
            raise _not_in_tree(f"leaf {index} of {size}")
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last != 0 or found != root:
        raise _not_in_tree(f"leaf {index} of {size}")


def _joined(parts: Sequence[bytes]) -> bytes:
    """The hash over neighbouring subtrees, each smaller than the one before."""
    return reduce(lambda right, left: node_hash(left, right), reversed(parts))


def _siblings(index: int, size: int) -> list[list[Subtree]]:
    """The siblings of a leaf and of the nodes above it, from the leaf up, each as the complete subtrees it is of."""
    _check_place(index, size)
    found, start, end = [], 0, size
    while end - start > 1:
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        if index < middle:
            found.append(list(_complete(middle, end)))
            end = middle
        else:
            found.append(list(_complete(start, middle)))
            start = middle
    return found[::-1]


def _complete(start: int, end: int) -> Iterator[Subtree]:
    """Cut leaves that a node stands over into complete subtrees, from left to right and so the largest first."""
    while start < end:
        level = (end - start).bit_length() - 1
        yield Subtree(level=level, number=start >> level)
        start += 1 << level


def _check_place(index: int, size: int) -> None:
    if not 0 <= index < size <= MAX_SIZE:
        message = f"there is no leaf {index} in a tree of {size}; it has 1 to {MAX_SIZE} leaves, counted from 0"
        raise MalformedError("bad_path", message, index=index, size=size)


def _kept(kept: Mapping[int, bytes], part: Subtree) -> bytes:
    found = kept.get(part.last_leaf, b"")[part.level * HASH_BYTES : (part.level + 1) * HASH_BYTES]
    if len(found) != HASH_BYTES:
        raise _not_in_tree(f"what was kept with leaf {part.last_leaf}")
    return found


def _not_in_tree(what: str) -> NotTrustedError:
    return NotTrustedError("not_in_tree", f"no path leads from {what} to the root that was signed")
