"""The steps, the only list of them: what each makes, over what, and whether it is stored. Walking them is `pipeline`.

Dagster's assets, lineage and column schemas are made from it. Imports no Dagster.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from transforms import (
    calibration,
    case_mix,
    changes,
    checks,
    claims,
    clinic_variation,
    comparability_facts,
    comparisons,
    contrasts,
    counts,
    disclosure,
    disclosure_of_improvements,
    disclosure_of_strata,
    episodes,
    findings,
    follow_up,
    improvements,
    labels,
    ledger,
    lineage,
    method_rules,
    observed_rates,
    outcomes,
    pooled_context,
    published_figures,
    published_rates,
    readings,
    responses,
    rule_strip,
    strata,
    technical_panel,
    trends,
)

Scope = Literal["delivery", "source", "network"]


@dataclass(frozen=True)
class Step:
    """One table: the function that makes it, over what, and whether it is stored.

    The function's positional parameters are its upstream tables, its keyword-only ones its other inputs. `kept` says
    that making the table costs more than reading the last one (`orchestration.kept`). `alone` says that a source's rows
    depend on no other source's, so that those of the others may stay; never where clinics are compared with each other.
    `apart` names columns, of the key: rows that differ in one of them depend on no common rows of the tables that have
    these columns. `finer` names further columns by which few of a part's rows differ from one release to the next.
    """

    make: Callable[..., Any]
    scope: Scope
    stored: bool = True
    kept: bool = False
    alone: bool = False
    apart: tuple[str, ...] = ()
    finer: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        """The columns by which the table falls into parts that do not depend on each other; none where it does not."""
        return ("source",) if self.alone else self.apart

    @property
    def hashed(self) -> tuple[str, ...]:
        """The columns by which the table's rows are hashed and exchanged: its parts, or smaller ones."""
        return (*self.parts, *self.finer)

    @property
    def name(self) -> str:
        """The table's name: that of the function."""
        return self.make.__name__

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the upstream tables, read from the signature."""
        return self._parameters(inspect.Parameter.POSITIONAL_OR_KEYWORD)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the other inputs, read from the signature."""
        return self._parameters(inspect.Parameter.KEYWORD_ONLY)

    def _parameters(self, kind: Any) -> tuple[str, ...]:
        return tuple(name for name, one in inspect.signature(self.make).parameters.items() if one.kind is kind)


#: Clinics are compared in one cell of one period at a time, their patients in one cell.
_OUTCOME = ("definition", "endpoint", "population")
_CELL = (*_OUTCOME, "period_kind", "period")

STEPS: tuple[Step, ...] = (
    Step(readings.readings, "delivery"),
    Step(episodes.episodes, "source"),
    Step(outcomes.outcomes, "source"),
    Step(responses.responses, "source", stored=False),
    Step(counts.counts, "source"),
    Step(strata.strata, "source"),
    Step(improvements.improvements, "source"),
    Step(ledger.deliveries, "network"),
    Step(ledger.rejections, "network"),
    Step(labels.cohorts, "network"),
    Step(labels.definitions, "network"),
    Step(labels.endpoints, "network"),
    Step(labels.instruments, "network"),
    Step(labels.populations, "network"),
    Step(published_rates.studies, "network"),
    Step(published_rates.arms, "network"),
    Step(published_rates.published_rates, "network"),
    Step(published_figures.published_figures, "network", kept=True),
    Step(findings.findings, "network", kept=True),
    Step(claims.claims, "network"),
    Step(contrasts.contrasts, "network", kept=True),
    Step(pooled_context.pooled_context, "network", kept=True),
    Step(disclosure.released_counts, "network", alone=True),
    Step(observed_rates.observed_rates, "network", alone=True),
    Step(disclosure_of_improvements.score_changes, "network", alone=True),
    Step(disclosure_of_improvements.change_groups, "network", alone=True),
    Step(disclosure_of_improvements.improvement_curves, "network", alone=True),
    Step(comparability_facts.comparability, "network", kept=True, alone=True),
    Step(comparisons.comparisons, "network", kept=True, alone=True),
    Step(technical_panel.technical_panel, "network", kept=True, alone=True),
    Step(clinic_variation.clinic_variation, "network", kept=True, apart=_CELL),
    Step(clinic_variation.funnel_limits, "network", kept=True, apart=_CELL),
    Step(trends.trends, "network", kept=True, alone=True),
    Step(follow_up.follow_up, "network", kept=True, apart=_CELL),
    Step(disclosure_of_strata.weighted_rates, "network", kept=True, alone=True),
    Step(disclosure_of_strata.standardised_rates, "network", kept=True, apart=_OUTCOME),
    Step(case_mix.case_mix, "network", apart=_OUTCOME, finer=("measure", "level")),
    Step(rule_strip.rule_strip, "network", kept=True, alone=True),
    Step(changes.changes, "network"),
    Step(method_rules.method_rules, "network"),
    Step(lineage.steps, "network"),
    Step(calibration.calibration, "network"),
    Step(checks.checks, "network"),
    Step(labels.release_notes, "network"),
)

#: By table, the columns by which its rows are hashed and exchanged.
PARTS: dict[str, tuple[str, ...]] = {step.name: step.hashed for step in STEPS}
