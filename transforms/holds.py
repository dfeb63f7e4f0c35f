"""Whether a delivery that was read is held for a word from a person: all the reasons, gathered from all judges.

Every judge is a pure function of a group of deliveries: of their accepted rows and of those that came before. Judges of
units and of meaning are in `meaning`. What a person decides, and which delivery speaks, is `orchestration.fates`.
"""

from collections.abc import Iterator, Sequence
from itertools import chain

import polars as pl

from schemas.delivery_contract import DeliveryContract
from schemas.holds import FEWEST_JUDGED, LEAST_KEPT, LEAST_KNOWN, Hold
from schemas.vocabulary import Vocabulary
from transforms import meaning
from transforms.judged_together import Beside, Deliveries, Found, held
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
    return holds_of_each([Beside(readings, contract, earlier, replaced)], vocabulary)[0]


def holds_of_each(asked: Sequence[Beside], vocabulary: Vocabulary) -> list[list[Hold]]:
    """What `holds` says of each of many deliveries, judged in one pass."""
    group, found = Deliveries(asked), [list[Hold]() for _ in asked]
    judges = (
        one_score_only(group, vocabulary=vocabulary),
        scores_again(group),
        meaning.holds_of_each(group, vocabulary),
        (one for one in much_more_or_less(group) if asked[one[0]].contract.volume_changes == "hold"),
        _replacing(group),
    )
    for at, hold in chain(*judges):
        found[at].append(hold)
    return found


def notes(asked: Sequence[Beside]) -> list[list[str]]:
    """What is only said of each delivery whose clinic asks for no more than a word: much more, or fewer, records."""
    found = [list[str]() for _ in asked]
    for at, hold in much_more_or_less(Deliveries(asked)):
        contract = asked[at].contract
        if contract.volume_changes == "warn" and contract.covers != "everything":
            found[at].append(hold.explanation)
    return found


def _replacing(group: Deliveries) -> Iterator[Found]:
    for at, one in enumerate(group.asked):
        if one.replaced is not None and one.replaced["line"].n_unique() >= FEWEST_JUDGED:
            yield from _lost(at, one.readings, one.replaced)


def _lost(at: int, readings: pl.DataFrame, replaced: pl.DataFrame) -> Iterator[Found]:
    if readings["line"].n_unique() < LEAST_KEPT * replaced["line"].n_unique():
        yield held(
            at,
            "shrunk",
            f"The whole file: fewer than {LEAST_KEPT:.0%} of the records of the delivery that it would replace. "
            "Expected at least as many. Send the whole export, or say that records were taken out on purpose.",
        )
    known = replaced.select(pl.col("patient").drop_nulls().unique())
    again = known.join(readings.select("patient"), on="patient", how="semi").height
    if again < LEAST_KNOWN * known.height:
        yield held(
            at,
            "patients_gone",
            f"The whole file: fewer than {LEAST_KNOWN:.0%} of the patients of the delivery that it would replace. "
            "Expected all of them, because a delivery replaces the one before as a whole. Send every patient, or "
            'declare `covers = "additions"` if only new or changed rows are sent.',
        )
