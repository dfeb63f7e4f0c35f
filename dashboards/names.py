"""What ids are called on a page: labels looked up in the tables, words for roles, levels and dimensions."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import polars as pl

from dashboards.marts import Marts, Row, rows
from dashboards.plain import clean, slug
from dashboards.wording import DAGGER, capital

#: The population that is no restriction.
EVERYONE = "everyone"
#: Arms that stand beside a treatment arm as context, in this order; never a benchmark themselves (METHODS 4.2).
CONTEXT_ROLES = ("sham", "placebo", "usual-care", "guideline-care", "waiting-list", "other-treatment")
#: Why a figure that was checked in every part carries no verdict all the same.
CONTEXT_ONLY = "it stands beside the study's treatment as context, and no clinic is judged by it"
ROLE_WORDS = {
    "active": "treatment",
    "mixed": "several arms together",
    "observational": "uncontrolled cohort",
    "sham": "sham",
    "placebo": "placebo",
    "usual-care": "usual care",
    "guideline-care": "guideline care",
    "waiting-list": "waiting list",
    "other-treatment": "another treatment",
}
#: METHODS 4.2, in its order; the ids are those of the table `comparability`.
DIMENSIONS = {
    "condition": "Condition",
    "intervention": "Treatment",
    "chronicity": "Duration of complaint",
    "baseline_severity": "Severity at the start",
    "instrument": "Questionnaire",
    "definition": "Responder rule",
    "time_window": "Time of follow-up",
    "analysis_convention": "Missing patients counted as",
    "followup": "Share followed up",
    "coverage": "Share measured at the start",
    "cohort_size": "Size of the cohort",
    "benchmark_quality": "Quality of the published figure",
}
LEVEL_WORDS = {"match": "match", "minor": "minor difference", "major": "major difference", "refuse": "refused"}
#: The same of several dimensions.
SEVERAL = {"minor": "minor differences", "major": "major differences"}
#: What tells a rate from all others of its period, and what of it may stand in place of a comparison's own.
CELL = ("definition", "source", "cohort", "endpoint", "population")
OF_A_COMPARISON = (
    "rate", "rate_low", "rate_high", "nonresponse_rate", "nonresponse_low", "nonresponse_high", "bound_low",
    "bound_high", "analysed", "missing", "due_from",
)  # fmt: skip
_PLACES = {dimension: place for place, dimension in enumerate(DIMENSIONS)}


class Names:
    """Labels for ids, and the few facts that a row needs from another table."""

    def __init__(self, marts: Marts) -> None:
        self.cohorts = {(row["source"], row["cohort"]): row for row in rows(marts.cohorts)}
        self.studies = {row["study"]: clean(row["label"], 80) for row in rows(marts.studies)}
        self.endpoints = {row["endpoint"]: clean(row["label"], 40) for row in rows(marts.endpoints)}
        self._targets = {row["endpoint"]: row["target"] for row in rows(marts.endpoints)}
        self.definitions = {row["definition"]: row for row in rows(marts.definitions)}
        self.populations = {row["population"]: clean(row["label"]) for row in rows(marts.populations)}
        self.instruments = {row["instrument"]: clean(row["name"], 80) for row in rows(marts.instruments)}
        self._marts = marts
        self._failed = failed_sources(rows(marts.checks))
        self._shown = {who: _shown(row) for who, row in self.cohorts.items()}

    @cached_property
    def _rates(self) -> dict[tuple[str, ...], Row]:
        whole_period = rows(self._marts.observed_rates.filter(period_kind="all").select(*CELL, *OF_A_COMPARISON))
        return {_cell(row, row["definition"]): row for row in whole_period}

    @cached_property
    def _counted(self) -> set[tuple[str, ...]]:
        """The cells of which there is a rate, hidden or not, over all periods."""
        return set(self._marts.observed_rates.filter(period_kind="all").select(CELL).iter_rows())

    @cached_property
    def _dimensions(self) -> dict[tuple[str, ...], list[Row]]:
        found: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        place = pl.col("dimension").replace_strict(_PLACES, default=len(_PLACES), return_dtype=pl.Int64)
        for row in rows(self._marts.comparability.sort(place, "dimension", maintain_order=True)):
            found[_comparison(row)].append(row)
        return found

    def cohort(self, row: Row) -> str:
        """The shown name of a row's cohort; an arm of a trial is called one, and a failed check of it has a dagger."""
        label = self._shown.get((row["source"], row["cohort"])) or clean(row["cohort"], 60)
        return f"{label}{DAGGER}" if row["source"] in self._failed else label

    def study(self, study: str) -> str:
        """The shown name of a study."""
        return self.studies.get(study) or clean(study, 80)

    def endpoint(self, endpoint: str | None) -> str:
        """The shown name of an endpoint; empty where the study's time is not known."""
        return self.endpoints.get(endpoint or "") or clean(endpoint, 40)

    def questionnaires(self, ids: str) -> str:
        """The shown names of questionnaires whose ids stand in a text with commas."""
        return ", ".join(self.instruments.get(one) or clean(one, 40) for one in ids.replace(" ", "").split(","))

    def arm(self, study: str, arm: str) -> str:
        """The shown name of a study's arm."""
        return self._arms.get((study, arm)) or clean(arm, 60)

    @cached_property
    def _arms(self) -> dict[tuple[str, str], str]:
        return {(row["study"], row["arm"]): clean(row["label"], 60) for row in rows(self._marts.arms)}

    def time(self, endpoint: str | None) -> tuple[int, str, str]:
        """An endpoint as a choice: its target day, its id, its shown name; all empty where the time is not known."""
        known = endpoint or ""
        return self._targets.get(known, 0), known, self.endpoint(known)

    def rule(self, figure: Row) -> str:
        """A published figure's responder rule in a few words: ours, else what is known of the study's."""
        known = self.definitions.get(figure["definition"] or "")
        return clean(known["label"]) if known else clean(figure["definition_note"]) or "rule not known"

    def rule_sentence(self, figure: Row) -> str:
        """A published figure's responder rule in full: ours, else what is known of the study's."""
        known = self.definitions.get(figure["definition"] or "")
        return clean(known["sentence"], 1000) if known else clean(figure["definition_note"], 1000)

    def observed(self, comparison: Row) -> Row | None:
        """The observed rate, over all periods, that answers to a comparison's figure, if one was computed."""
        return self._rates.get(_cell(comparison, comparison["observed_definition"] or comparison["definition"]))

    def receipt(self, row: Row) -> str:
        """Where the receipt of a row's own numbers stands, from the root of the site; empty where nothing was counted.

        `row` has a cohort, a definition, an endpoint and a population; of a comparison, our definition counts.
        """
        own = row.get("observed_definition") or row["definition"]
        return _receipt(row, own) if _cell(row, own) in self._counted else ""

    def labels(self, table: pl.DataFrame) -> "Labels":
        """The names of the clinics in a table of one outcome, and of which of them there is a rate."""
        cell = ("definition", "endpoint", "population")
        ((definition, endpoint, population),) = table.select(cell).unique().iter_rows()
        who = table.select("source", "cohort").unique(maintain_order=True).rows()
        counted = {each: (definition, *each, endpoint, population) in self._counted for each in who}
        return Labels({(one, arm): self.cohort({"source": one, "cohort": arm}) for one, arm in who}, counted)

    def baseline(self, study: str, arm: str, mean: float) -> str:
        """Where the record of a published baseline stands; that of its study where the figure is not told apart."""
        found = self._baselines.get((study, arm, mean))
        return record_address(found) if found else f"evidence/{slug(study)}.html"

    @cached_property
    def _baselines(self) -> dict[tuple[str, str, float], Row]:
        printed = rows(self._marts.published_figures.filter(pl.col("entry") == "baseline", pl.col("printed") != ""))
        return {(row["study"], row["arm"], float(row["printed"])): row for row in reversed(printed)}

    def dimensions(self, comparison: Row) -> tuple[Row, ...]:
        """The twelve dimensions of a comparison, in the order of METHODS 4.2."""
        return tuple(self._dimensions.get(_comparison(comparison), ()))


