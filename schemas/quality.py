"""What kind of fault each check and each reason looks for, and where it is judged; Kahn's categories of data quality.

Kahn and others 2016 ask of data: do they conform, are they complete, are they plausible; judged by themselves
(verification) or by something outside (validation). No check lives here.
"""

from dataclasses import dataclass
from typing import Literal

Category = Literal["conformance", "completeness", "plausibility"]
Context = Literal["verification", "validation"]

CATEGORIES: dict[Category, str] = {
    "conformance": "Does it have the promised form?",
    "completeness": "Is everything there?",
    "plausibility": "Can it be true?",
}
CONTEXTS: dict[Context, str] = {
    "verification": "Judged by the data themselves",
    "validation": "Judged by something outside them",
}


@dataclass(frozen=True)
class Kind:
    """What a check looks for, by what it judges, and the module where it is judged."""

    category: Category
    context: Context
    judged_in: str


#: By id of the check.
CHECK_KINDS: dict[str, Kind] = {
    "attainable_percentage": Kind("plausibility", "verification", "transforms/published_rates.py"),
    "every_comparison_graded": Kind("completeness", "verification", "transforms/checks.py"),
    "every_month_received": Kind("completeness", "verification", "transforms/ledger.py"),
    "few_set_aside": Kind("completeness", "verification", "orchestration/judging.py"),
    "file_accepted": Kind("conformance", "verification", "orchestration/judging.py"),
    "lines_add_up": Kind("completeness", "verification", "orchestration/judging.py"),
    "no_small_count": Kind("conformance", "verification", "transforms/checks.py"),
    "promise_kept": Kind("conformance", "verification", "schemas/contract.py"),
    "set_aside_cannot_matter": Kind("plausibility", "verification", "transforms/set_aside.py"),
    "sources_computed": Kind("completeness", "verification", "orchestration/computing.py"),
}

#: By id of the reason for which a line is set aside.
REASON_CATEGORIES: dict[str, Category] = {
    **dict.fromkeys(
        ("damaged_record", "wrong_width", "patient_pattern", "date_unreadable", "start_unreadable", "day_unreadable",
         "visit_unknown", "instrument_unknown", "score_unreadable", "score_too_precise", "age_unreadable",
         "sex_unknown", "duration_unreadable", "sessions_unreadable", "disqualified_unknown", "cell_not_plain",
         "against_dictionary", "code_unclear", "other_date_order"), "conformance"),
    **dict.fromkeys(("cut_short", "patient_missing", "reference_missing", "not_final", "withdrawn"), "completeness"),
    **dict.fromkeys(
        ("score_out_of_range", "after_data_cut", "day_implausible", "duplicate", "conflicting_scores",
         "item_impossible", "total_disagrees"), "plausibility"),
}  # fmt: skip
