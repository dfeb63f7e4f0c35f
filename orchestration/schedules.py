"""The whole run as a job, and the monthly schedule that starts it. The landing sensor starts it too (`sensors`)."""

import dagster as dg

everything = dg.define_asset_job(
    "everything",
    selection=dg.AssetSelection.all(),
    description="One pass: receive, compute what is stale, judge, publish. The launchpad takes `only` and `force`.",
)

#: The first of each month, early: results fall due by the month, though no file may have arrived.
monthly = dg.ScheduleDefinition(
    name="monthly",
    job=everything,
    cron_schedule="0 5 1 * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="A run on the first day of each month, whether or not a file has arrived.",
)
