"""A draft as the text of a study's file: aligned keys, plain values, and what is left to do as comments on top."""

import json
from decimal import Decimal

from transforms.registries.draft import Draft, Table

HEAD = """\
# A DRAFT of {id}, made by `verum evidence import` from a record of ClinicalTrials.gov. No person has checked it.
# Every figure is marked `recalled`, so that none can carry a verdict. To turn the draft into evidence: hold each figure
# against the register and the publication, set its confidence to `checked` where you have seen it, name the responder
# rule, write titles in your own words, and name the file after author and year.
"""


def toml_of(draft: Draft) -> str:
    """The whole file; what a person must fill in, and what was left out, stand on top as comments."""
    sections = [_head(draft), _table(draft.study)]
    for name, tables in (("arm", draft.arms), ("baseline", draft.baselines), ("result", draft.results)):
        sections += [f"[[{name}]]\n{_table(table)}" for table in tables]
    return "\n".join(sections)


def _head(draft: Draft) -> str:
    said = HEAD.format(id=draft.id)
    for heading, lines in (("To fill in:", draft.to_fill_in), ("Left out:", draft.left_out)):
        if lines:
            said += f"#\n# {heading}\n" + "".join(f"#   {_one_line(line)}\n" for line in lines)
    return said


def _table(table: Table) -> str:
    width = max(map(len, table))
    return "".join(f"{key:<{width}} = {_value(value)}\n" for key, value in table.items())


def _value(value: object) -> str:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        return _quoted(value)
    raise TypeError(f"a draft holds texts and numbers, not {type(value).__name__}")


def _quoted(words: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's, but for DEL, which TOML wants escaped."""
    return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(words: str) -> str:
    """A comment's text: no line break and no control character in it."""
    return "".join(each if each.isprintable() else " " for each in words)
