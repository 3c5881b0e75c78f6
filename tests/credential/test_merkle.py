"""Merkle trees (FORMAT 11.2, RFC 9162 2.1): the known answers, and the definition written down once more, plainly."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credential.errors import CredentialError, MalformedError, NotTrustedError
from credential.merkle import (
    MAX_SIZE,
    Frontier,
    inclusion_path,
    leaf_hash,
    leaves_of_path,
    node_hash,
    root_of,
    verify_path,
)

ENTRIES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
"""The inputs with which implementations of Certificate Transparency are compared."""
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""Their roots: of none of them, of the first, of the first two, and so on."""
PATHS = {
    0: (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    5: (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
}
"""Two published paths among all eight."""


def kept_of(entries: list[bytes]) -> dict[int, bytes]:
    tree = Frontier()
    return {number: b"".join(tree.append(leaf_hash(entry))) for number, entry in enumerate(entries)}


def path_of(entries: list[bytes], index: int) -> tuple[bytes, ...]:
    size = len(entries)
    kept = {number: kept for number, kept in kept_of(entries).items() if number in leaves_of_path(index, size)}
    return inclusion_path(index, size, kept)


def defined_root(entries: list[bytes]) -> bytes:
    """The definition of 2.1.1, word by word."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return sha256(b"\x01" + defined_root(entries[:k]) + defined_root(entries[k:])).digest()


def defined_path(entries: list[bytes], index: int) -> list[bytes]:
    """The definition of 2.1.3.1, word by word."""
    if len(entries) == 1:
        return []
    k = 1
    while k * 2 < len(entries):
        k *= 2
    if index < k:
        return [*defined_path(entries[:k], index), defined_root(entries[k:])]
    return [*defined_path(entries[k:], index - k), defined_root(entries[:k])]


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_roots_are_those_that_others_have(size: int) -> None:
    assert root_of(iter(ENTRIES[:size])).hex() == ROOTS[size]


@pytest.mark.parametrize("index", PATHS)
def test_paths_are_those_that_others_have(index: int) -> None:
    assert [each.hex() for each in path_of(ENTRIES, index)] == list(PATHS[index])


@given(st.lists(st.binary(max_size=3), max_size=70), st.data())
def test_root_and_paths_are_as_defined(entries: list[bytes], data: st.DataObject) -> None:
    root = root_of(entries)
    assert root == defined_root(entries)
    if entries:
        index = data.draw(st.integers(0, len(entries) - 1))
        path = path_of(entries, index)
        assert list(path) == defined_path(entries, index)
        verify_path(leaf_hash(entries[index]), path, index=index, size=len(entries), root=root)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 13, 16, 17])
def test_a_path_proves_one_leaf_at_one_place_of_one_size(size: int) -> None:
    """Entries may be equal; what is proven is the place."""
    entries = [b"%d" % (number % 5) for number in range(size)]
    root = root_of(entries)
    for index, entry in enumerate(entries):
        path = path_of(entries, index)
        for place in range(size):
            found = refusal(entry, path, index=place, size=size, root=root)
            assert (found is None) is (place == index)
        assert refusal(b"x", path, index=index, size=size, root=root) == "not_in_tree"
        assert refusal(entry, path, index=index, size=size, root=bytes(32)) == "not_in_tree"
        assert refusal(entry, (*path, bytes(32)), index=index, size=size, root=root) == "not_in_tree"
        if path:
            assert refusal(entry, path[:-1], index=index, size=size, root=root) == "not_in_tree"
            assert refusal(entry, path[1:], index=index, size=size, root=root) == "not_in_tree"


def refusal(entry: bytes, path: tuple[bytes, ...], *, index: int, size: int, root: bytes) -> str | None:
    try:
        verify_path(leaf_hash(entry), path, index=index, size=size, root=root)
    except CredentialError as error:
        return error.code
    return None


@given(st.integers(2, 40), st.data())
def test_any_flipped_bit_of_a_path_is_refused(size: int, data: st.DataObject) -> None:
    entries = [b"%d" % number for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    path = path_of(entries, index)
    place, bit = data.draw(st.integers(0, len(path) - 1)), data.draw(st.integers(0, 255))
    changed = bytearray(path[place])
    changed[bit // 8] ^= 1 << (bit % 8)
    other = (*path[:place], bytes(changed), *path[place + 1 :])
    with pytest.raises(NotTrustedError):
        verify_path(leaf_hash(entries[index]), other, index=index, size=size, root=root_of(entries))


def test_a_node_passes_for_no_leaf() -> None:
    """A list of one entry, made of what lies below the root of a list of two."""
    left, right = (leaf_hash(each) for each in ENTRIES[:2])
    assert root_of([left + right]) != root_of(ENTRIES[:2]) == node_hash(left, right)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 3), (3, 3), (4, 3), (0, MAX_SIZE + 1), (0, -1)], ids=str)
def test_there_is_no_leaf_outside_the_tree(index: int, size: int) -> None:
    for asked in (
        lambda: leaves_of_path(index, size),
        lambda: inclusion_path(index, size, {}),
        lambda: verify_path(bytes(32), (), index=index, size=size, root=bytes(32)),
    ):
        with pytest.raises(MalformedError) as caught:
            asked()
        assert caught.value.code == "bad_path"


def test_a_path_in_the_largest_tree_has_twenty_hashes_from_few_places() -> None:
    for index in (0, 1, MAX_SIZE // 2, MAX_SIZE - 2, MAX_SIZE - 1):
        needed = leaves_of_path(index, MAX_SIZE)
        assert len(needed) <= 40
        path = inclusion_path(index, MAX_SIZE, dict.fromkeys(needed, bytes(32 * 20)))
        assert 1 <= len(path) <= 20


def test_with_each_leaf_two_hashes_are_kept_on_average() -> None:
    kept = kept_of([b""] * 1000).values()
    assert sum(map(len, kept)) < 2000 * 32
    assert [len(each) // 32 for each in kept][:8] == [1, 2, 1, 3, 1, 2, 1, 4]


def test_what_was_kept_and_is_gone_proves_nothing() -> None:
    """Of every leaf whose hashes a path needs, one after the other."""
    whole = kept_of(ENTRIES)
    for index in range(len(ENTRIES)):
        for leaf in leaves_of_path(index, len(ENTRIES)):
            for less in ({**whole, leaf: whole[leaf][:31]}, {key: whole[key] for key in whole if key != leaf}):
                with pytest.raises(NotTrustedError) as caught:
                    inclusion_path(index, len(ENTRIES), less)
                assert caught.value.code == "not_in_tree"
