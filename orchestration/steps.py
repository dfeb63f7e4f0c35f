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
    disclosure_of_strata,
    episodes,
    findings,
    follow_up,
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
    trends,
)

Scope = Literal["delivery", "source", "network"]


@dataclass(frozen=True)
class Step:
    """One table: the function that makes it, over what, and whether it is stored.

    The function's positional parameters are its upstream tables, its keyword-only ones its other inputs.
    """

    make: Callable[..., Any]
    scope: Scope
    stored: bool = True

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


STEPS: tuple[Step, ...] = (
    Step(readings.readings, "delivery"),
    Step(episodes.episodes, "source"),
    Step(outcomes.outcomes, "source"),
    Step(responses.responses, "source", stored=False),
    Step(counts.counts, "source"),
    Step(strata.strata, "source"),
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
    Step(published_figures.published_figures, "network"),
    Step(findings.findings, "network"),
    Step(claims.claims, "network"),
    Step(contrasts.contrasts, "network"),
    Step(pooled_context.pooled_context, "network"),
    Step(disclosure.released_counts, "network"),
    Step(observed_rates.observed_rates, "network"),
    Step(comparability_facts.comparability, "network"),
    Step(comparisons.comparisons, "network"),
    Step(clinic_variation.clinic_variation, "network"),
    Step(clinic_variation.funnel_limits, "network"),
    Step(trends.trends, "network"),
    Step(follow_up.follow_up, "network"),
    Step(disclosure_of_strata.weighted_rates, "network"),
    Step(disclosure_of_strata.standardised_rates, "network"),
    Step(case_mix.case_mix, "network"),
    Step(rule_strip.rule_strip, "network"),
    Step(changes.changes, "network"),
    Step(method_rules.method_rules, "network"),
    Step(lineage.steps, "network"),
    Step(calibration.calibration, "network"),
    Step(checks.checks, "network"),
    Step(labels.release_notes, "network"),
)
