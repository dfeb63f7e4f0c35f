"""What is simulated: clinics of many sizes, on and off the margin, complete and with patients lost, alike and not.

Only numbers stand here. Drawing patients is `drawing`, walking the pipeline `homes`, what is counted `measures`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from transforms.statistics.proportions import DEFAULT_MARGIN

Mechanism = Literal["none", "MCAR", "MAR", "MNAR"]
#: What a clinic is simulated for.
Purpose = Literal["margin", "attrition", "rates", "untidy", "alike", "spread", "one apart", "steady", "shifted"]

MARGIN = DEFAULT_MARGIN
#: The published study: its true rate and its size, and those of the clinics that do not differ from it.
PUBLISHED_RATE, PUBLISHED_SIZE = 0.45, 400
#: METHODS asks for verdicts that are right for cohorts from 10 to 500.
SIZES = (10, 20, 30, 50, 100, 200, 500)
#: True differences from the published rate: none, on the margin, and twice as far.
DIFFERENCES = (0.0, MARGIN, -MARGIN, 2 * MARGIN, -2 * MARGIN)
RATES = (0.10, 0.30, 0.50, 0.70, 0.90)
#: Share of patients lost, and sizes of the clinics that lose them.
LOST = 0.25
WITH_LOSSES = (50, 200)
#: How far a clinic's rate lies apart, and a rate moves, where finding it is the question.
APART = 0.20
#: Correlation of patients within clinics where clinics do differ.
ICC = 0.05
QUARTERS, QUARTERS_A_YEAR, A_QUARTERS_PATIENTS = 13, 4, 44

FIRST_START = date(2022, 1, 1)
DATA_CUT = date(2026, 12, 31)


@dataclass(frozen=True)
class Clinic:
    """One simulated clinic: its size in patients, its true rate, and what goes wrong there.

    `slope` is how far the chance to respond runs with severity, to each side of the rate. `quarters` counts those in
    which patients began; from `shifted_from` on the rate is lower by `APART`.
    """

    purpose: Purpose
    network: str
    size: int
    rate: float
    difference: float = 0.0
    mechanism: Mechanism = "none"
    lost: float = 0.0
    slope: float = 0.0
    icc: float = 0.0
    twice: float = 0.0
    late: float = 0.0
    unfinished: bool = False
    quarters: int = 4
    shifted_from: int | None = None


@dataclass(frozen=True)
class Scale:
    """How much is simulated in each network.

    Every instrument at every endpoint is an outcome of its own, drawn apart from the others: one home holds them all.
    No two windows of the endpoints touch, so that a visit that comes too late for one is inside none.
    """

    name: str
    instruments: int
    endpoints: tuple[str, ...]
    alike: tuple[int, ...]
    steady: int
    sizes: tuple[int, ...] = field(default=SIZES)

    @property
    def outcomes(self) -> int:
        """Independent outcomes of each clinic."""
        return self.instruments * len(self.endpoints)


SMALL = Scale("small", instruments=6, endpoints=("8-weeks", "6-months"), alike=(10, 50), steady=5)
FULL = Scale("full", instruments=8, endpoints=("8-weeks", "6-months", "12-months"), alike=(10, 50, 500), steady=12)


def beside_a_study(scale: Scale) -> list[Clinic]:
    """The clinics that are compared with a published figure: on and off the margin, complete and not, and untidy."""
    at = PUBLISHED_RATE
    made = [Clinic("margin", "study", size, at + d, d) for size in scale.sizes for d in DIFFERENCES]
    made += [
        Clinic("attrition", "study", size, at + d, d, mechanism, LOST, slope=0.3)
        for size in WITH_LOSSES
        for d in (MARGIN, -MARGIN)
        for mechanism in _mechanisms()
    ]
    made += [Clinic("rates", "study", size, rate) for size in scale.sizes for rate in RATES]
    made += [
        Clinic("untidy", "study", 100, at, mechanism="MCAR", lost=0.1, twice=share, late=share, unfinished=True)
        for share in (0.02, 0.05, 0.10)
    ]
    return made


def _mechanisms() -> tuple[Mechanism, ...]:
    return ("MCAR", "MAR", "MNAR")


def beside_each_other(scale: Scale) -> list[Clinic]:
    """The clinics that form networks: alike, truly different, one apart; and those that are followed over years."""
    return [*_networks(scale), *_over_time(scale)]


def _networks(scale: Scale) -> Iterator[Clinic]:
    for count in scale.alike:
        yield from (Clinic("alike", f"alike-{count}", _uneven(place), PUBLISHED_RATE) for place in range(count))
    yield from (Clinic("spread", "spread-50", _uneven(place), PUBLISHED_RATE, icc=ICC) for place in range(50))
    for place in range(10):
        apart = APART if place == 0 else 0.0
        yield Clinic("one apart", "apart-10", 100, PUBLISHED_RATE + apart, apart)


def _over_time(scale: Scale) -> Iterator[Clinic]:
    size, from_quarter = QUARTERS * A_QUARTERS_PATIENTS, QUARTERS - QUARTERS_A_YEAR
    for _ in range(scale.steady):
        yield Clinic("steady", "years", size, PUBLISHED_RATE, quarters=QUARTERS)
    for _ in range(max(2, scale.steady // 3)):
        yield Clinic("shifted", "years", size, PUBLISHED_RATE, quarters=QUARTERS, shifted_from=from_quarter)


def _uneven(place: int) -> int:
    """Sizes from 40 to 200, as uneven as those of clinics."""
    return 40 + 40 * (place * place % 5)
