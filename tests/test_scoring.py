from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.scoring import TOP, Criterion, SelfAssessment, SelfRating, disagreements, is_split, judge

FIVE = [Criterion(number, Decimal(1), 2) for number in range(1, 6)]


def all_at(points: int) -> dict[int, int]:
    return dict.fromkeys(range(1, 6), points)


@pytest.mark.parametrize(
    ("reviews", "percent", "below", "passes"),
    [
        ([all_at(4), all_at(4)], "100.00", (), True),
        ([all_at(3), all_at(2)], "62.50", (), True),
        ([all_at(2), all_at(2)], "50.00", (), False),
        ([{**all_at(4), 3: 1}, {**all_at(4), 3: 2}], "87.50", (3,), False),
        ([{1: 4, 2: 2, 3: 2, 4: 2, 5: 2}], "60.00", (), True),
        ([], "0.00", (1, 2, 3, 4, 5), False),
    ],
)
def test_the_rule(reviews, percent, below, passes):
    result = judge(FIVE, 60, reviews)
    assert (str(result.percent), result.below_minimum, result.meets_rule) == (percent, below, passes)


def test_weights_count():
    criteria = [Criterion(1, Decimal(3), 0), Criterion(2, Decimal(1), 0)]
    assert judge(criteria, 60, [{1: 4, 2: 0}]).percent == 75


@given(st.lists(st.fixed_dictionaries({n: st.integers(0, TOP) for n in range(1, 6)}), min_size=1, max_size=5))
def test_better_points_never_make_a_worse_result(reviews):
    result = judge(FIVE, 60, reviews)
    better = judge(FIVE, 60, [{n: min(TOP, p + 1) for n, p in review.items()} for review in reviews])
    assert 0 <= result.percent <= better.percent <= 100
    assert set(better.below_minimum) <= set(result.below_minimum)


def test_two_points_apart_is_a_disagreement():
    assert disagreements([{1: 4, 2: 3, 3: 0}, {1: 2, 2: 2, 3: 0}]) == (1,)
    assert disagreements([]) == ()


@pytest.mark.parametrize(
    ("reviews", "split"),
    [
        ([], False),
        ([all_at(0)], False),
        ([all_at(3), all_at(4)], False),
        ([all_at(1), all_at(0)], False),
        ([all_at(3), all_at(2)], True),
        # Far apart, and yet both come to the same.
        ([all_at(4), {**all_at(4), 2: 2}], False),
        # A question below its minimum, with points enough in all.
        ([all_at(3), {**all_at(4), 2: 1}], True),
        ([all_at(3), all_at(3), all_at(1)], True),
    ],
)
def test_reviews_are_split_where_one_alone_would_pass_and_another_not(reviews, split):
    assert is_split(FIVE, 60, reviews) is split
    assert is_split(FIVE, 60, reviews[::-1]) is split


def assess(*ratings: int | None, weights: tuple[int, ...] = (1, 1, 1, 1, 1)) -> SelfAssessment:
    return SelfAssessment(
        tuple(
            SelfRating(number, f"Question {number}", rating, Decimal(weight), 2)
            for number, (rating, weight) in enumerate(zip(ratings, weights, strict=True), 1)
        ),
        60,
    )


@pytest.mark.parametrize(
    ("assessment", "percent", "rated", "below", "unrated", "meets"),
    [
        (assess(None, None, None, None, None), "0.00", 0, [], [1, 2, 3, 4, 5], False),
        (assess(4, 4, 4, None, None), "60.00", 3, [], [4, 5], False),
        (assess(4, 1, None, 0, None), "25.00", 3, [2, 4], [3, 5], False),
        (assess(3, 3, 2, 2, 2), "60.00", 5, [], [], True),
        (assess(2, 2, 2, 2, 2), "50.00", 5, [], [], False),
        (assess(4, 4, 4, 4, 1), "85.00", 5, [5], [], False),
        (assess(4, 2, 2, 2, 2, weights=(4, 1, 1, 1, 1)), "75.00", 5, [], [], True),
    ],
)
def test_the_self_assessment_so_far(assessment, percent, rated, below, unrated, meets):
    assert str(assessment.percent) == percent
    assert assessment.rated == rated
    assert [one.number for one in assessment.below] == below
    assert [one.number for one in assessment.unrated] == unrated
    assert assessment.meets_rule is meets
