"""The registry: every table, once, in the order of the flow."""

from schemas.checks import Checks
from schemas.comparisons import Comparability, Comparisons
from schemas.contract import Table
from schemas.counts import Counts
from schemas.deliveries import Deliveries, Rejections
from schemas.episodes import Episodes
from schemas.labels import Cohorts, Definitions, Endpoints, Instruments, Populations, ReleaseNotes
from schemas.observed_rates import ObservedRates
from schemas.outcomes import Outcomes
from schemas.published_rates import PublishedRates
from schemas.readings import Readings
from schemas.released_counts import ReleasedCounts
from schemas.responses import Responses
from schemas.studies import Arms, Studies

_IN_ORDER: tuple[type[Table], ...] = (
    Deliveries, Readings, Rejections, Episodes, Outcomes, Responses, Counts,
    Cohorts, Definitions, Endpoints, Instruments, Populations, Studies, Arms,
    ReleasedCounts, ObservedRates, PublishedRates, Comparisons, Comparability, Checks, ReleaseNotes,
)  # fmt: skip

TABLES: dict[str, type[Table]] = {table.NAME: table for table in _IN_ORDER}
PUBLIC_TABLES: dict[str, type[Table]] = {name: table for name, table in TABLES.items() if table.PUBLIC}
