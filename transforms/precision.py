"""How finely a release states what was estimated from a whole network; a count over another count is not rounded.

Figures are rounded only where a table is made of them: zones, flags and whatever else is judged, is by unrounded ones.
"""

import polars as pl

#: Decimals of a share or a mean that was estimated from all clinics together: a tenth of a percentage point, as charts
#: and their downloads give it. Released counts are to the nearest 5, each of them up to 2.5 off, which leaves the share
#: of a thousand clinics of a hundred patients unsure by half a tenth of a point, and that of ten by half a point:
#: further digits are noise. Every clinic's figure would move in them whenever one clinic corrects a count.
ESTIMATE_DECIMALS = 3


def stated(*estimates: str) -> list[pl.Expr]:
    """These columns of numbers to the decimals that a release states; what is empty stays empty."""
    return [pl.col(name).round(ESTIMATE_DECIMALS) for name in estimates]
