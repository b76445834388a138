"""An environment that runs for days: series by name and labels, a value a minute, with noise and a daily rhythm."""

import math
import random
from collections.abc import Callable, Collection

from tests.monitoring.contract import emitted

Broken = Callable[[str, int], bool]
"""Whether a fault of this name is there in this minute."""
GONE = float("nan")
"""No sample."""
DAY = 1440


def well(fault: str, minute: int) -> bool:
    """Nothing is broken."""
    return False


class World:
    """What emitters say; the same seed says the same."""

    def __init__(self, minutes: int, broken: Broken = well, seed: int = 20261121) -> None:
        self.minutes, self.broken = range(minutes), broken
        self.series: dict[str, list[float]] = {}
        self._random = random.Random(seed)

    def gauge(self, series: str, value: Callable[[int], float] | float) -> None:
        """A gauge: a value for each minute, or one for all."""
        ask = value if callable(value) else lambda minute: value
        self.put(series, [ask(minute) for minute in self.minutes])

    def put(self, series: str, values: list[float]) -> None:
        """A series as its emitter gives it."""
        self.series[emitted(series)] = values

    def counter(
        self, series: str, rate: Callable[[int], float] | float, restarts: Collection[int] = frozenset()
    ) -> None:
        """A counter that rises so much in each minute; its program starts anew at each of `restarts`."""
        ask = rate if callable(rate) else lambda minute: rate
        total, values = 0.0, []
        for minute in self.minutes:
            more = ask(minute)
            total = 0.0 if minute in restarts else total + (0 if math.isnan(more) else more)
            values.append(GONE if math.isnan(more) else total)
        self.put(series, values)

    def noise(self, share: float = 0.1) -> float:
        """About one."""
        return self._random.uniform(1 - share, 1 + share)

    def some(self, mean: float) -> int:
        """A whole number, so much in the mean."""
        return int(mean) + (self._random.random() < mean % 1)

    def spelled(self) -> list[dict[str, str]]:
        """The series as promtool reads them."""
        return [{"series": name, "values": " ".join(map(_spelled, values))} for name, values in self.series.items()]


def rhythm(minute: int) -> float:
    """Half at night, one and a half at noon; of that six tenths on the last two days of a week."""
    return (1 - 0.5 * math.cos(2 * math.pi * minute / DAY)) * (0.6 if minute // DAY % 7 > 4 else 1)


def _spelled(value: float) -> str:
    return "_" if math.isnan(value) else f"{value:.8g}"


def every(period: int, minutes: int = 1) -> Callable[[int], bool]:
    """Whether a mishap, of so many minutes in each period, is there: in the middle of it."""
    return lambda minute: period // 2 <= minute % period < period // 2 + minutes
