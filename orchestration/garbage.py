"""How often Python looks for cycles among a run's objects. What a run does is `pipeline`."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: Objects before the youngest are looked through, and how much more seldom the older ones are.
SELDOM = (100_000, 50, 1_000)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Seldom looks for cycles while the block lasts: millions of rows and cells come and go, and form hardly any.

    The usual thresholds cost a sixth of drawing a site of 200 clinics.
    """
    usual = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
