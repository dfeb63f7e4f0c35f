"""Tables in parts: rows that have some columns in common, the hash that they are known by, and others in their place.

By which columns a table falls into parts is said in `steps`. A part is named by its values, written as JSON.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence, Set

import numpy as np
import polars as pl
from numpy.typing import NDArray

from orchestration import fingerprints
from orchestration.steps import Step
from schemas.seals import Values, hashes_by, values_of
from schemas.tables import TABLES

#: Of each part of a table the SHA-256 of its rows; a table without parts is one part, which has no name.
Digests = Mapping[str, str]
#: The name under which the digests of a table in parts hold its columns and types.
COLUMNS = ""

Ends = NDArray[np.int64]


def digests(frame: pl.DataFrame, by: Sequence[str]) -> dict[str, str]:
    """The SHA-256 of each part's rows, and that of the columns and types; of the whole frame where `by` is empty.

    The order of rows counts within a part, that of parts does not; nor does the layout in memory.
    """
    if not by:
        return {COLUMNS: fingerprints.of_frame(frame)}
    groups = frame.select(by).with_row_index("row").group_by(by, maintain_order=True).agg("row")
    order = groups["row"].explode()
    ordered = frame if order.is_sorted() else frame[order]
    ends = np.append(0, groups["row"].list.len().cum_sum().to_numpy()).astype(np.int64)
    seals = [hashlib.sha256() for _ in range(groups.height)]
    for values in values_of(ordered.drop(by)):  # a part's name holds its values
        for content, at in _bytes_of(values, ends):
            places = at.tolist()
            for seal, begin, end in zip(seals, places, places[1:], strict=False):
                seal.update(content[begin:end])
    found = {name: seal.hexdigest() for name, seal in zip(_names(groups, by), seals, strict=True)}
    return {COLUMNS: fingerprints.of_values(repr([*frame.schema.items()]))} | found


def _bytes_of(column: Values, ends: Ends) -> Iterator[tuple[memoryview, Ends]]:
    """A column's values as bytes, and where in them the parts end that end after so many rows.

    Where a value is missing goes first, then the numbers, of text the lengths, then the letters.
    """
    missing = np.zeros(len(column.numbers), dtype=np.bool_) if column.missing is None else column.missing
    yield _view(missing), ends
    yield _view(column.numbers), ends * column.numbers.itemsize
    if column.letters:
        yield memoryview(column.letters), np.append(0, np.cumsum(column.numbers, dtype=np.int64))[ends]


def _view(values: NDArray[np.generic]) -> memoryview:
    return np.ascontiguousarray(values).view(np.uint8).data


def name_of(values: Sequence[object]) -> str:
    """The name of the part with these values."""
    return json.dumps(values, ensure_ascii=False)


def _names(rows: pl.DataFrame, by: Sequence[str]) -> list[str]:
    return [name_of(values) for values in rows.select(by).iter_rows()]


def below(found: Digests, names: Set[str], step: Step) -> dict[str, str]:
    """The digests of these parts of a step's table, or, where its rows are hashed by smaller ones, of all in them."""
    if not step.finer:
        return {name: found[name] for name in names & found.keys()}
    size = len(step.parts)
    return {name: seal for name, seal in found.items() if name and name_of(json.loads(name)[:size]) in names}


def keys(names: Collection[str], by: Sequence[str], like: pl.DataFrame) -> pl.DataFrame:
    """The values by which these parts are named, in the columns `by` with their types in `like`."""
    values = [json.loads(name) for name in sorted(names)]
    return pl.DataFrame(values, schema={name: like.schema[name] for name in by}, orient="row")


def rows_of(frame: pl.DataFrame, by: Sequence[str], names: Collection[str]) -> pl.DataFrame:
    """The rows of these parts, in the order in which they stand."""
    wanted = keys(names, by, frame)
    if len(by) == 1:
        return frame.filter(pl.col(by[0]).is_in(wanted[by[0]].implode(), nulls_equal=True))
    return frame.join(wanted, on=list(by), how="semi", nulls_equal=True, maintain_order="left")


def marks(frame: pl.DataFrame, by: Sequence[str]) -> dict[str, str]:
    """A name for each part's rows, cheaper than its digest and good for as long as Polars is the same.

    It rests on a hash of 64 bits for each row: that another row has the same one is as good as impossible.
    """
    return {name_of(values): hashlib.sha256(rows).hexdigest() for values, rows in hashes_by(frame, by).items()}


def exchanged(kept: pl.DataFrame, made: pl.DataFrame, step: Step, names: Collection[str]) -> pl.DataFrame:
    """The table `kept` of a step with the rows `made` in the place of all that these parts have, in the step's order.

    What is made source by source stands by source, and within one as it was made; all else by its key.
    """
    if step.alone:
        return _by_source(kept, made, sorted(json.loads(name)[0] for name in names))
    by, key = list(step.parts), list(TABLES[step.name].KEY)
    rows = kept.select(by).with_row_index("row")
    gone = rows.join(keys(names, by, kept), on=by, how="semi", nulls_equal=True, maintain_order="left")["row"]
    stays = np.ones(kept.height, dtype=np.bool_)
    stays[gone.to_numpy()] = False
    both = pl.concat([kept.filter(pl.Series(stays)), made])
    if not kept[gone].select(key).equals(made.select(key)):
        return both.sort(key)
    return both[np.argsort(np.concatenate([np.flatnonzero(stays), gone.to_numpy()]))]


def _by_source(kept: pl.DataFrame, made: pl.DataFrame, sources: Sequence[str]) -> pl.DataFrame:
    """Slices of both tables, whose sources are in order, one after the other."""
    pieces, at = [], 0
    for source in sources:
        begin, end = (kept["source"].search_sorted(source, side) for side in ("left", "right"))
        pieces += [kept[at:begin], made.filter(source=source)]
        at = end
    return pl.concat([*pieces, kept[at:]], rechunk=True)
