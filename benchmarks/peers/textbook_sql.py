"""The work as SQL in DuckDB's dialect, one SELECT for each table, for the peers that speak it. Nothing is run here.

Written as an analyst writes it: a typed view of the text, one CASE for each check, windows to find what is repeated,
`arg_max` with a filter for the last score of a window.
"""

import re
from collections.abc import Callable

from benchmarks.peers import job

_LOW, _HIGH = job.PLAUSIBLE_DAYS


def tables(files: list[str]) -> dict[str, str]:
    """Name of a table -> the SELECT that makes it, in the order to make them; {name} stands for an earlier table."""
    return {
        "raw": _RAW.replace("FILES", ", ".join(f"'{path}'" for path in files)),
        "typed": _TYPED,
        "judged": _JUDGED,
        "settled": _SETTLED,
        "quarantine": "SELECT * FROM {settled} WHERE reasons <> ''",
        "reasons": _REASONS,
        "courses": _COURSES,
        "outcomes": _OUTCOMES,
        "verdicts": _VERDICTS,
        "cells": _CELLS,
    }


def naming(query: str, name: Callable[[str], str]) -> str:
    """The query with each {table} replaced by what `name` gives for it."""
    return re.sub(r"\{([a-z]+)\}", lambda found: name(found[1]), query)


def _values(rows: list[tuple[object, ...]]) -> str:
    return ", ".join("(" + ", ".join(repr(value) for value in row) + ")" for row in rows)


_INSTRUMENTS = _values([(one.code, one.high, one.scale, one.higher_is_better) for one in job.INSTRUMENTS])
_RULES = _values([(rule.definition, rule.code, rule.kind, rule.threshold, rule.counted) for rule in job.RULES])

_RAW = """
    SELECT row_number() OVER () AS line, lower(clinic_id) AS clinic, *
    FROM read_csv([FILES], header = true, all_varchar = true)"""

_TYPED = f"""
    SELECT r.*, i.high, i.scale,
           CASE WHEN regexp_full_match(assessed_on, '{job.DAY}') THEN try_cast(assessed_on AS DATE) END AS assessed,
           CASE WHEN regexp_full_match(started_on, '{job.DAY}') THEN try_cast(started_on AS DATE) END AS started,
           CASE WHEN regexp_full_match(score, '{job.NUMBER}') THEN try_cast(score AS DOUBLE) END AS points
    FROM {{raw}} r LEFT JOIN (VALUES {_INSTRUMENTS}) i(code, high, scale, higher) ON r.instrument = i.code"""

_CHECKS = {
    "patient_missing": "patient_id IS NULL",
    "patient_pattern": f"NOT regexp_full_match(patient_id, '{job.PATIENT}')",
    "date_unreadable": "assessed IS NULL",
    "start_unreadable": "started IS NULL",
    "instrument_unknown": "high IS NULL",
    "score_unreadable": "points IS NULL",
    "score_out_of_range": "points NOT BETWEEN 0 AND high",
    "score_too_precise": f"abs(points * scale - round(points * scale)) > {job.TOLERANCE}",
    "age_unreadable": f"age_band NOT IN {job.AGE_BANDS}",
    "sex_unknown": f"sex NOT IN {job.SEXES}",
    "sessions_unreadable": f"NOT regexp_full_match(sessions, '{job.SESSIONS}')",
    "after_data_cut": f"assessed > DATE '{job.DATA_CUT}'",
    "day_implausible": f"assessed - started NOT BETWEEN {_LOW} AND {_HIGH}",
}
_JUDGED = f"""
    SELECT *, concat_ws(' ', {", ".join(f"CASE WHEN {check} THEN '{name}' END" for name, check in _CHECKS.items())})
           AS found
    FROM {{typed}}"""

_SETTLED = """
    WITH repeated AS (
        SELECT line, min(points) OVER same < max(points) OVER same AS differs, row_number() OVER (same ORDER BY line)
               AS turn
        FROM {judged} WHERE found = ''
        WINDOW same AS (PARTITION BY clinic, patient_id, episode_id, assessed, instrument))
    SELECT j.*, CASE WHEN r.differs THEN 'conflicting_scores' WHEN r.turn > 1 THEN 'duplicate' ELSE found END AS reasons
    FROM {judged} j LEFT JOIN repeated r USING (line)"""

_REASONS = """
    SELECT clinic, reason, count(*) AS lines
    FROM (SELECT clinic, unnest(string_split(reasons, ' ')) AS reason FROM {quarantine}) GROUP BY ALL ORDER BY ALL"""

_COURSES = """
    SELECT clinic, patient_id, episode_id, min(started) AS began
    FROM {settled} WHERE reasons = '' GROUP BY clinic, patient_id, episode_id
    QUALIFY row_number() OVER (PARTITION BY clinic, patient_id ORDER BY min(started), min(line)) = 1"""

_OUTCOMES = f"""
    SELECT clinic, patient_id, episode_id, c.began, s.instrument AS code,
           arg_max(units, day) FILTER (day BETWEEN {job.BASELINE_DAYS[0]} AND {job.BASELINE_DAYS[1]}) AS baseline,
           arg_max(units, day) FILTER (day BETWEEN {job.FOLLOW_UP_DAYS[0]} AND {job.FOLLOW_UP_DAYS[1]}) AS follow_up
    FROM (SELECT *, CAST(round(points * {job.UNITS}) AS BIGINT) AS units, assessed - started AS day
          FROM {{settled}} WHERE reasons = '') s
    JOIN {{courses}} c USING (clinic, patient_id, episode_id)
    GROUP BY ALL"""

_VERDICTS = f"""
    SELECT o.clinic, o.began, r.definition, o.follow_up,
           last_day(o.began) + {job.FOLLOW_UP_DAYS[1]} <= DATE '{job.DATA_CUT}' AS due,
           CASE r.kind WHEN 'relative' THEN gain * 100 >= r.threshold * baseline
                       WHEN 'absolute' THEN gain >= r.threshold * {job.UNITS}
                       ELSE CASE WHEN o.higher THEN follow_up >= r.threshold * {job.UNITS}
                                 ELSE follow_up <= r.threshold * {job.UNITS} END END AS met
    FROM (SELECT o.*, i.high, i.higher, CASE WHEN i.higher THEN follow_up - baseline ELSE baseline - follow_up END
                 AS gain
          FROM {{outcomes}} o JOIN (VALUES {_INSTRUMENTS}) i(code, high, scale, higher) USING (code)) o
    JOIN (VALUES {_RULES}) r(definition, code, kind, threshold, counted) USING (code)
    WHERE baseline IS NOT NULL AND (r.counted OR CASE r.kind
        WHEN 'relative' THEN baseline > 0
        WHEN 'absolute' THEN CASE WHEN o.higher THEN o.high * {job.UNITS} - baseline ELSE baseline END
                             >= r.threshold * {job.UNITS}
        ELSE CASE WHEN o.higher THEN baseline < r.threshold * {job.UNITS}
                  ELSE baseline > r.threshold * {job.UNITS} END END)"""

_CELLS = """
    SELECT clinic, strftime(began, '%Y') || '-Q' || quarter(began) AS quarter, definition,
           count(*) FILTER (NOT due) AS not_due,
           count(*) FILTER (due) AS n,
           count(*) FILTER (due AND follow_up IS NOT NULL) AS completers,
           count(*) FILTER (due AND met) AS responders
    FROM {verdicts} GROUP BY ALL ORDER BY ALL"""
