"""From lines to the bytes of an export, and the contract that reads them.

Nothing is drawn here.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from orchestration.sampling.lines import Line
from orchestration.sampling.settings import Clinic, Network
from orchestration.sampling.spoiling import AT_THE_END


def file_bytes(clinic: Clinic, columns: Iterable[str], lines: Iterable[Line]) -> bytes:
    """The file as the clinic's software would write it; the last line has no end where it is cut short."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=clinic.file.get("delimiter", ","), lineterminator=clinic.line_end)
    writer.writerow(columns)
    ended = True
    for line in lines:
        if line.blank:
            text.write(clinic.line_end)
        else:
            writer.writerow(line.cells)
        ended = AT_THE_END not in line.reasons
    content = text.getvalue() if ended else text.getvalue().removesuffix(clinic.line_end)
    mark = "\N{ZERO WIDTH NO-BREAK SPACE}" if clinic.byte_order_mark else ""
    return (mark + content).encode(clinic.file.get("encoding", "utf-8"))


def contract_text(clinic: Clinic, network: Network) -> str:
    """The delivery contract that the clinic would have signed, as TOML."""
    contract: dict[str, Any] = {
        "clinic": clinic.alias,
        "version": 1,
        "label": clinic.label,
        "format": "delimited",
        "layout": clinic.layout,
        "condition": clinic.condition,
        "treatment": clinic.treatment,
        "covers": clinic.covers,
        "expected_every_days": network.expected_every_days,
        "data_cut": network.data_cut,
        "keep_dates": clinic.keep_dates,
        "synthetic": True,
        "endpoints": list(clinic.endpoints),
        "patient_pattern": f"{clinic.code}-[0-9]+",
    }
    if clinic.started is not None:
        contract["started"] = clinic.started
    contract |= {"file": dict(clinic.file), "columns": dict(clinic.columns)}
    if clinic.codes:
        contract["codes"] = {kind: dict(codes) for kind, codes in clinic.codes.items()}
    if clinic.measure:
        contract["measure"] = [dict(measure) for measure in clinic.measure]
    return f"# Made up by `verum sample`: {clinic.built_for}.\n" + toml_text(contract)


def toml_text(table: Mapping[str, Any], heading: str = "") -> str:
    """A table as TOML: its own values first, then its tables, then its lists of tables."""
    own = {key: value for key, value in table.items() if not isinstance(value, Mapping) and not _tables(value)}
    text = "".join(f"{_key(key)} = {_value(value)}\n" for key, value in own.items())
    for key, value in table.items():
        name = f"{heading}.{_key(key)}" if heading else _key(key)
        if isinstance(value, Mapping):
            only_tables = bool(value) and all(isinstance(part, Mapping) for part in value.values())
            text += toml_text(value, name) if only_tables else f"\n[{name}]\n{toml_text(value, name)}"
        elif _tables(value):
            text += "".join(f"\n[[{name}]]\n{toml_text(row, name)}" for row in value)
    return text


def _tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _key(key: str) -> str:
    bare = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    return key if bare else json.dumps(key, ensure_ascii=False)


def _value(value: object) -> str:
    if isinstance(value, date):
        return json.dumps(value.isoformat())
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(each) for each in value)}]"
    return json.dumps(value, ensure_ascii=False)
