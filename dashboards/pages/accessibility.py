"""The accessibility statement: what was built in, what is known to be missing, counted from the pages themselves."""

from collections.abc import Sequence

from dashboards.layout import Page, Release
from dashboards.sheets import Sheet, Told, line, page_of
from dashboards.wording import counted

PATH = "accessibility.html"
LEAD = (
    "These pages aim at level AA of WCAG 2.2. They are plain files: they need no server, no account, no font or script "
    "from elsewhere, and work when opened from a folder."
)
BUILT_IN = (
    ("Without a mouse", ("Every control is a link, a button or a list of the browser's own; the focus is always "
     "visible, and the first link of a page skips to its content.")),
    ("With a screen reader", ("A chart is one image with a title and a sentence of what it shows; the table under it "
     "holds the same numbers, with headings for rows and columns.")),
    ("Without script", ("Sentences, tables and sources are in the page; drawing, filters, sorting and downloads need "
     "script.")),
    ("Without colour", ("Whatever a colour says is also said by shape, place or words; three colours are used, in "
     "light and in dark, and forced colours are respected.")),
    ("On a phone", "Columns fold into one from 760 pixels down; tables that are wider scroll inside their own frame."),
    ("On paper", "Printing opens every table, writes addresses out and uses the light colours."),
    ("Without movement", "Nothing moves by itself."),
)  # fmt: skip
GAPS = (
    ("Points of a chart", "They cannot be reached one by one with the keyboard; the table is the way to them."),
    ("Wide tables", "Tables of ten columns or so must be scrolled sideways on a phone."),
    ("Screen readers", "No person who depends on a screen reader has tried these pages, as far as is recorded."),
    ("Browsers", "Tested by program in Chromium only."),
    ("Language", "English only; studies are cited in the language of their title."),
)


def page(stands: Release, charts: Sequence[int]) -> Page:
    """The statement for a site whose other pages have so many charts each."""
    columns = (("For whom", False), ("What is there", False))
    sheets = [
        Sheet("built-in", "What is built in", "Held by tests of every page, in a browser.", columns,
              [line(*each) for each in BUILT_IN]),
        Sheet("gaps", "Known gaps", "What does not work for everybody yet.", (("What", False), ("Gap", False)),
              [line(*each) for each in GAPS]),
    ]  # fmt: skip
    return page_of(PATH, stands, Told(title(charts), LEAD), sheets)


def title(charts: Sequence[int]) -> str:
    """How many pages and charts there are, every chart with its table; `charts` of each page but this one."""
    told = counted(len(charts) + 1, "page", "pages")
    drawn = "its one chart has" if sum(charts) == 1 else f"all {sum(charts):,} charts have"
    if not sum(charts):
        return f"{told} can be read without script; there is no chart."
    return f"{told} can be read without script, and {drawn} a table of the same numbers."
