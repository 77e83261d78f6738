"""Ways to spoil bytes, one at a time."""

from collections.abc import Iterator


def flipped(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(bit, copy with that one bit changed) for every bit."""
    for bit in range(8 * len(data)):
        spoilt = bytearray(data)
        spoilt[bit // 8] ^= 1 << bit % 8
        yield bit, bytes(spoilt)


def cut(data: bytes) -> Iterator[bytes]:
    """Every beginning of the data but the whole."""
    return (data[:end] for end in range(len(data)))
