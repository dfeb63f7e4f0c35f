"""The sensor on the landing folder: starts a run when something new has settled, and tells of runs made by hand."""

import dagster as dg

from orchestration import fingerprints, history, looking, telling
from orchestration.history import SOURCES
from orchestration.resources import HomeResource
from orchestration.schedules import everything
from orchestration.settings import Home

SECONDS_BETWEEN_LOOKS = 30

#: What starts a run by itself. New code does not: the process that looks began before it was there.
CAUSES = ("landing", "contracts", "vocabulary", "settings", "decisions")

UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING,
]  # fmt: skip


@dg.sensor(
    name="landing",
    job=everything,
    minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def landing(context: dg.SensorEvaluationContext, home: HomeResource) -> dg.SensorResult:
    """Asks for a run when files, contracts, words or settings are new and were the same at the last look.

    Whatever a run made by hand has stored or published is entered in Dagster's history first.
    """
    with telling.without_values():
        place = home.place()
        if context.instance.get_runs_count(dg.RunsFilter(statuses=UNDER_WAY)):
            return dg.SensorResult(skip_reason="A run is under way.", cursor=context.cursor)
        events, computed = history.not_yet_told(context.instance, place)
        seen = fingerprints.of_values(looking.look(place))
        causes = [name for name in looking.unseen(place) if name in CAUSES]
    settled = context.cursor == seen
    ask = [_request(place, seen, causes)] if causes and settled else []
    return dg.SensorResult(
        run_requests=ask,
        skip_reason=None if ask else _why_not(causes),
        cursor=seen,
        asset_events=events,
        dynamic_partitions_requests=[SOURCES.build_add_request(computed)] if computed else [],
    )


def _request(home: Home, seen: str, causes: list[str]) -> dg.RunRequest:
    """A run for what is there now; asked for once after each finished run, so not again where it fails."""
    finished = home.last_look.stat().st_mtime_ns if home.last_look.is_file() else 0
    key = fingerprints.of_values([seen, finished])
    return dg.RunRequest(run_key=key, tags={"verum/because-of": ", ".join(causes)})


def _why_not(causes: list[str]) -> str:
    if causes:
        return f"New since the last look: {', '.join(causes)}. A run is asked for once nothing moves any more."
    return "Nothing new."
