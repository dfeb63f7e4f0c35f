"""What a contract's format and items ask of its other keys; the rest of the agreement is `contract_agreement`."""

from collections.abc import Callable, Sequence

from schemas.delivery_contract import ContractError, DeliveryContract, Measure
from schemas.item_rules import ITEM_RULES

Complain = Callable[[str, object, str], ContractError]

#: What a FHIR contract may name as columns: parts of resources, not names that a clinic chose.
FHIR_COLUMNS = {
    "patient": ("subject",),
    "date": ("effective", "issued"),
    "age": ("birthDate",),
    "sex": ("gender",),
    "episode": ("encounter",),
}


def agree_on_items(contract: DeliveryContract, complain: Complain) -> None:
    """Complains of items that no rule here scores, that are not as many as the form has, or whose form is not said."""
    for measure in contract.measures:
        if not measure.items:
            if measure.form or measure.answers:
                raise complain("measure.items", None, f"the items of {measure.instrument}, whose answers are described")
            continue
        if contract.layout == "long":
            raise complain("measure.items", "long", "the layout visits or wide: a line of items is no single score")
        rule = ITEM_RULES.get(measure.instrument)
        if rule is None:
            raise complain("measure.items", measure.instrument, f"one of {', '.join(ITEM_RULES)}: send the total")
        if len(measure.items) != rule.items:
            found = f"{len(measure.items)} columns"
            raise complain("measure.items", found, f"the {rule.items} items of {measure.instrument}")
        if measure.form not in (rule.forms or ("",)):
            raise complain("measure.form", measure.form, f"one of {', '.join(rule.forms) or 'none: leave it out'}")


def agree_on_format(contract: DeliveryContract, complain: Complain) -> None:
    """Complains of keys that belong to another format, and of those that this one needs."""
    if contract.format == "delimited" and contract.file.delimiter == contract.file.decimal:
        raise complain("file.delimiter", contract.file.delimiter, "one character that is not the decimal mark")
    _agree_on_closing_line(contract, complain)
    if contract.file.packed != "no" and contract.format != "delimited":
        raise complain("file.packed", contract.file.packed, 'the format "delimited"')
    if (contract.format == "excel") != bool(contract.file.sheet):
        raise complain("file.sheet", contract.file.sheet, 'the sheet to read if the format is "excel", and none if not')
    if contract.file.dates == "excel" and contract.format != "excel":
        raise complain("file.dates", "excel", 'the format "excel"')
    if contract.format == "redcap":
        _agree_on_redcap(contract, complain)
    elif contract.redcap.fields or contract.redcap.statuses != "any":
        raise complain("redcap", contract.format, 'the format "redcap"')
    if contract.format == "fhir":
        _agree_on_fhir(contract, complain)


def _agree_on_closing_line(contract: DeliveryContract, complain: Complain) -> None:
    shape = contract.file.closing_line
    told = shape.count("{rows}"), shape.count("{sha256}")
    readable = contract.format == "delimited" and contract.file.encoding != "utf-16"
    if shape and (max(told) != 1 or "\n" in shape or "\r" in shape or not readable):
        raise complain(
            "file.closing_line",
            shape,
            "a line with {rows}, {sha256} or both, each once, that ends a delimited file which is not UTF-16",
        )


def _agree_on_redcap(contract: DeliveryContract, complain: Complain) -> None:
    if contract.redcap.statuses == "complete" and not contract.redcap.fields:
        raise complain("redcap.statuses", "complete", "a redcap.dictionary, which says what form a field is in")
    for name in contract.declared_columns:
        known = contract.redcap.fields.get(name.split("___")[0])
        if known is not None and known.revealing and name != contract.columns.get("patient"):
            raise complain("columns", name, "no field that the dictionary flags as an identifier, or that is free text")
    for measure in contract.measures:
        if _ticked(measure.items) and contract.redcap.statuses == "any" and measure.missing_when is None:
            raise complain(
                "measure.missing_when",
                None,
                'when the form was not filled in, or redcap.statuses = "complete": REDCap writes 0 in boxes nobody saw',
            )


def _ticked(items: Sequence[str]) -> bool:
    return any("___" in item for item in items)


def _agree_on_fhir(contract: DeliveryContract, complain: Complain) -> None:
    if contract.layout != "visits" or contract.file.dates != "iso" or contract.file.decimal != ".":
        raise complain("layout", contract.layout, '"visits", dates "iso" and decimal ".", as FHIR writes them')
    for ours, theirs in contract.columns.items():
        if theirs not in FHIR_COLUMNS.get(ours, ()):
            known = ", ".join(f"{name} = {' or '.join(words)}" for name, words in FHIR_COLUMNS.items())
            raise complain(f"columns.{ours}", theirs, f"one of {known}")
    if contract.include or contract.cohorts or contract.data_cut.column:
        raise complain("include", contract.format, "no include, cohort or column of a data cut: resources have none")
    for measure in contract.measures:
        _agree_on_codes(measure, complain)


def _agree_on_codes(measure: Measure, complain: Complain) -> None:
    if measure.missing_when is not None:
        raise complain("measure.missing_when", measure.missing_when.column, "none: a resource says why it has no value")
    for name in (measure.column, *measure.items):
        if name and not ("|" in name or "#" in name):
            raise complain("measure", name, "system|code of an observation, or questionnaire#linkId of an item")
