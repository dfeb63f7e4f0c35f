"""What is worked on together: things in their order, as many as their sizes allow."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def in_groups(things: Iterable[T], size: Callable[[T], int], most: int) -> Iterator[list[T]]:
    """The things in lists whose sizes add up to `most` at most; a thing that is larger stands alone."""
    group: list[T] = []
    total = 0
    for thing in things:
        own = size(thing)
        if group and total + own > most:
            yield group
            group, total = [], 0
        group.append(thing)
        total += own
    if group:
        yield group
