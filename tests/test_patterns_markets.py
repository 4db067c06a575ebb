"""Patterns of markets, money and health that must be able to fail (marker `patterns`).

Each test states its decision rule and number of replicates before anything was run; a null arm (the same scenario,
other seeds) has to fail the rule at least 9 times in 10, and a knock-out of the named mechanism has to remove it.
Replicates: seeds 21 to 26, paired by seed; the status quo is also run for seeds 27 to 32, and the null arm halves these
twelve at random twenty times. (The first rules were tried on seeds 1 to 12; one that was changed says so, and all are
judged on seeds that no rule was made on.) Window: weeks 26 to 65 after the arm begins. `above(x, m)`: one-sided t-test
below 0.01 over replicates and mean of at least m.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pytest

from sim.levers import Press
from tests.pattern_arms import Sums, above, arm, null_failures

pytestmark = pytest.mark.patterns

SEEDS, OTHERS = range(21, 27), range(27, 33)
WINDOW = (26, 65)
GOOD = 0
"""Row of the drug that is bought in the south: the largest market by value."""
SYNTHETIC = 3
"""Row of the synthetic opioid."""
ELASTIC = ("elasticity_price_cocaine", -1.6)
"""Demand more than unit elastic, inside the range of the table: only then can the sign of revenue differ."""
NO_MARKET = [Press("legal_share", "add", 1.0, {"drug": ["cocaine"]})]
PRESSURE = [Press("laundering_pressure", "scale", 3.0)]
KITS = [Press("naloxone_kits", "scale", 5.0)]
COSTLY = [Press("production_cost_factor", "scale", 2.0, {"drug": ["cocaine"]})]
SCARCE = {"capacity_cocaine": 180.0}
POOR_HARVEST = {"capacity_heroin": 30.0}
FROZEN = {"price_low": 1.0, "price_high": 1.0, "southern_supply_elasticity": 1e6}
Runs = Sequence[Sums]


@lru_cache(maxsize=1)
def status_quo() -> list[Sums]:
    """The status quo of all twelve seeds, those who leave treatment followed."""
    return [arm(seed, WINDOW, follow=True) for seed in (*SEEDS, *OTHERS)]


DONE: dict[str, list[Sums]] = {}
"""Arms that have run, by what they are."""


def arms(
    presses: list[Press] | None = None, late: dict | None = None, spin: tuple = (), follow: bool = False
) -> Runs:
    """The six replicates of an arm, run once."""
    name = repr((presses, late, spin, follow))
    if name not in DONE:
        DONE[name] = [arm(seed, WINDOW, presses or [], late, spin, follow) for seed in SEEDS]
    return DONE[name]


def values(runs: Runs, what) -> np.ndarray:
    return np.array([what(run) for run in runs])


def report(name: str, **numbers: object) -> None:
    """Print what the test measured, for `pytest -s`."""
    print(f"\n{name}: " + "; ".join(f"{k} {np.round(v, 4)}" for k, v in numbers.items()))


def check(name: str, rule, effect, treated: Runs, knocked: tuple[Runs, Runs]) -> None:
    """Hold a pattern to its rule, its null arm and its knock-out."""
    base = status_quo()
    failures = null_failures(rule, base)
    report(name, effect=effect(treated, base[:6]), null_fails=np.mean(failures), knocked=effect(*knocked))
    assert rule(treated, base[:6])
    assert np.mean(failures) >= 0.9
    assert not rule(*knocked)


def change_of_trades(treated: Runs, base: Runs) -> np.ndarray:
    """Change of receipts from extortion, migrants and predation."""
    return values(treated, lambda s: s.other_trades) / values(base, lambda s: s.other_trades) - 1.0


def test_a_lost_market_moves_groups_to_other_trades() -> None:
    """(4) Planning. The market of the most valuable drug closes (all its users are served legally).

    Rule, 6 replicates: receipts of extortion, migrant smuggling and predation rise, above(relative change, 0.02).
    Knock-out: `plan_effort_response` 0, groups keep the time they always gave to a trade.
    """

    def rule(treated: Runs, base: Runs) -> bool:
        return above(change_of_trades(treated, base), 0.02)

    habit = {"plan_effort_response": 0.0}
    knocked = (arms(NO_MARKET, habit), arms(late=habit))
    check("other trades", rule, change_of_trades, arms(NO_MARKET), knocked)


def change_of_notes(treated: Runs, base: Runs) -> np.ndarray:
    """Change of the share of money going home that goes as notes."""

    def share(s: Sums) -> float:
        return s.notes / (s.notes + s.brokers)

    return values(treated, share) - values(base, share)


def test_pressure_on_laundering_moves_money_to_bulk_cash() -> None:
    """(5) Fees. Pressure on laundering is three times that of the status quo.

    Rule, 6 replicates: the share of money that goes south as notes rises, above(difference, 0.05).
    Knock-out: `laundering_fee_pressure` 0, brokers' fees do not answer.
    """

    def rule(treated: Runs, base: Runs) -> bool:
        return above(change_of_notes(treated, base), 0.05)

    flat = {"laundering_fee_pressure": 0.0}
    knocked = (
        arms(PRESSURE, flat),
        status_quo()[:6],
    )  # at the usual pressure, 1, the exponent changes nothing
    check("notes", rule, change_of_notes, arms(PRESSURE), knocked)


def danger_of_return(early: Runs, late: Runs, window: int = 0) -> np.ndarray:
    """Log of the hazard of death in the first weeks of use after treatment over that of later weeks of use."""
    one = values(early, lambda s: s.hazard[window] / s.person_weeks[window])
    return np.log(one / values(late, lambda s: s.hazard[1] / s.person_weeks[1]))


def test_the_weeks_after_treatment_are_the_most_dangerous() -> None:
    """(8) Tolerance. People dependent on an opioid who came from treatment: weeks 0 to 3 of use against 13 to 26.

    Rule, 6 replicates: hazard of death per person and week is at least 1.5 times as high, above(log ratio, log 1.5).
    Null arm: weeks 13 to 26 of one half of the seeds against those of the other half.
    Knock-out: `medication_tolerance_treated` 1, nobody loses tolerance in treatment.
    """

    def rule(early: Runs, late: Runs, window: int = 0) -> bool:
        return above(danger_of_return(early, late, window), np.log(1.5))

    base = status_quo()
    failures = null_failures(lambda one, other: rule(one, other, 1), base)
    kept = arms(late={"medication_tolerance_treated": 1.0}, follow=True)
    effect, knocked = danger_of_return(base[:6], base[:6]), danger_of_return(kept, kept)
    report("return", ratio=np.exp(effect), null_fails=np.mean(failures), knocked=np.exp(knocked))
    assert rule(base[:6], base[:6])
    assert np.mean(failures) >= 0.9
    assert not rule(kept, kept)


def naloxone_effects(treated: Runs, base: Runs) -> np.ndarray:
    """Relative changes of expected deaths and of active use of opioids, (2, replicates)."""
    deaths = values(treated, lambda s: s.deaths) / values(base, lambda s: s.deaths) - 1.0
    return np.stack([deaths, values(treated, lambda s: s.active) / values(base, lambda s: s.active) - 1.0])


def test_naloxone_cuts_deaths_and_slightly_raises_active_use() -> None:
    """(9) Rescue. Five times the kits.

    Rule, 6 replicates: expected overdose deaths fall, above(-relative change, 0.03), and active use of opioids rises,
    above(relative change, 0) with a mean below 0.05.
    Knock-out: `naloxone_works` 0, a used kit saves nobody.
    """

    def rule(treated: Runs, base: Runs) -> bool:
        deaths, active = naloxone_effects(treated, base)
        return above(-deaths, 0.03) and above(active, 0.0) and active.mean() < 0.05

    useless = {"naloxone_works": 0.0}
    check("naloxone", rule, naloxone_effects, arms(KITS), (arms(KITS, useless), arms(late=useless)))


def price(s: Sums) -> float:
    """USD that groups got per kilogram delivered."""
    return float(s.usd[GOOD] / s.kg[GOOD])


def rent(s: Sums) -> float:
    """USD per kilogram above what it cost to buy."""
    return float(price(s) - s.cost[GOOD] / s.weeks)


def rent_change(treated: Runs, base: Runs) -> np.ndarray:
    """Change of the groups' rent per kilogram over the price in the status quo."""
    return (values(treated, rent) - values(base, rent)) / values(base, price)


