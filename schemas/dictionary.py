"""The data dictionary: every table and column of the registry as one Markdown document. Nothing else is written here.

`python -m schemas.dictionary` prints it; `make dictionary` keeps it in `docs/dictionary.md`.
"""

import sys

from schemas.contract import Column, Table
from schemas.tables import TABLES

KINDS = {
    "text": "text",
    "flag": "true or false",
    "date": "date",
    "whole": "whole number",
    "large": "whole number (64 bits)",
    "key": "key (64 bits)",
    "mask": "bits",
    "small": "whole number (16 bits)",
    "number": "number",
}
#: A list of more words than this is not spelt out.
MOST_WORDS = 12

OPENING = """# Data dictionary

Generated from `schemas/` by `make dictionary`; change it there. Public tables are in every release, as tables of
`marts.duckdb`; private ones never leave the home. Tables stand in the order in which data flow through them.
"""


def dictionary() -> str:
    """The whole document: a list of the tables, then a section for each with its grain, key and columns."""
    listed = [f"| [{name}](#{name}) | {_place(table)} | {table.grain()} |" for name, table in TABLES.items()]
    contents = "\n".join(["| table | | one row |", "|---|---|---|", *listed])
    return "\n".join([OPENING, contents, *(_section(table) for table in TABLES.values())])


def _section(table: type[Table]) -> str:
    key = ", ".join(f"`{name}`" for name in table.KEY) or "none"
    rows = [f"| `{name}` | {_kind(column)} | {_cell(column.description)} |" for name, column in table.columns().items()]
    heading = f"\n## {table.NAME}\n\n{table.grain()} {_place(table).capitalize()}. Key: {key}.\n"
    return "\n".join([heading, "| column | holds | meaning |", "|---|---|---|", *rows])


def _place(table: type[Table]) -> str:
    return "public" if table.PUBLIC else "private"


def _kind(column: Column) -> str:
    said = [KINDS[column.kind], *_limits(column), *(["may be empty"] if column.empty else [])]
    return _cell("; ".join(said))


def _limits(column: Column) -> list[str]:
    limits = []
    if column.among is not None:
        words = [f"`{word}`" if word else "nothing" for word in column.among]
        limits.append(", ".join(words) if len(words) <= MOST_WORDS else f"one of {len(words)} words")
    if column.least is not None:
        limits.append(f"at least {column.least:g}")
    if column.most is not None:
        limits.append(f"at most {column.most:g}")
    return limits


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(dictionary() + "\n")
