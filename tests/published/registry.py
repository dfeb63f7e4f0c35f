"""What an adapter is: a function from a case's inputs to the keys that the case expects."""

from collections.abc import Callable
from typing import Any

from transforms.statistics.proportions import Interval

Inputs = dict[str, Any]
Result = Any
Adapter = Callable[[Inputs], Result]


class Methods(dict[str, Adapter]):
    """The methods that cases name, each with the adapter that answers it."""

    def answers(self, *names: str) -> Callable[[Adapter], Adapter]:
        """Register a function as the one that answers these methods."""

        def register(adapter: Adapter) -> Adapter:
            self.update(dict.fromkeys(names, adapter))
            return adapter

        return register


def limits(interval: Interval | None, **more: object) -> Result:
    """An interval under the names that the cases use; nothing where there is none."""
    if interval is None:
        return {"lower": None, "upper": None, **more}
    return {"lower": interval.low, "upper": interval.high, **more}
