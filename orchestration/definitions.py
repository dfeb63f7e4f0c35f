"""Where Dagster starts: `python -m dagster_webserver -m orchestration.definitions`, or simply `verum ui`."""

import dagster as dg

from orchestration.assets import SHOWN_ONLY, receive, release_tables, site, sources
from orchestration.resources import HomeResource
from orchestration.schedules import everything, monthly
from orchestration.sensors import landing

#: One process: a step of the pipeline takes less time than starting a process for it would.
defs = dg.Definitions(
    assets=[receive, sources, release_tables, site, *SHOWN_ONLY],
    jobs=[everything],
    sensors=[landing],
    schedules=[monthly],
    resources={"home": HomeResource()},
    executor=dg.in_process_executor,
)
