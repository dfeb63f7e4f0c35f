"""PySpark on this machine: DataFrames from text to counts, two threads, as many shuffle partitions as are useful."""

import csv
import os
from collections.abc import Mapping
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as f

from benchmarks.peers import job

_COURSE = ("clinic", "patient_id", "episode_id")
_HIGHER = [one.code for one in job.INSTRUMENTS if one.higher_is_better]


def main() -> None:
    """Does the job with Spark."""
    home, results = job.asked()
    cores = len(os.sched_getaffinity(0))
    spark = (
        SparkSession.builder.master(f"local[{cores}]")
        .config("spark.driver.memory", "8g")
        .config("spark.sql.shuffle.partitions", 4 * cores)
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.local.dir", str(results / "spilled"))
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    rows = _settled(_judged(_typed(spark, job.exports(home)))).persist()
    quarantine = rows.filter(f.size("reasons") > 0)
    quarantine.select(*job.COLUMNS, "reasons").write.mode("overwrite").parquet(str(results / "quarantine.parquet"))
    reasons = quarantine.select("clinic", f.explode("reasons").alias("reason")).groupBy("clinic", "reason")
    _leave(reasons.agg(f.count("*").alias("lines")), results / "reasons.csv")
    _leave(_cells(rows.filter(f.size("reasons") == 0), spark), results / "cells.csv")
    spark.stop()


def _leave(table: DataFrame, place: Path) -> None:
    with place.open("w", encoding="utf-8", newline="") as stream:
        written = csv.writer(stream)
        written.writerow(table.columns)
        written.writerows(table.collect())


def _typed(spark: SparkSession, files: list[str]) -> DataFrame:
    raw = spark.read.csv(files, header=True, schema=", ".join(f"{name} string" for name in job.COLUMNS))
    facts = [(one.code, one.high, one.scale) for one in job.INSTRUMENTS]
    known = spark.createDataFrame(facts, "instrument string, high int, scale int")
    return raw.withColumns(
        {
            "line": f.monotonically_increasing_id(),
            "clinic": f.lower("clinic_id"),
            "assessed": f.when(
                f.rlike("assessed_on", f.lit(f"^{job.DAY}$")), f.try_to_date("assessed_on", "yyyy-MM-dd")
            ),
            "started": f.when(f.rlike("started_on", f.lit(f"^{job.DAY}$")), f.try_to_date("started_on", "yyyy-MM-dd")),
            "points": f.when(f.rlike("score", f.lit(f"^{job.NUMBER}$")), f.col("score").try_cast("double")),
        }
    ).join(f.broadcast(known), "instrument", "left")


def _checks() -> Mapping[str, Column]:
    exact = f.col("points") * f.col("scale")
    return {
        "patient_missing": f.col("patient_id").isNull(),
        "patient_pattern": ~f.rlike("patient_id", f.lit(f"^{job.PATIENT}$")),
        "date_unreadable": f.col("assessed").isNull(),
        "start_unreadable": f.col("started").isNull(),
        "instrument_unknown": f.col("high").isNull(),
        "score_unreadable": f.col("points").isNull(),
        "score_out_of_range": ~f.col("points").between(0, f.col("high")),
        "score_too_precise": f.abs(exact - f.round(exact)) > job.TOLERANCE,
        "age_unreadable": ~f.col("age_band").isin(*job.AGE_BANDS),
        "sex_unknown": ~f.col("sex").isin(*job.SEXES),
        "sessions_unreadable": ~f.rlike("sessions", f.lit(f"^{job.SESSIONS}$")),
        "after_data_cut": f.col("assessed") > f.lit(job.DATA_CUT),
        "day_implausible": ~f.date_diff("assessed", "started").between(*job.PLAUSIBLE_DAYS),
    }


def _judged(rows: DataFrame) -> DataFrame:
    found = f.array(*[f.when(check, f.lit(name)) for name, check in _checks().items()])
    return rows.withColumn("found", f.array_compact(found))


def _settled(rows: DataFrame) -> DataFrame:
    # Rows with a fault of their own are kept out of the windows, each in a group of itself.
    alone = f.when(f.size("found") > 0, f.col("line"))
    same = Window.partitionBy(*_COURSE, "assessed", "instrument", alone)
    turn = f.row_number().over(same.orderBy("line"))
    differs = f.min("points").over(same) < f.max("points").over(same)
    marked = rows.withColumns({"turn": turn, "differs": differs})
    reason = f.when(f.size("found") > 0, f.col("found")).when(f.col("differs"), f.array(f.lit("conflicting_scores")))
    again = reason.when(f.col("turn") > 1, f.array(f.lit("duplicate"))).otherwise(f.col("found"))
    return marked.withColumn("reasons", again).drop("turn", "differs", "found")


def _cells(accepted: DataFrame, spark: SparkSession) -> DataFrame:
    courses = accepted.groupBy(*_COURSE).agg(f.min("started").alias("began"), f.min("line").alias("line"))
    order = Window.partitionBy("clinic", "patient_id").orderBy("began", "line")
    first = courses.withColumn("turn", f.row_number().over(order)).filter("turn = 1").drop("turn", "line")
    day = f.date_diff("assessed", "started")
    units = f.round(f.col("points") * job.UNITS).cast("long")
    rows = accepted.select(*_COURSE, f.col("instrument").alias("code"), "high", day.alias("day"), units.alias("units"))
    outcomes = (
        rows.join(first, list(_COURSE))
        .groupBy(*_COURSE, "began", "code", "high")
        .agg(_last_in(job.BASELINE_DAYS).alias("baseline"), _last_in(job.FOLLOW_UP_DAYS).alias("follow_up"))
    )
    return _counted(outcomes.filter("baseline is not null"), spark)


def _last_in(days: tuple[int, int]) -> Column:
    inside = f.when(f.col("day").between(*days), f.col("day"))
    return f.max_by(f.when(f.col("day").between(*days), f.col("units")), inside)


def _counted(outcomes: DataFrame, spark: SparkSession) -> DataFrame:
    known = [(rule.definition, rule.code, rule.kind, rule.threshold, rule.counted) for rule in job.RULES]
    rules = spark.createDataFrame(known, "definition string, code string, kind string, threshold int, counted boolean")
    higher = f.col("code").isin(_HIGHER)
    baseline, score, points = f.col("baseline"), f.col("follow_up"), f.col("threshold") * job.UNITS
    gain = f.when(higher, score - baseline).otherwise(baseline - score)
    left = f.when(higher, f.col("high") * job.UNITS - baseline).otherwise(baseline)
    relative, absolute = f.col("kind") == "relative", f.col("kind") == "absolute"
    room = f.when(relative, baseline > 0).when(absolute, left >= points)
    met = f.when(relative, gain * 100 >= f.col("threshold") * baseline).when(absolute, gain >= points)
    rooms = room.otherwise(f.when(higher, baseline < points).otherwise(baseline > points))
    judged = outcomes.join(f.broadcast(rules), "code").filter(f.col("counted") | rooms)
    due = f.date_add(f.last_day("began"), job.FOLLOW_UP_DAYS[1]) <= f.lit(job.DATA_CUT)
    marked = judged.withColumns(
        {
            "due": due,
            "met": met.otherwise(f.when(higher, score >= points).otherwise(score <= points)),
            "quarter": f.concat(f.year("began"), f.lit("-Q"), f.quarter("began")),
        }
    )
    return marked.groupBy("clinic", "quarter", "definition").agg(
        f.count_if(~f.col("due")).alias("not_due"),
        f.count_if("due").alias("n"),
        f.count_if(f.col("due") & score.isNotNull()).alias("completers"),
        f.count_if(f.col("due") & f.col("met")).alias("responders"),
    )


if __name__ == "__main__":
    main()
