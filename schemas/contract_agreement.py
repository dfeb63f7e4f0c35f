"""Keys of a contract that are each well formed, but do not fit each other; reading them is `contract_reading`."""

from schemas.delivery_contract import DeliveryContract
from schemas.format_agreement import Complain, agree_on_format, agree_on_items
from schemas.vocabulary import Vocabulary


def agree(contract: DeliveryContract, vocabulary: Vocabulary, complain: Complain) -> None:
    """Complains where keys are each well formed but do not fit each other."""
    columns = set(contract.columns)
    if "patient" not in columns:
        raise complain("columns.patient", None, "the column that holds the patient's code")
    _agree_on_layout(contract, columns, complain)
    _agree_on_time(contract, columns, complain)
    agree_on_items(contract, complain)
    agree_on_format(contract, complain)
    for instrument in contract.instruments:
        if not vocabulary.instruments[instrument].usable:
            raise complain(
                "instrument",
                instrument,
                "an instrument with a known range and direction; see instruments.toml",
            )


def _agree_on_layout(contract: DeliveryContract, columns: set[str], complain: Complain) -> None:
    if contract.layout == "long":
        if not {"instrument", "score"} <= columns or not contract.codes.get("instrument"):
            raise complain(
                "layout",
                "long",
                "columns.instrument, columns.score and [codes.instrument] for a row per score",
            )
    elif not contract.measures:
        raise complain("measure", None, f"a [[measure]] for each scored column of a {contract.layout!r} file")
    if not all(measure.column or measure.items for measure in contract.measures):
        raise complain("measure.column", None, "the column of the score, the columns of its items, or both")
    if contract.layout == "wide" and any(measure.day is None for measure in contract.measures):
        raise complain("measure.day", None, "the nominal day of each measure of a wide file")
    if contract.layout != "wide" and any(measure.day is not None for measure in contract.measures):
        raise complain("measure.day", contract.layout, "a day only where the layout is wide")


def _agree_on_time(contract: DeliveryContract, columns: set[str], complain: Complain) -> None:
    timed = columns & {"date", "day", "visit"}
    if contract.layout != "wide" and len(timed) != 1:
        raise complain("columns", sorted(timed), "exactly one of date, day or visit to say when a score was taken")
    if "visit" in timed and not contract.visits:
        raise complain("codes.visit", None, "the nominal day of each visit code")
    dated = "date" in timed or ("start" in columns and contract.file.dates != "none")
    if not dated and contract.data_cut.kind != "closed":
        raise complain("data_cut", contract.data_cut.kind, '"closed": without dates nothing says what is due')
    if contract.episodes == "start" and "start" not in columns:
        raise complain("episodes", "start", "a columns.start")
    if contract.episodes == "column" and "episode" not in columns:
        raise complain("episodes", "column", "a columns.episode")
