"""What lines that were set aside could do to a rate if all of them were admitted: the furthest it could move.

Each line is about one patient at most. Admitted, it could add a patient, turn one over, or take one out of the count.
"""


def bounds_if_admitted(responders: int, analysed: int, lines: int) -> tuple[float, float]:
    """The lowest and the highest rate that admitting up to `lines` lines could lead to.

    Turning a patient over moves a rate further than adding or removing one, so that is what the bounds are made of.
    `analysed` is at least 1; raises `ValueError` otherwise.
    """
    if analysed < 1 or not 0 <= responders <= analysed or lines < 0:
        raise ValueError("a rate needs at least one patient, and no more responders than patients")
    return max(responders - lines, 0) / analysed, min(responders + lines, analysed) / analysed