@dataclass(frozen=True)
class Labels:
    """What clinics are called, and of which of them a rate of one outcome was counted: all that its page names."""

    cohorts: Mapping[tuple[str, str], str]
    counted: Mapping[tuple[str, str], bool]

    def cohort(self, row: Row) -> str:
        """The shown name of a row's cohort, as `Names.cohort` gives it."""
        return self.cohorts[row["source"], row["cohort"]]

    def receipt(self, row: Row) -> str:
        """Where the receipt of a row stands, as `Names.receipt` gives it."""
        return _receipt(row, row["definition"]) if self.counted[row["source"], row["cohort"]] else ""


@lru_cache(maxsize=2)  # all tables, and what of them pages of clinics show
def names_of(marts: Marts) -> Names:
    """The names of a release, gathered once for all of its pages."""
    return Names(marts)


def failed_sources(checks: Sequence[Row]) -> set[str]:
    """What checks that failed, or could not be finished, were about: the sources of files, and other things judged."""
    return {row["object"].partition("/")[0] for row in checks if row["status"] in ("failed", "error")}


def _shown(cohort: Row) -> str:
    label = clean(cohort["label"], 60) or clean(cohort["cohort"], 60)
    return f"{label} (trial arm)" if cohort["kind"] == "arm" else label


def levels_told(levels: Iterable[str]) -> str:
    """How many dimensions of a comparison are of which level: "9 match, 3 minor differences"."""
    totals = Counter(levels)
    return ", ".join(
        f"{totals[level]} {SEVERAL.get(level, word) if totals[level] > 1 else word}"
        for level, word in LEVEL_WORDS.items()
        if totals[level]
    )


