"""The registry: every table, once, in the order of the flow."""

from schemas.calibration import Calibration
from schemas.case_mix import CaseMix
from schemas.changes import Changes
from schemas.checks import Checks
from schemas.claims import Claims
from schemas.clinic_variation import ClinicVariation, FunnelLimits
from schemas.comparisons import Comparability, Comparisons
from schemas.context import Contrasts, PooledContext
from schemas.contract import Table
from schemas.counts import Counts
from schemas.deliveries import Deliveries, Rejections
from schemas.episodes import Episodes
from schemas.findings import Findings
from schemas.follow_up import FollowUp
from schemas.improvements import Improvements
from schemas.labels import Cohorts, Definitions, Endpoints, Instruments, Populations, ReleaseNotes
from schemas.methods import MethodRules, Steps
from schemas.observed_rates import ObservedRates
from schemas.outcomes import Outcomes
from schemas.published_figures import PublishedFigures
from schemas.published_rates import PublishedRates
from schemas.readings import Readings
from schemas.released_counts import ReleasedCounts
from schemas.responses import Responses
from schemas.rule_strip import RuleStrip
from schemas.score_changes import ChangeGroups, ImprovementCurves, ScoreChanges
from schemas.strata import Strata
from schemas.studies import Arms, Studies
from schemas.technical_panel import TechnicalPanel
from schemas.trends import Trends
from schemas.weighted_rates import StandardisedRates, WeightedRates

_IN_ORDER: tuple[type[Table], ...] = (
    Deliveries, Readings, Rejections, Episodes, Outcomes, Responses, Counts, Strata, Improvements,
    Cohorts, Definitions, Endpoints, Instruments, Populations, Studies, Arms, Claims, Contrasts, PooledContext,
    ReleasedCounts, ObservedRates, PublishedRates, PublishedFigures, Findings, Comparisons, Comparability,
    TechnicalPanel,
    ScoreChanges, ChangeGroups, ImprovementCurves,
    ClinicVariation, FunnelLimits, Trends, FollowUp, WeightedRates, StandardisedRates, CaseMix, RuleStrip, Calibration,
    Changes, MethodRules, Steps, Checks, ReleaseNotes,
)  # fmt: skip

TABLES: dict[str, type[Table]] = {table.NAME: table for table in _IN_ORDER}
PUBLIC_TABLES: dict[str, type[Table]] = {name: table for name, table in TABLES.items() if table.PUBLIC}
