"""One comparison: a cohort beside a published figure under its grade, with difference, verdict and words.

A `Comparison` cannot be made without its `Grade`. Which comparisons there are is `comparisons`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from schemas.comparisons import SENSITIVITY_MARGINS
from schemas.vocabulary import Vocabulary
from transforms.comparability import Dimension, Grade
from transforms.masking import HIDDEN_TO, fewest_behind
from transforms.pairing import Pair
from transforms.sentences import (
    Observed,
    Published,
    apart_statement,
    expectation_statement,
    no_data_sentence,
    nobody_measured_sentence,
    not_due_sentence,
    refused_sentence,
    statement,
    suppressed_sentence,
    too_few_sentence,
)
from transforms.statistics.missing import tipping_point
from transforms.statistics.pooling import Pooled, predictive_check
from transforms.statistics.proportions import (
    DECISION_LEVEL,
    DISPLAY_LEVEL,
    FEWEST_FOR_VERDICT,
    Interval,
    equivalence_attainable,
    grim,
    minimum_n_for_equivalence,
    newcombe,
    robust_verdict,
    verdict,
    wilson,
)

FIRST_SETS = {"itt-nri": "missing as non-response"}
#: A refusal for one of these means that the two figures answer different questions, whatever the numbers are.
QUESTION: tuple[Dimension, ...] = ("condition", "intervention", "instrument", "definition")


@dataclass(frozen=True)
class Comparison:
    """A cohort beside a published figure, with its grade. There is no way to make one without a grade."""

    pair: Pair
    grade: Grade
    printed: Mapping[str, Any]
    margin: float
    margin_fixed_on: date | None
    mode: str
    pooled: Pooled | None
    context: Sequence[tuple[str, str]]

    def __post_init__(self) -> None:
        if not isinstance(self.grade, Grade):
            raise TypeError("comparison: no grade; grade the pair first (transforms.comparability.grade)")

    @property
    def outcome_kind(self) -> str:
        """How the comparison ends, the first that holds: what cannot be asked, is not there, or may not be said."""
        status = self.pair.rate["status"] if self.pair.rate else "not_asked"
        if self._other_questions or status == "not_asked":
            return "not_comparable"
        if status in ("no_data", "not_due", "suppressed"):
            return str(status)
        if fewest_behind(self.analysed) < FEWEST_FOR_VERDICT:
            return "too_few"
        if not self.grade.verdict_allowed:
            return "not_comparable"
        if not self.printed["carries_verdict"]:
            return "unverified"
        return "cannot_tell" if self.robust_verdict == "inconclusive" else "verdict"

    @property
    def _other_questions(self) -> list[str]:
        """Why the two figures answer different questions; empty where they answer the same one."""
        return [self.grade.reasons[name] for name in QUESTION if self.grade.levels[name] == "refuse"]

    @property
    def analysed(self) -> int:
        """Courses with an outcome, as released."""
        return int((self.pair.cell or {}).get("analysed") or 0)

    @property
    def missing(self) -> int:
        """Courses due without one, as released; a withheld number counts as the most that it can be."""
        missing = (self.pair.cell or {}).get("missing")
        return HIDDEN_TO if missing is None else int(missing)

    @property
    def responders(self) -> int:
        """Courses that met the definition, as released."""
        return int((self.pair.cell or {}).get("responders") or 0)

    @property
    def first_set(self) -> str:
        """The analysis set printed first: the study's own, unless it needs a number that is withheld."""
        withheld = (self.pair.cell or {}).get("missing") is None
        return "completers" if withheld else FIRST_SETS.get(self.pair.result.analysis_set, "completers")

    @property
    def _denominator(self) -> int:
        return self.analysed if self.first_set == "completers" else self.analysed + self.missing

    def _difference(self, denominator: int, level: float) -> Interval | None:
        if self.printed["n"] is None or not denominator:
            return None
        return newcombe(self.responders, denominator, self.printed["responders"], self.printed["n"], level)

    @property
    def _sets(self) -> tuple[Interval, Interval] | None:
        """90% intervals of the difference: completers, and missing as non-response (METHODS 2.5)."""
        completers = self._difference(self.analysed, DECISION_LEVEL)
        everybody = self._difference(self.analysed + self.missing, DECISION_LEVEL)
        return (completers, everybody) if completers and everybody else None

    @property
    def verdict(self) -> str:
        """The verdict on completers alone; empty where no difference can be computed."""
        if self.pooled is not None:
            return predictive_check(self.responders, self._denominator, self.pooled)
        return verdict(self._sets[0], self.margin) if self._sets else ""

    @property
    def robust_verdict(self) -> str:
        """The verdict that holds however the missing are counted."""
        if self.pooled is not None:
            return self.verdict
        return robust_verdict(*self._sets, self.margin).verdict if self._sets else "inconclusive"

    @property
    def depends_on_missing(self) -> bool:
        """Whether completers alone would give an answer that all patients do not."""
        if self.pooled is not None or self._sets is None:
            return False
        return robust_verdict(*self._sets, self.margin).depends_on_missing

    def row(self, vocabulary: Vocabulary) -> dict[str, Any]:
        """The comparison as a row of `Comparisons`, without the numbers that the grade or the evidence forbids."""
        pair, kind = self.pair, self.outcome_kind
        described = {
            "arm": pair.result.arm,
            "definition": pair.result.definition or "",
            "observed_definition": pair.found.observed,
            "endpoint": pair.result.endpoint or "",
            "population": pair.study.population,
            "grade": self.grade.letter,
            "outcome_kind": kind,
            "mode": self.mode,
            "margin": self.margin,
            **self._fixed(vocabulary),
            "first_set": self.first_set,
            "left_out": (pair.cell or {}).get("left_out"),
            "sentence": self._sentence(kind, vocabulary),
        }
        judged = kind in ("verdict", "cannot_tell")
        observed = self._observed_numbers() if kind in ("verdict", "cannot_tell", "unverified", "too_few") else {}
        return pair.key | described | self._verdicts(judged) | observed | (self._differences() if judged else {})

    def _verdicts(self, judged: bool) -> dict[str, Any]:
        if not judged:
            empty = dict.fromkeys(("verdict", "robust_verdict", *SENSITIVITY_MARGINS), "")
            return empty | {"depends_on_missing": False}
        shown = {"verdict": self.verdict, "robust_verdict": self.robust_verdict}
        return shown | self._at_other_margins() | {"depends_on_missing": self.depends_on_missing}

    def _at_other_margins(self) -> dict[str, str]:
        """What the same intervals say with the margins of METHODS 2.4; empty beside a pool, which knows no margin."""
        sets = None if self.pooled is not None else self._sets
        return {
            column: robust_verdict(*sets, margin).verdict if sets else ""
            for column, margin in SENSITIVITY_MARGINS.items()
        }

    def _fixed(self, vocabulary: Vocabulary) -> dict[str, Any]:
        """When margin and window were decided, and whether both came before the data (METHODS 2.4)."""
        endpoint = vocabulary.endpoints.get(self.pair.result.endpoint or "")
        days = (self.margin_fixed_on, endpoint.fixed_on if endpoint else None)
        cut = self.pair.cohort["data_to"]
        before = None if cut is None else all(day is not None and day <= cut for day in days)
        return {"margin_fixed_on": days[0], "window_fixed_on": days[1], "fixed_before_data": before}

    def _observed_numbers(self) -> dict[str, Any]:
        cell, rate = self.pair.cell or {}, self.pair.rate or {}
        interval = wilson(self.responders, self._denominator)
        low, high = self._published_span()
        return {
            "observed_rate": self.responders / self._denominator if self._denominator else None,
            "observed_low": interval.low if interval else None,
            "observed_high": interval.high if interval else None,
            "bound_low": rate.get("bound_low"),
            "bound_high": rate.get("bound_high"),
            "analysed": cell.get("analysed"),
            "missing": cell.get("missing"),
            "published_rate": self.pooled.mean if self.pooled else self.printed["rate"],
            "published_low": low,
            "published_high": high,
        }

    def _published_span(self) -> tuple[float | None, float | None]:
        if self.pooled:
            return self.pooled.prediction_low, self.pooled.prediction_high
        return self.printed["rate_low"], self.printed["rate_high"]

    def _differences(self) -> dict[str, Any]:
        shown = self._difference(self._denominator, DISPLAY_LEVEL)
        if self.pooled is not None or shown is None or self._sets is None:
            return {}
        x, n = self.printed["responders"], self.printed["n"]
        return {
            "difference": self.responders / self._denominator - x / n,
            "difference_low": shown.low,
            "difference_high": shown.high,
            "difference_low90": min(one.low for one in self._sets),
            "difference_high90": max(one.high for one in self._sets),
            "equivalence_attainable": equivalence_attainable(self.analysed, x, n, self.margin),
            "equivalence_needs": minimum_n_for_equivalence(x, n, self.margin),
            "tipping_point": self._tipping_point(),
        }

    def _tipping_point(self) -> int | None:
        """Fewest of the missing who must have responded for the interval to lie above the published rate."""
        return tipping_point(self.responders, self.analysed, self.missing, self.printed["rate"])

    # --- words ------------------------------------------------------------------------------------------------

    def _sentence(self, kind: str, vocabulary: Vocabulary) -> str:
        if kind == "not_comparable" and self.grade.letter == "R":
            return refused_sentence(self._label(), self._refusals())
        rate = self.pair.rate or {}
        if kind == "no_data":
            missing = rate.get("missing")
            return nobody_measured_sentence(missing, self._window(vocabulary), True) if missing else no_data_sentence()
        if kind == "not_due":
            return not_due_sentence(rate.get("due_from"))
        if kind == "suppressed":
            return suppressed_sentence()
        if kind == "too_few":
            return too_few_sentence(self.analysed, True)
        return self._statement(kind, vocabulary)

    def _refusals(self) -> Sequence[str]:
        """The reasons worth saying: of a question that was never asked, not how many answered it."""
        if self._other_questions:
            return self._other_questions
        return [self.grade.reasons["time_window"]] if self.pair.rate is None else self.grade.refusals

    def _statement(self, kind: str, vocabulary: Vocabulary) -> str:
        reasons = [self.grade.reasons[name] for name in self.grade.reasons]
        observed = self._observed(vocabulary)
        if kind in ("not_comparable", "unverified"):
            why = self.printed["why_not"] if kind == "unverified" else "too much differs between the two"
            return apart_statement(observed, self._published(), self.grade.letter, reasons, why)
        if self.pooled is not None:
            return expectation_statement(observed, self.pooled, self.verdict, self.grade.letter, reasons)  # type: ignore[arg-type]  # its words are those of METHODS 2.4 and 3.4
        numbers = self._differences()
        tipping = self._tipping_point() if self.depends_on_missing else None
        return statement(
            observed,
            self._published(),
            self.robust_verdict,  # type: ignore[arg-type]  # its words are those of METHODS 2.4 and 3.4
            self.margin,
            letter=self.grade.letter,
            reasons=reasons,
            depends_on_missing=self.depends_on_missing,
            tipping_point=tipping,
            equivalence_attainable=numbers["equivalence_attainable"],
            equivalence_needs=numbers["equivalence_needs"],
        )

    def _observed(self, vocabulary: Vocabulary) -> Observed:
        cell, rate = self.pair.cell or {}, self.pair.rate or {}
        interval = wilson(self.responders, self._denominator)
        bounds = None if rate.get("bound_low") is None else Interval(rate["bound_low"], rate["bound_high"])
        return Observed(
            x=self.responders,
            n=self.analysed,
            missing=cell.get("missing"),
            interval=interval or Interval(0.0, 1.0),
            bounds=bounds,
            window=self._window(vocabulary),
            definition=vocabulary.definitions[self.pair.found.observed].label,
            rounded=True,
            first_set=self.first_set,  # type: ignore[arg-type]  # its words are those of METHODS 2.4 and 3.4
            left_out=cell.get("left_out", 0),
        )

    def _published(self) -> Published:
        n = self.printed["n"]
        found = grim(self.printed["printed"], n) if n is not None else None
        return Published(label=self._label(), printed=self.printed["printed"], n=n, grim=found, context=self.context)

    def _label(self) -> str:
        return str(self.printed["label"])

    def _window(self, vocabulary: Vocabulary) -> str:
        return vocabulary.endpoints[self.pair.result.endpoint or ""].label