def dimension_name(dimension: str) -> str:
    """What a dimension of comparability is called."""
    return DIMENSIONS.get(dimension, clean(dimension, 60))


def cohort_key(row: Row) -> str:
    """The name of a cohort in addresses: the source, and the arm where the source has several."""
    return slug(row["source"] if row["source"] == row["cohort"] else f"{row['source']}.{row['cohort']}")


def clinic_address(row: Row) -> str:
    """The page of a row's cohort, from the root of the site."""
    return f"clinics/{cohort_key(row)}.html"


@lru_cache(maxsize=4096)
def outcome_key(definition: str, endpoint: str, population: str) -> str:
    """The name of an outcome in addresses: its rule and time, and its population where that is not everyone."""
    parts = (definition, endpoint) if population == EVERYONE else (definition, endpoint, population)
    return slug(".".join(parts))


def clinic_addresses(marts: Marts) -> dict[str, str]:
    """The page of each source, from the root of the site; a trial's is that of its first arm."""
    return {row["source"]: clinic_address(row) for row in reversed(rows(marts.cohorts))}


def benchmark_key(row: Row) -> str:
    """The name of a published figure in addresses."""
    return slug(f"{row['study']}.{row['result']}")


def role_words(figure: Row) -> str:
    """The part that an arm plays in its study, in words."""
    return ROLE_WORDS.get(figure["role"], clean(figure["role"], 40))


def arm_label(figure: Row, study_label: str) -> str:
    """What an arm received, without the study's name in front, which stands beside it already."""
    label = clean(figure["label"], 90)
    bare = label[len(study_label) :].lstrip(" ,:–-") if label.lower().startswith(study_label.lower()) else label
    return bare or role_words(figure)


def context_label(figure: Row, study_label: str) -> str:
    """A context arm by its role and by what it received: "Sham: superficial needling"."""
    role, given = role_words(figure), arm_label(figure, study_label)
    return capital(given if role in given.lower() else f"{role}: {given}")


def record_address(row: Row) -> str:
    """Where the record of a published figure stands, from the root of the site."""
    return f"evidence/{slug(row['study'])}.html#r-{slug(row['result'])}"


def is_benchmark(figure: Row) -> bool:
    """Whether a verdict may be drawn against a published figure: it is cleared, and not of an arm that is context."""
    return bool(figure["carries_verdict"]) and figure["role"] not in CONTEXT_ROLES


def why_no_verdict(figure: Row) -> str:
    """Why no verdict may be drawn against a published figure; empty where one may."""
    if figure["carries_verdict"]:
        return "" if is_benchmark(figure) else CONTEXT_ONLY
    return clean(figure["why_not"], 1000)


def is_checked(figure: Row) -> bool:
    """Whether percentage, rule and number of patients were all checked against a text."""
    return all(figure[part] == "checked" for part in ("confidence", "definition_confidence", "n_confidence"))


def _cell(row: Row, definition: str) -> tuple[str, ...]:
    return definition, row["source"], row["cohort"], row["endpoint"], row["population"]


def _receipt(row: Row, definition: str) -> str:
    return f"receipts/{cohort_key(row)}.html#{outcome_key(definition, row['endpoint'], row['population'])}"


def _comparison(row: Row) -> tuple[str, ...]:
    return row["source"], row["cohort"], row["study"], row["result"]
