"""Findings about published studies as a table. The rules that make them live in `transforms.forensics`."""

from collections.abc import Mapping

import polars as pl

from schemas.findings import Findings
from schemas.study_rows import Study
from schemas.vocabulary import Vocabulary
from transforms.forensics.examination import examine


def findings(*, evidence: Mapping[str, Study], vocabulary: Vocabulary) -> pl.DataFrame:
    """The columns of `Findings`: one row per place where a rule does not hold. METHODS section 1; DESIGN section 4."""
    rows = [
        {
            "study": one.study,
            "finding": one.id,
            "rule": one.rule.id,
            "severity": one.severity,
            "arm": one.arm,
            "result": one.result,
            "found": one.found,
            "expected": one.expected,
            "requires": one.rule.sentence,
            "source": one.rule.source,
        }
        for one in examine(evidence, vocabulary.instruments)
    ]
    return pl.DataFrame(rows, schema=Findings.schema()).sort(Findings.KEY)
