"""What goes wrong in exports: each kind of damage a clinic's line can have, put there on purpose and noted.

The note is the truth about the line: every reason it must be set aside for. Names of reasons are those of
`schemas.readings.REASONS`; how the pipeline finds them is not known here.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from orchestration.sampling.lines import Line, Score, header, written_date
from orchestration.sampling.settings import Clinic, Network, SampleError
from schemas.vocabulary import Vocabulary

#: Kinds of damage that need other lines or the end of the file, and so are done after all the others.
BETWEEN_LINES = ("duplicate", "conflicting_scores")
AT_THE_END = "cut_short"


def spoiled(
    lines: list[Line], clinic: Clinic, network: Network, vocabulary: Vocabulary, chance: np.random.Generator
) -> list[Line]:
    """The lines with the damage that the clinic's settings ask for, and with its blank lines.

    Each damaged line was clean before; the last line is spared unless the file is cut short in it.
    Raises `SampleError` where the file has too few lines for all of the damage.
    """
    damage = _Damage(clinic, network, vocabulary, chance)
    wanted = [(kind, n) for kind, times in clinic.unfit.items() for n in range(times)]
    places = iter(_places(lines, len(wanted), clinic, chance))
    made, copies = list(lines), []
    for kind, n in wanted:
        if kind == AT_THE_END:
            made[-1] = _cut_short(made[-1])
            continue
        place = next(places)
        made[place] = damage.to(made[place], kind, n)
        if kind in BETWEEN_LINES:
            copies.append((place, damage.copy(lines[place], kind)))
    return _with_blank_lines(_with_copies(made, copies, chance), clinic, chance)


def _places(lines: list[Line], wanted: int, clinic: Clinic, chance: np.random.Generator) -> list[int]:
    whole = [place for place, line in enumerate(lines[:-1]) if _fully_scored(line)]
    if wanted > len(whole):
        raise SampleError(f"network.toml: clinic {clinic.alias}: unfit: {wanted} lines asked for, {len(whole)} there")
    return [whole[place] for place in chance.permutation(len(whole))[:wanted]]


def _fully_scored(line: Line) -> bool:
    return line.statement is not None and all(score.value is not None for score in line.statement.scores)


def _cut_short(line: Line) -> Line:
    return replace(line, cells=(*line.cells[:-1], line.cells[-1][:1]), reasons=(*line.reasons, AT_THE_END))


def _with_copies(lines: list[Line], copies: list[tuple[int, Line]], chance: np.random.Generator) -> list[Line]:
    after: dict[int, list[Line]] = {}
    for place, line in copies:
        after.setdefault(int(chance.integers(place, len(lines) - 1)), []).append(line)
    return [out for place, line in enumerate(lines) for out in (line, *after.get(place, ()))]


def _with_blank_lines(lines: list[Line], clinic: Clinic, chance: np.random.Generator) -> list[Line]:
    made = list(lines)
    for _ in range(clinic.blank_lines):
        made.insert(int(chance.integers(1, len(made))), Line((), None))
    return made


class _Damage:
    """Spoils one line at a time, in one clinic's columns and codes."""

    def __init__(self, clinic: Clinic, network: Network, vocabulary: Vocabulary, chance: np.random.Generator) -> None:
        self.clinic, self.network, self.vocabulary, self.chance = clinic, network, vocabulary, chance
        self.place = {name: place for place, name in enumerate(header(clinic))}
        self.decimal = str(clinic.file.get("decimal", "."))

    def to(self, line: Line, kinds: str, n: int) -> Line:
        """The line with one kind of damage, or with several joined by `+`; `n` counts lines of that kind."""
        for kind in kinds.split("+"):
            if kind != "duplicate":
                line = replace(line, cells=self._spoil(line, kind, n), reasons=(*line.reasons, kind))
        return line

    def copy(self, line: Line, kind: str) -> Line:
        """A later line about the same patient and day: the same again, or with other scores throughout."""
        copied = replace(line, reasons=(kind,))
        if kind == "conflicting_scores":
            for place, score in enumerate(_scores(line)):
                copied = replace(copied, cells=self._put(copied, self._score_column(place), self._other(score)))
        return copied

    def _spoil(self, line: Line, kind: str, n: int) -> tuple[str, ...]:
        if kind == "conflicting_scores":
            return line.cells  # the line itself is sound; the copy contradicts it
        if kind in WRONG_TEXT:
            ours, texts = WRONG_TEXT[kind]
            return self._write(line, ours, texts[n % len(texts)])
        if kind not in WRONG_OTHERWISE:
            raise SampleError(f"network.toml: clinic {self.clinic.alias}: unfit: {kind}: not a kind of damage")
        return WRONG_OTHERWISE[kind](self, line)

    def _write(self, line: Line, ours: str, text: str) -> tuple[str, ...]:
        if ours == "score":
            return self._put(line, self._score_column(0), text)
        if ours not in self.clinic.columns:
            raise SampleError(f"network.toml: clinic {self.clinic.alias}: unfit: it has no {ours} column to spoil")
        return self._put(line, self.clinic.columns[ours], text)

    def _put(self, line: Line, column: str, text: str) -> tuple[str, ...]:
        cells = list(line.cells)
        cells[self.place[column]] = text
        return tuple(cells)

    def _score_column(self, place: int) -> str:
        return str(self.clinic.measure[place]["column"]) if self.clinic.measure else self.clinic.columns["score"]

    def _other(self, score: Score) -> str:
        instrument = self.vocabulary.instruments[score.instrument]
        ladder = self.network.ladder(score.instrument, instrument.low or 0, instrument.high or 0)
        rung = ladder.index(score.value) if score.value is not None else 0
        return str(ladder[rung + 1 if rung + 1 < len(ladder) else rung - 1]).replace(".", self.decimal)

    def wrong_width(self, line: Line) -> tuple[str, ...]:
        return line.cells[:-1] if self.chance.random() < 0.5 else (*line.cells, "x")

    def out_of_range(self, line: Line) -> tuple[str, ...]:
        high = self.vocabulary.instruments[_scores(line)[0].instrument].high or 0
        too_high = str(int(high) + int(self.chance.integers(1, 40)))
        return self._write(line, "score", too_high if self.chance.random() < 0.8 else "-1")

    def too_precise(self, line: Line) -> tuple[str, ...]:
        decimals = self.vocabulary.instruments[_scores(line)[0].instrument].decimals
        return self._write(line, "score", f"3{self.decimal}{'1' * decimals}5")

    def thirty_first_of_february(self, line: Line) -> tuple[str, ...]:
        return self._write(line, "date", written_date(self.clinic, _scores(line)[0].on.year, 2, 31))

    def after_the_cut(self, line: Line) -> tuple[str, ...]:
        month = int(self.chance.integers(1, 13))
        return self._write(line, "date", written_date(self.clinic, self.network.data_cut.year + 1, month, 11))

    def a_century_off(self, line: Line) -> tuple[str, ...]:
        if "day" in self.clinic.columns:
            return self._write(line, "day", str(CENTURY_OF_DAYS))
        on = _scores(line)[0].on
        return self._write(line, "date", written_date(self.clinic, on.year - 100, on.month, min(on.day, 28)))


