"""Every cohort beside every published figure, in twelve dimensions: what each side has, and how far apart they are.

The rules of the grade are in `comparability`; what may be said under a grade is `comparisons`.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from schemas.comparisons import Comparability
from schemas.study_rows import Result, Study
from schemas.vocabulary import Vocabulary
from transforms.comparability import DIMENSIONS, Convention, Facts, Intervention, grade
from transforms.masking import HIDDEN_TO
from transforms.pairing import Pair, pairs

SETS = {
    "itt-nri": "all patients, missing as non-response",
    "itt": "all patients",
    "completers": "those with an outcome",
    "unknown": "not known",
}


#: How our rate is counted, beside the way in which the study counts.
COUNTED_AS: dict[Convention, str] = {
    "same": "recomputed as the study counted",
    "different": "of those with an outcome: the missing are not shown",
    "unknown": "of those with an outcome",
}


def comparability(
    released_counts: pl.DataFrame,
    observed_rates: pl.DataFrame,
    published_rates: pl.DataFrame,
    cohorts: pl.DataFrame,
    *,
    evidence: Mapping[str, Study],
    vocabulary: Vocabulary,
) -> pl.DataFrame:
    """The columns of `Comparability`: twelve rows for every clinic and benchmark, refused ones included.

    Judged from released counts only (METHODS, section 4; DESIGN, section 4).
    """
    printed = {(row["study"], row["result"]): row for row in published_rates.iter_rows(named=True)}
    columns: dict[str, list[str]] = {name: [] for name in Comparability.schema()}
    for pair in pairs(released_counts, observed_rates, cohorts, evidence=evidence, vocabulary=vocabulary):
        facts = facts_of(pair, printed[pair.study.id, pair.result.id], vocabulary)
        graded, sides = grade(facts, theirs=pair.study.label), _sides(pair, vocabulary)
        found = {name: [value] * len(DIMENSIONS) for name, value in pair.key.items()} | {
            "dimension": list(DIMENSIONS),
            "level": [graded.levels[one] for one in DIMENSIONS],
            "reason": [graded.reasons.get(one, "") for one in DIMENSIONS],
            "ours": [sides[one][0] for one in DIMENSIONS],
            "theirs": [sides[one][1] for one in DIMENSIONS],
        }
        for name, values in found.items():
            columns[name] += values
    return pl.DataFrame(columns, schema=Comparability.schema())


def facts_of(pair: Pair, printed: Mapping[str, Any], vocabulary: Vocabulary) -> Facts:
    """The facts that METHODS 4.2 asks for, from what was released and what was printed."""
    cell = pair.cell or {}
    analysed = cell.get("analysed") or 0
    return Facts(
        same_condition=pair.cohort["condition"] == pair.study.condition,
        intervention=_intervention(pair, vocabulary),
        share_meeting_chronicity=cell.get("chronicity_band"),
        baseline_smd=_baseline_difference(pair, vocabulary),
        instrument=pair.found.instrument,
        definition=pair.found.definition,
        median_day=cell.get("median_day"),
        benchmark_day=pair.result.day,
        analysis_convention=convention(pair),
        followup_rate=follow_up(cell),
        coverage=cell.get("coverage_band"),
        n_analysed=analysed,
        benchmark_n=printed["n"],
        low_risk_of_bias=pair.study.low_risk_of_bias,
        grim_ok=printed["grim"] != "not attainable",
        withheld=cell.get("status") == "suppressed",
    )


def convention(pair: Pair) -> Convention:
    """Whether the cohort's rate is counted as the study counted: recomputed, unless the missing are withheld."""
    wanted = pair.result.analysis_set
    if wanted == "completers":
        return "same"
    if wanted == "itt-nri":
        return "same" if pair.cell is None or pair.cell["missing"] is not None else "different"
    return "unknown"


def follow_up(cell: Mapping[str, Any]) -> float | None:
    """Share of those due who have an outcome; a withheld number of missing counts as the most it can be."""
    analysed = cell.get("analysed")
    if analysed is None:
        return None
    missing = HIDDEN_TO if cell["missing"] is None else cell["missing"]
    return float(analysed / (analysed + missing)) if analysed + missing else None