def test_a_quantity_shock_is_a_rent_to_holders_of_stock() -> None:
    """(10) Pass-through. What could be bought falls by 40 %.

    Rule, 6 replicates: rent per kilogram (price less cost) rises, above(change over price, 0.05).
    Knock-out: `price_low` = `price_high` = 1 and an endless supply in the south, no price answers. (The supply was
    added after the first trial: buying less made it cheaper and left a rent of 0.049 in the knock-out.)
    """

    def rule(treated: Runs, base: Runs) -> bool:
        return above(rent_change(treated, base), 0.05)

    check("quantity", rule, rent_change, arms(late=SCARCE), (arms(late=FROZEN | SCARCE), arms(late=FROZEN)))


def cost_effects(treated: Runs, base: Runs) -> np.ndarray:
    """Change of the groups' price over the usual cost of a kilogram; relative change of all rent, (2, replicates)."""
    usual = values(base, lambda s: s.cost[GOOD] / s.weeks)
    profit = (
        values(treated, lambda s: rent(s) * s.kg[GOOD]) / values(base, lambda s: rent(s) * s.kg[GOOD]) - 1.0
    )
    return np.stack([(values(treated, price) - values(base, price)) / usual, profit])


def test_a_cost_shock_passes_through_and_lowers_profit() -> None:
    """(10) Pass-through. What is bought costs twice as much.

    Rule, 6 replicates: the price of a kilogram rises by at least half of what it cost to buy, above(change over cost,
    0.5), and the sum of rents (rent per kilogram x kilograms) falls, above(-relative change, 0).
    Knock-out: as for quantity; profit falls there too, the price must not follow.
    (A first rule asked that rent per kilogram falls: it did in one trial, -0.05 of the price, and neither fell nor rose
    in the next, -0.01, when ports had been deepened. All of the cost may pass, so the rule now asks for total profit.)
    """

    def rule(treated: Runs, base: Runs) -> bool:
        passed, profit = cost_effects(treated, base)
        return above(passed, 0.5) and above(-profit, 0.0)

    check("cost", rule, cost_effects, arms(COSTLY), (arms(COSTLY, FROZEN), arms(late=FROZEN)))