def _scores(line: Line) -> tuple[Score, ...]:
    if line.statement is None:
        raise SampleError("only a line that states something can be spoiled; blank lines come last")
    return line.statement.scores


#: Days of a visit dated a century too early or too late.
CENTURY_OF_DAYS = 36_525

#: Damage that is a wrong text in one column, by reason: our name of the column, and texts to take in turn.
WRONG_TEXT: dict[str, tuple[str, tuple[str, ...]]] = {
    "patient_missing": ("patient", ("",)),
    "patient_pattern": ("patient", ("0000", "patient 7")),
    "start_unreadable": ("start", ("soon", "2024")),
    "day_unreadable": ("day", ("a month",)),
    "visit_unknown": ("visit", ("extra",)),
    "instrument_unknown": ("instrument", ("PHQ", "old form")),
    "score_unreadable": ("score", ("7/10", ">5", "n/a", "7-8")),
    "age_unreadable": ("age", ("fifty", "214")),
    "sex_unknown": ("sex", ("?",)),
    "duration_unreadable": ("duration_weeks", ("years",)),
    "sessions_unreadable": ("sessions", ("six",)),
    "disqualified_unknown": ("disqualified", ("perhaps",)),
}
WRONG_OTHERWISE: dict[str, Callable[[_Damage, Line], tuple[str, ...]]] = {
    "wrong_width": _Damage.wrong_width,
    "score_out_of_range": _Damage.out_of_range,
    "score_too_precise": _Damage.too_precise,
    "date_unreadable": _Damage.thirty_first_of_february,
    "after_data_cut": _Damage.after_the_cut,
    "day_implausible": _Damage.a_century_off,
}
