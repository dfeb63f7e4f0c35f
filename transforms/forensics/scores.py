"""Rules on scores: within the instrument's range, spreads that are possible, and directions that do not contradict."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from math import sqrt

from schemas.study_rows import Result, Study
from schemas.vocabulary_rows import Instrument
from transforms.forensics.finding import Finding, Rule
from transforms.forensics.measures import IMPROVEMENTS, SCORES, own_direction
from transforms.forensics.rounding import stands_for

IN_RANGE = Rule(
    "score-in-range",
    "A mean lies within the instrument's range, and a change is no larger than the range.",
    "contradiction",
    "The scoring of the instrument",
)
SPREAD_POSSIBLE = Rule(
    "spread-possible",
    "A standard deviation is no larger than scores within the instrument's range can have at that mean.",
    "contradiction",
    "Bhatia & Davis 2000, doi 10.1080/00029890.2000.12005203",
)
DIRECTION = Rule(
    "direction-of-the-instrument",
    "The direction on record for a figure is the instrument's own.",
    "question",
    "The scoring of the instrument",
)
TOGETHER = Rule(
    "scores-move-together",
    "In one arm over one time, no score gets clearly worse while another gets clearly better.",
    "question",
    "The scoring of the instrument",
)
RULES = (IN_RANGE, SPREAD_POSSIBLE, DIRECTION, TOGETHER)

#: A mean that moves by less than this share of its range is not called a clear change: MIC is 15 to 30 of 100.
CLEAR_CHANGE = 0.10


def check(study: Study, instruments: Mapping[str, Instrument]) -> Iterator[Finding]:
    """What the study's scores break; only instruments whose range and direction are on record are judged."""
    for result in study.results:
        instrument = instruments.get(result.instrument or "")
        if instrument is not None and result.printed:
            yield from _in_range(study, result, instrument)
            yield from _spread(study, result, instrument)
            yield from _direction(study, result, instruments)
    yield from _together(study, instruments)


def _in_range(study: Study, result: Result, instrument: Instrument) -> Iterator[Finding]:
    printed = stands_for(result.printed)
    if printed is None or instrument.low is None or instrument.high is None or not _in_points(result):
        return
    width = instrument.high - instrument.low
    low, high = (instrument.low, instrument.high) if result.measure in SCORES else (-width, width)
    if printed.high < low or printed.low > high:
        found = f"The {result.measure.replace('-', ' ')} is printed as {result.printed}."
        yield Finding(
            IN_RANGE, study.id, found, f"{low:g} to {high:g} on {instrument.name}.", result.id, result.arm or "",
            unsure=result.confidence != "checked",
        )  # fmt: skip


def _in_points(result: Result) -> bool:
    return result.measure in {*SCORES, *IMPROVEMENTS, "mean-change", "mean-difference", "adjusted-difference"}


def _spread(study: Study, result: Result, instrument: Instrument) -> Iterator[Finding]:
    printed, spread = stands_for(result.printed), stands_for(result.sd)
    if not (printed and spread and result.measure == "mean") or instrument.low is None or instrument.high is None:
        return
    mean = float(result.printed)
    sample = result.n / (result.n - 1) if result.n and result.n > 1 else 2.0
    most = sqrt(max(0.0, (mean - instrument.low) * (instrument.high - mean)) * sample)
    if float(spread.low) > most:
        yield Finding(
            SPREAD_POSSIBLE, study.id, f"The mean is {result.printed}, its SD {result.sd}.",
            f"An SD of at most {most:.1f} on {instrument.name}.", result.id, result.arm or "",
            unsure=result.confidence != "checked",
        )  # fmt: skip


def _direction(study: Study, result: Result, instruments: Mapping[str, Instrument]) -> Iterator[Finding]:
    own = own_direction(result.instrument, instruments)
    if result.measure not in {*SCORES, "mean-change"} or not own or result.better in {"", own}:
        return
    name = instruments[result.instrument or ""].name
    if result.better == "disputed":
        found = f"Which way {name} is better is disputed for {result.printed}."
    else:
        found = f"{result.printed} is on record as better when {result.better}."
    yield Finding(DIRECTION, study.id, found, f"{own.capitalize()} is better on {name}.", result.id, result.arm or "")


def _together(study: Study, instruments: Mapping[str, Instrument]) -> Iterator[Finding]:
    """Each clear worsening beside a clear improvement of the same arm and time, by the instruments' own ways."""
    moves = [(result, move) for result in study.results if (move := _move(study, result, instruments)) is not None]
    for result, move in moves:
        better = [each for each in moves if _same_time(each[0], result) and each[1] >= CLEAR_CHANGE]
        if move > -CLEAR_CHANGE or not better:
            continue
        other = better[0][0]
        ours, theirs = (instruments[each.instrument or ""] for each in (result, other))
        yield Finding(
            TOGETHER,
            study.id,
            f"{ours.name} goes from {_before(study, result)} to {result.printed}, worse by its direction, while "
            f"{theirs.name} goes from {_before(study, other)} to {other.printed}, better.",
            "Both better or both worse, or a score that is printed the other way round.",
            result.id,
            result.arm or "",
            unsure=result.confidence != "checked",
        )


def _move(study: Study, result: Result, instruments: Mapping[str, Instrument]) -> float | None:
    """How far a mean moved from its baseline, as a share of the range; positive is better by the instrument's way."""
    before, own = _before(study, result), own_direction(result.instrument, instruments)
    if before is None or not own or result.measure not in SCORES or not result.printed:
        return None
    instrument = instruments[result.instrument or ""]
    if instrument.low is None or instrument.high is None:
        return None
    moved = float(Decimal(result.printed) - before) / (instrument.high - instrument.low)
    return moved if own == "higher" else -moved


def _before(study: Study, result: Result) -> Decimal | None:
    found = [each for each in study.baselines if each.instrument == result.instrument and each.arm == result.arm]
    return Decimal(str(found[0].mean)) if found else None


def _same_time(one: Result, other: Result) -> bool:
    return one.arm == other.arm and (one.day, one.endpoint, one.time_note) == (
        other.day,
        other.endpoint,
        other.time_note,
    )
