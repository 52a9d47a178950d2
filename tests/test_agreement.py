"""Agreement against values that were reckoned by hand."""

from __future__ import annotations

import subprocess
import sys

import pytest

from applications.agreement import Agreement, Why, alpha, kappa, mean_kappa


def test_two_who_always_agree_have_one():
    assert kappa({(1, 1): 5, (3, 3): 5}) == Agreement(1.0, 10)
    assert alpha({(0, 2, 0, 0, 0): 5, (0, 0, 0, 2, 0): 5}) == Agreement(1.0, 10)


def test_kappa_by_hand():
    """Weights are the squared distance. Observed: (2, 3) four times of ten, 4 * 1 = 4. Expected with the margins
    6 + 4 and 2 + 8: (6 * 8 + 4 * 2) / 10 = 5.6. Kappa is 1 - 4 / 5.6."""
    found = kappa({(2, 2): 2, (2, 3): 4, (3, 3): 4})
    assert found.judged == 10
    assert found.value == pytest.approx(1 - 4 / 5.6)


def test_two_points_apart_weigh_four_times_as_much_as_one():
    """As above with a distance of two everywhere: both sums are four times as large, so kappa stays. With one such
    pair among many that agree it falls further than with one that is a point apart."""
    assert kappa({(0, 0): 2, (0, 2): 4, (2, 2): 4}).value == pytest.approx(1 - 4 / 5.6)
    near = kappa({(2, 2): 5, (3, 3): 5, (2, 3): 1}).value
    far = kappa({(2, 2): 5, (3, 3): 5, (1, 3): 1}).value
    assert near is not None and far is not None and far < near


def test_two_who_never_agree_are_below_zero():
    """Observed 10 * 1; expected (5 * 5 + 5 * 5) / 10 = 5: kappa is 1 - 10 / 5."""
    assert kappa({(2, 3): 5, (3, 2): 5}).value == pytest.approx(-1)


def test_points_by_chance_have_kappa_zero():
    assert kappa({(1, 1): 4, (1, 2): 4, (2, 1): 4, (2, 2): 4}).value == pytest.approx(0)


def test_alpha_by_hand():
    """Of two neighbouring levels ordinal distance is one and the same, so that alpha is 1 - Do / De. Five questions
    judged by two, who are apart on one: of ten points, paired both ways, Do = 2 / 10. Five points are 2 and five are
    3: De = 2 * 5 * 5 / (10 * 9)."""
    found = alpha({(0, 0, 2, 0, 0): 2, (0, 0, 1, 1, 0): 1, (0, 0, 0, 2, 0): 2})
    assert found == Agreement(pytest.approx(1 - 0.2 / (50 / 90)), 5)


def test_alpha_by_hand_where_they_are_apart_twice():
    """Do = 4 / 10; six points are 2 and four are 3: De = 2 * 6 * 4 / 90."""
    found = alpha({(0, 0, 2, 0, 0): 2, (0, 0, 1, 1, 0): 2, (0, 0, 0, 2, 0): 1})
    assert found == Agreement(pytest.approx(1 - 0.4 / (48 / 90)), 5)


def test_both_by_hand_over_four_levels():
    """One always gives one point more: (1, 2) twice, (2, 3) once, (3, 4) twice.

    Kappa: observed 5 * 1; expected with margins 2, 1, 2 and 2, 1, 2 of squared distances 65 / 5.

    Alpha: of ten points 2, 3, 3 and 2. The ordinal distance of two levels is the square of the points from one to the
    other less half of both: 6.25 from 1 to 2, 9 from 2 to 3, 6.25 from 3 to 4, 30.25 from 1 to 3 and 2 to 4, 64 from
    1 to 4. Do = (4 * 6.25 + 2 * 9 + 4 * 6.25) / 10 = 6.8; De = 2 * (6 * 6.25 + 9 * 9 + 6 * 6.25 + 6 * 30.25 +
    6 * 30.25 + 4 * 64) / 90 = 1550 / 90."""
    assert kappa({(1, 2): 2, (2, 3): 1, (3, 4): 2}).value == pytest.approx(1 - 5 / 13)
    patterns = {(0, 1, 1, 0, 0): 2, (0, 0, 1, 1, 0): 1, (0, 0, 0, 1, 1): 2}
    assert alpha(patterns).value == pytest.approx(1 - 6.8 / (1550 / 90))


def test_alpha_leaves_out_what_one_alone_has_judged():
    patterns = {(0, 0, 2, 0, 0): 2, (0, 0, 1, 1, 0): 1, (0, 0, 0, 2, 0): 2}
    assert alpha({**patterns, (1, 0, 0, 0, 0): 50}) == alpha(patterns)


def test_alpha_takes_three_advisors_too():
    assert alpha({(3, 0, 0, 0, 0): 3, (0, 0, 0, 0, 3): 3}).value == pytest.approx(1)
    apart = alpha({(3, 0, 0, 0, 0): 3, (0, 0, 0, 0, 3): 3, (1, 0, 0, 0, 2): 1}).value
    assert apart is not None and 0 < apart < 1


@pytest.mark.parametrize("number", [0, 1, 4])
def test_too_few_are_not_counted(number):
    assert kappa({(1, 2): number} if number else {}) == Agreement(None, number, Why.FEW)
    assert alpha({(0, 1, 1, 0, 0): number} if number else {}) == Agreement(None, number, Why.FEW)


def test_the_least_number_can_be_higher():
    assert kappa({(1, 1): 5, (3, 3): 5}, least=11) == Agreement(None, 10, Why.FEW)
    assert alpha({(0, 2, 0, 0, 0): 5, (0, 0, 0, 2, 0): 5}, least=11) == Agreement(None, 10, Why.FEW)


def test_where_all_points_are_alike_there_is_no_figure():
    assert kappa({(3, 3): 20}) == Agreement(None, 20, Why.SAME)
    assert alpha({(0, 0, 0, 2, 0): 20}) == Agreement(None, 20, Why.SAME)


def test_the_mean_of_pairs_weighs_them_by_what_they_have_judged():
    agree = {(1, 1): 10, (3, 3): 20}
    chance = {(1, 1): 4, (1, 2): 4, (2, 1): 4, (2, 2): 3}
    found = mean_kappa([agree, chance, {(1, 2): 4}, {(2, 2): 9}])
    by_chance = kappa(chance).value
    assert by_chance is not None
    assert found == Agreement(pytest.approx((30 + by_chance * 15) / 45), 45)


def test_pairs_that_cannot_be_counted_have_no_mean():
    assert mean_kappa([]) == Agreement(None, 0, Why.FEW)
    assert mean_kappa([{(1, 2): 4}]) == Agreement(None, 4, Why.FEW)
    assert mean_kappa([{(2, 2): 9}, {(1, 2): 4}]) == Agreement(None, 13, Why.SAME)


def test_the_heavy_libraries_are_loaded_when_something_is_counted():
    code = (
        "import sys; from applications import agreement;"
        "agreement.kappa({}); agreement.alpha({(0, 0, 0, 2, 0): 9});"
        "print([name for name in ('sklearn', 'numpy', 'krippendorff') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
