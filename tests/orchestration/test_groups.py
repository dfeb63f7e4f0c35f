"""Things that are worked on together keep their order, and none is left out."""

from hypothesis import given
from hypothesis import strategies as st

from orchestration.groups import in_groups


@given(sizes=st.lists(st.integers(0, 20)), most=st.integers(1, 30))
def test_every_thing_is_in_one_group_in_its_order_and_only_one_that_stands_alone_is_too_large(
    sizes: list[int], most: int
) -> None:
    groups = list(in_groups(sizes, lambda size: size, most))
    assert [size for group in groups for size in group] == sizes
    assert all(group and (len(group) == 1 or sum(group) <= most) for group in groups)


def test_a_group_is_full_at_the_limit_and_not_beyond() -> None:
    assert list(in_groups([2, 3, 1], lambda size: size, 5)) == [[2, 3], [1]]
    assert list(in_groups([2, 3, 1], lambda size: size, 6)) == [[2, 3, 1]]