def _intervention(pair: Pair, vocabulary: Vocabulary) -> Intervention:
    ours, theirs = pair.cohort["treatment"], pair.study.arm(pair.result.arm).treatment
    if ours == theirs:
        return "same"
    variants = {
        ours: vocabulary.treatments[ours].variant_of,
        theirs: vocabulary.treatments[theirs].variant_of,
    }
    return "variant" if variants[ours] == theirs or variants[theirs] == ours else "different"


def _baseline_difference(pair: Pair, vocabulary: Vocabulary) -> float | None:
    ours = (pair.cell or {}).get("baseline_mean")
    if ours is None or pair.found.instrument != "identical":
        return None
    instrument = vocabulary.definitions[pair.found.observed].rules[0].instrument
    for baseline in pair.study.baselines:
        known = baseline.sd is not None and baseline.confidence == "checked"
        if known and baseline.instrument == instrument and baseline.arm in (None, pair.result.arm):
            return (float(ours) - float(baseline.mean)) / float(baseline.sd) if baseline.sd else None
    return None


def _sides(pair: Pair, vocabulary: Vocabulary) -> dict[str, tuple[str, str]]:
    """What each side has, in words, for the comparability table: ours and theirs."""
    cell, study, result = pair.cell or {}, pair.study, pair.result
    population = vocabulary.populations[study.population]
    share = follow_up(cell)
    return {
        "condition": (
            vocabulary.conditions[pair.cohort["condition"]].name,
            vocabulary.conditions[study.condition].name,
        ),
        "intervention": (
            vocabulary.treatments[pair.cohort["treatment"]].name,
            vocabulary.treatments[study.arm(result.arm).treatment].name,
        ),
        "chronicity": (
            _meeting(cell.get("chronicity_band")),
            f"{population.min_duration_weeks} weeks or more" if population.min_duration_weeks else "no minimum",
        ),
        "baseline_severity": (_number(cell.get("baseline_mean")), _their_baseline(pair, vocabulary)),
        "instrument": (
            pair.cohort["instruments"],
            ", ".join(_their_instruments(result, vocabulary)) or "not known",
        ),
        "definition": (
            _label(pair.found.observed, vocabulary),
            _label(result.definition or "", vocabulary) or result.definition_note,
        ),
        "time_window": (_day(cell.get("median_day")), _day(result.day)),
        "analysis_convention": (
            COUNTED_AS[convention(pair)] if share is not None else "nothing shown",
            SETS[result.analysis_set],
        ),
        "followup": (_followed_up(cell, share), "not needed"),
        "coverage": (_of_courses(cell.get("coverage_band")), "not needed"),
        "cohort_size": (f"about {cell['analysed']}" if cell.get("analysed") else "none shown", "not needed"),
        "benchmark_quality": (
            "not needed",
            f"{f'{result.n} patients' if result.n else 'not known how many patients'}, {result.printed}% as printed",
        ),
    }


def _meeting(band: str | None) -> str:
    """A cohort without a cell has no band, which is as little known as the band of what is not known."""
    return "not known how many meet it" if band in (None, "unknown") else f"{band} known to meet it"


def _of_courses(band: str | None) -> str:
    return "not known what share of courses" if band in (None, "unknown") else f"{band} of courses"


def _followed_up(cell: Mapping[str, Any], share: float | None) -> str:
    if share is None:
        return "not shown" if cell.get("status") == "suppressed" else "not known"
    return f"at least {share:.0%}" if cell["missing"] is None else f"{share:.0%}"


def _their_instruments(result: Result, vocabulary: Vocabulary) -> tuple[str, ...]:
    if result.definition:
        return vocabulary.definitions[result.definition].instruments
    return (result.instrument,) if result.instrument else ()


def _their_baseline(pair: Pair, vocabulary: Vocabulary) -> str:
    theirs = [one for one in pair.study.baselines if one.arm in (None, pair.result.arm)]
    wanted = _their_instruments(pair.result, vocabulary)[:1]
    for one in theirs:
        if one.instrument in wanted:
            return f"{one.mean:g} (SD {one.sd:g})" if one.sd is not None else f"{one.mean:g} (SD not known)"
    return "not known"


def _label(definition: str, vocabulary: Vocabulary) -> str:
    return vocabulary.definitions[definition].label if definition else ""


def _number(value: float | None) -> str:
    return "not known" if value is None else f"about {value:g}"


def _day(value: float | None) -> str:
    return "not known" if value is None else f"day {value:.0f}"
