"""Whether a delivery that was read is held for a word from a person: all the reasons, gathered from all judges.

Every judge is a pure function of the delivery's accepted rows and of those that came before; judges of units and of
meaning are in `meaning`. What a person decides, and which delivery speaks, is `orchestration.fates`.
"""

from collections.abc import Sequence

import polars as pl

from schemas.delivery_contract import DeliveryContract
from schemas.holds import FEWEST_JUDGED, LEAST_KEPT, LEAST_KNOWN, Hold
from schemas.vocabulary import Vocabulary
from transforms import meaning
from transforms.repetition import much_more_or_less, one_score_only, scores_again


def holds(
    readings: pl.DataFrame,
    *,
    contract: DeliveryContract,
    vocabulary: Vocabulary,
    earlier: Sequence[pl.DataFrame],
    replaced: pl.DataFrame | None = None,
) -> list[Hold]:
    """The reasons to hold a delivery; none means that it may speak.

    `readings` and every frame of `earlier` have the columns of `Readings`, accepted rows only; `earlier` are the last
    accepted deliveries of the source, the latest last. `replaced` is what the delivery would take the place of.
    """
    found = one_score_only(readings, vocabulary=vocabulary) + scores_again(readings, earlier=earlier)
    found += meaning.holds(readings, contract=contract, vocabulary=vocabulary, earlier=earlier)
    if contract.volume_changes == "hold":
        found += much_more_or_less(readings, earlier=earlier)
    return found + _replacing(readings, replaced)


def notes(readings: pl.DataFrame, *, contract: DeliveryContract, earlier: Sequence[pl.DataFrame]) -> list[str]:
    """What is only said of a delivery, for its clinic asks for no more than a word: much more, or fewer, records."""
    if contract.volume_changes != "warn" or contract.covers == "everything":
        return []
    return [hold.explanation for hold in much_more_or_less(readings, earlier=earlier)]


def _replacing(readings: pl.DataFrame, replaced: pl.DataFrame | None) -> list[Hold]:
    if replaced is None or replaced["line"].n_unique() < FEWEST_JUDGED:
        return []
    found = []
    if readings["line"].n_unique() < LEAST_KEPT * replaced["line"].n_unique():
        found.append(
            Hold(
                "shrunk",
                f"The whole file: fewer than {LEAST_KEPT:.0%} of the records of the delivery that it would replace. "
                "Expected at least as many. Send the whole export, or say that records were taken out on purpose.",
            )
        )
    known = replaced.select(pl.col("patient").drop_nulls().unique())
    again = known.join(readings.select("patient"), on="patient", how="semi").height
    if again < LEAST_KNOWN * known.height:
        found.append(
            Hold(
                "patients_gone",
                f"The whole file: fewer than {LEAST_KNOWN:.0%} of the patients of the delivery that it would replace. "
                "Expected all of them, because a delivery replaces the one before as a whole. Send every patient, or "
                'declare `covers = "additions"` if only new or changed rows are sent.',
            )
        )
    return found