def change_of_revenue(treated: Runs, base: Runs) -> np.ndarray:
    """Log change of what groups took for the drug."""
    return np.log(values(treated, lambda s: s.usd[GOOD]) / values(base, lambda s: s.usd[GOOD]))


def test_the_sign_of_revenue_follows_the_switch() -> None:
    """(10) Pass-through, with demand of elasticity 1.6. What could be bought falls by 40 %.

    Rule, 6 replicates: with a dollar upstream a dollar at retail (additive) groups' revenue rises, above(log change,
    0.02); with equal ratios (multiplicative) it falls, above(-log change, 0.02).
    Knock-out: prices that do not answer; then it does not rise under additive.
    """
    sides = {}
    for side in ("additive", "multiplicative"):
        spin = (ELASTIC, ("price_pass_through", side))
        sides[side] = (arms(late=SCARCE, spin=spin), arms(spin=spin))
    still = (ELASTIC, ("price_pass_through", "additive"))
    knocked = change_of_revenue(arms(late=FROZEN | SCARCE, spin=still), arms(late=FROZEN, spin=still))
    up, down = change_of_revenue(*sides["additive"]), change_of_revenue(*sides["multiplicative"])
    null = [
        null_failures(lambda a, b: above(change_of_revenue(a, b), 0.02), status_quo()),
        null_failures(lambda a, b: above(-change_of_revenue(a, b), 0.02), status_quo()),
    ]
    report("revenue", additive=up, multiplicative=down, null_fails=np.mean(null, axis=1), knocked=knocked)
    assert above(up, 0.02)
    assert above(-down, 0.02)
    assert np.mean(null, axis=1).min() >= 0.9
    assert not above(knocked, 0.02)


def test_a_quantity_shock_falls_on_purity_before_nominal_price() -> None:
    """(10) Purity. What could be bought falls by 40 %.

    Rule, 6 replicates: purity at retail falls, above(-relative change, 0.01), and by more (in logs) than the price of a
    gram in the bag rises. Knock-out: `purity_response` 0, dealers never add cut.
    """

    def effect(treated: Runs, base: Runs) -> np.ndarray:
        purity = np.log(values(treated, lambda s: s.purity[GOOD]) / values(base, lambda s: s.purity[GOOD]))
        bag = np.log(values(treated, lambda s: s.bag_price[GOOD]) / values(base, lambda s: s.bag_price[GOOD]))
        return np.stack([purity, bag])

    def rule(treated: Runs, base: Runs) -> bool:
        purity, bag = effect(treated, base)
        return above(-purity, 0.01) and above(-purity - bag, 0.0)

    full = {"purity_response": 0.0}
    check("purity", rule, effect, arms(late=SCARCE), (arms(late=SCARCE | full), arms(late=full)))


def test_users_of_an_opioid_that_grows_scarce_change_to_the_other() -> None:
    """(10) Substitution. What fields can give falls from 70 to 30 t a year.

    Rule, 6 replicates: people who use mainly the synthetic opioid become more, above(relative change, 0.01).
    Knock-out: `substitution_opioid` 0, nobody changes.
    """

    def effect(treated: Runs, base: Runs) -> np.ndarray:
        return (
            values(treated, lambda s: s.users[SYNTHETIC]) / values(base, lambda s: s.users[SYNTHETIC]) - 1.0
        )

    def rule(treated: Runs, base: Runs) -> bool:
        return above(effect(treated, base), 0.01)

    loyal = {"substitution_opioid": 0.0}
    knocked = (arms(late=POOR_HARVEST | loyal), arms(late=loyal))
    check("substitution", rule, effect, arms(late=POOR_HARVEST), knocked)
