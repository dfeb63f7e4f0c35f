"""The names of an export's columns against those that its contract declares; nothing below the names is read here."""

import difflib
import re
from collections.abc import Sequence

from schemas.delivery_contract import DeliveryContract
from transforms.sources import RefusedDelivery, our_columns

#: A name is repeated in messages only if it looks like a name and not like a value, such as a patient's number.
_NAME_LIKE = re.compile(r"(?!.*\d{3})[A-Za-z_][A-Za-z0-9_ .%()/-]{0,39}")


def places_of(header: Sequence[str], contract: DeliveryContract, *, where: str) -> dict[str, int]:
    """Ours to the place of theirs among the names of the columns; `where` says where these stand.

    Capital and small letters are not told apart. Raises `RefusedDelivery` for a declared name that is not there, or
    twice, and for one that is not declared.
    """
    folded = [name.casefold() for name in header]
    declared = {name.casefold(): name for name in contract.declared_columns}
    absent = [name for folded_name, name in declared.items() if folded_name not in folded]
    is_header = len(absent) * 2 <= len(declared)
    if absent:
        raise RefusedDelivery("missing_column", _about_missing(absent, header if is_header else [], where))
    twice = sorted({folded.index(name) + 1 for name in folded if name in declared and folded.count(name) > 1})
    if twice:
        raise RefusedDelivery(
            "duplicate_column", f"{where}: column {twice[0]} has the name of another. Rename one of them."
        )
    extra = [place for place, name in enumerate(folded) if name not in declared]
    if extra and contract.file.other_columns == "refuse":
        raise RefusedDelivery("undeclared_column", _about_extra(extra, header, where))
    return {ours: folded.index(theirs.casefold()) for ours, theirs in our_columns(contract).items()}


def _about_missing(absent: Sequence[str], header: Sequence[str], where: str) -> str:
    near = difflib.get_close_matches(absent[0], [name for name in header if _NAME_LIKE.fullmatch(name)], n=1)
    hint = f" The nearest name in the file is {near[0]!r}." if near else ""
    names = ", ".join(repr(name) for name in absent)
    return (
        f"{where}: no column {names}.{hint} Send the column, or change [columns] in the contract and raise its version."
    )


def _about_extra(extra: Sequence[int], header: Sequence[str], where: str) -> str:
    shown = [repr(header[p]) if _NAME_LIKE.fullmatch(header[p]) else "name not shown" for p in extra[:5]]
    columns = ", ".join(f"column {p + 1} ({name})" for p, name in zip(extra[:5], shown, strict=True))
    return (
        f"{where}: {len(extra)} column(s) that the contract does not declare: {columns}. Nothing was read. "
        'Leave them out of the export, declare them, or set [file] other_columns = "ignore".'
    )
