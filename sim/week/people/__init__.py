"""People who use drugs: they begin, use, overdose, are treated, stop, relapse, die, week by week.

What a person does depends on the market (price, scarcity and dose of the area), on peers, on deaths seen, on places
in treatment and on prevention when at school. The loop over people is `sim.kernels_people`; here are the hazards of the
week that it works with. Markets, prices and what is done at the border are elsewhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim import kernels_people as kernel
from sim.kernels_market import stand_ins
from sim.kernels_rows import in_use
from sim.kernels_use import coefficients, fill_need, share_places, sum_up
from sim.levers import lever
from sim.state.areas import DEPENDENT as HEAVY
from sim.state.areas import LIGHT
from sim.state.people import DEPENDENT, OCCASIONAL, PRESCRIBED, RECOVERED, STATES, SUPERVISED, TREATED
from sim.state.people_build import KINDS_LIGHT, build_people, people_columns, tolerance_parts
from sim.state.people_tables import SWAP, UseTables, by_drug, person_drugs, population_share, use_tables
from sim.state.run import Run, process
from sim.week.people.entrants import AGES, age_prevention, begin

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
S = len(STATES)
IS_LIGHT = np.isin(np.arange(S), KINDS_LIGHT)
"""Which states of use answer to price as light users do, (S,)."""
KIND_OF_USER = np.where(IS_LIGHT, LIGHT, HEAVY)
"""Kind of user, by which need answers to price, in each state of use, (S,)."""
SEEKERS = np.array([(PRESCRIBED, 1), (DEPENDENT, 0), (SUPERVISED, 2)])
"""Who seeks treatment, (k, 2): state, and the cause of `UseTables.rates` that leads there."""


def _treated_share(run: Run) -> Floats:
    """People in treatment at the start by area and drug, (A, D)."""
    treated = use_tables(run.p, run.world.drugs).users[:, TREATED]
    return population_share(run)[:, None] * treated[None, :]


lever(
    "treatment_places", unit="places", axes=("area", "drug"), low=0, high=1e7,
    base=lambda run: _treated_share(run) / run.p["treatment_occupancy"],
    doc="places in treatment; places for opioids are shared by all of them", reader="consume",
)  # fmt: skip
lever(
    "treatment_entry_scale", unit="ratio", axes=("area", "drug"), low=0, high=20, base=lambda _: 1.0,
    doc="how often people seek treatment, over the status quo", reader="consume",
)  # fmt: skip
lever(
    "treatment_leave_scale", unit="ratio", axes=("area", "drug"), low=0.1, high=10, base=lambda _: 1.0,
    doc="how often people leave treatment, over the status quo", reader="consume",
)  # fmt: skip
lever(
    "naloxone_kits", unit="kits/100k/yr", axes=("area",), low=0, high=5000,
    base=lambda run: run.p["naloxone_kits_base"], doc="naloxone kits that reach the community", reader="consume",
)  # fmt: skip
lever(
    "prevention_coverage", unit="fraction", axes=("area",), low=0, high=1, base=lambda run: run.p["prevention_base"],
    doc="share of a school cohort given an evidence-based programme", reader="consume",
)  # fmt: skip


def start_people(run: Run) -> None:
    """Fill the table of people, the shares protected by prevention, empty waiting lists, and the areas' need."""
    build_people(run)
    areas, drugs = run.world.areas.n, run.world.drugs.n
    run.extra["people_protected"] = np.full((areas, len(AGES)), run.p["prevention_base"])
    run.extra["people_waiting"] = np.zeros((areas, drugs))
    run.extra["people_weeks"] = np.zeros(1, dtype=np.int64)
    _set_need(run, use_tables(run.p, run.world.drugs))


@process(
    reads=(
        "areas", "seen", "treatment_places", "treatment_entry_scale", "treatment_leave_scale", "naloxone_kits",
        "prevention_coverage",
    ),
    writes=("people", "areas", "tally"),
)  # fmt: skip
def consume(run: Run) -> None:
    """People use, escalate, overdose, are treated, stop, relapse, die, begin; what they need next week is set.

    Source: rates between states of use, Everingham & Rydell 1994 (RAND MR-332) in form, baseline accounts section 5 in
    value; tolerance after treatment doi:10.1136/bmj.c5475; one overdose rule, assumption A12.
    """
    world, draws = run.world, run.draws
    table = run.keep("use_tables", run.p.version, lambda: use_tables(run.p, world.drugs))
    open_share = _availability(run)
    rates, to_drug = _hazards(run, table, open_share)
    coef = _coefficients(run, table, rates)
    drugs = world.drugs.n
    out = np.zeros((world.areas.n * drugs * S, kernel.N_OUT))
    out[:, : kernel.AMOUNT + 1] = run.extra["people_stock"].reshape(len(out), -1)
    treated, columns = np.zeros(drugs), people_columns(run)
    run.extra["people_weeks"] += 1
    turns = (table.to_state, to_drug, table.relapse, RECOVERED, TREATED, int(run.extra["people_weeks"][0]))
    p = run.p
    pace = (1 / p["tolerance_down"], 1 / p["tolerance_up"])
    way = np.array([p["dose_naive"], p["dose_variation"], *pace, p["fatality_toxic"]])
    curves = run.keep("overdose_curves", p.version, lambda: kernel.overdose_curves(_blend(run)))
    k0, k1 = draws.key("people/week")
    kernel.people_week(
        k0, k1, draws.week_word, *in_use(run.people.state), columns, coef, rates.reshape(-1, kernel.N_CAUSES), turns,
        curves, way, out, treated,
    )  # fmt: skip
    begun = begin(run, table, open_share, out)
    result = out.reshape(world.areas.n, drugs, S, kernel.N_OUT)
    run.extra["people_stock"] = np.ascontiguousarray(result[..., : kernel.AMOUNT + 1])
    _record(run, result, treated, begun)
    age_prevention(run)
    _set_need(run, table)


def _availability(run: Run) -> Floats:
    """How easily a drug is had, over the reference, (A, D): (price)^-e x offered over wanted, within bounds.

    Source: participation elasticities of NRC 2001 (nap.edu 10021); the bounds are assumption A13.
    """
    drugs, p = run.world.drugs, run.p
    reference = drugs.price("us_retail")
    price = np.where(run.areas.price > 0, run.areas.price / reference[None, :], 1.0)
    elasticity = by_drug(p, "elasticity_participation", drugs, person_drugs(drugs))
    offered = np.clip(run.areas.scarcity, 0.0, 1.0) ** p["scarcity_elasticity"]
    return np.asarray(np.clip(price ** elasticity[None, :] * offered, 0.2, 5.0))


def _stand_ins(run: Run) -> NDArray[np.bool_]:
    """Which drugs stand in for each other: other ones of the class that people are followed over, (D, D)."""
    drugs = run.world.drugs
    same = np.outer(drugs.is_opioid, drugs.is_opioid) | np.outer(drugs.is_stimulant, drugs.is_stimulant)
    followed = np.isin(np.arange(drugs.n), person_drugs(drugs))
    return np.asarray(same & np.outer(followed, followed) & ~np.eye(drugs.n, dtype=bool))


def _hazards(run: Run, table: UseTables, open_share: Floats) -> tuple[Floats, Ints]:
    """Hazards of leaving a state this week, (A, D, S, K), and the drug changed to, (A, D)."""
    rates = np.broadcast_to(table.rates, (run.world.areas.n, *table.rates.shape)).copy()
    answer = open_share ** run.p["quit_response"]
    rates[:, :, PRESCRIBED, 0] *= open_share
    rates[:, :, OCCASIONAL, 1] /= answer
    rates[:, :, DEPENDENT, 2] /= answer
    enter, leave = _treatment(run, rates)
    for state, cause in SEEKERS:
        rates[:, :, state, cause] *= enter
    rates[:, :, TREATED, :3] *= leave[:, :, None]
    swap, to_drug = _substitution(run)
    for state in (OCCASIONAL, DEPENDENT):
        rates[:, :, state, SWAP] = swap
    return rates, to_drug


def _treatment(run: Run, rates: Floats) -> tuple[Floats, Floats]:
    """Factors on the hazards of entering and leaving treatment, (A, D) each; moves the waiting lists.

    Seekers and those who wait take the free places of their class; the rest wait, and some give up each week. A margin
    keeps the counting noise of rows that stand for many people from looking like full places. Where there are more
    patients than places the surplus is discharged over `discharge_weeks`. Source: assumption A14.
    """
    p, levers = run.p, run.levers
    class_of = run.keep("treatment_classes", 0, lambda: _treatment_classes(run))
    leave, waiting = np.array(levers["treatment_leave_scale"], dtype=float), run.extra["people_waiting"]
    rules = (p["places_noise"], 1.0 - 1.0 / p["waiting_weeks"], p["discharge_weeks"], p["entry_scale_most"])
    enter = np.empty(waiting.shape)
    share_places(
        rates, run.extra["people_stock"], float(run.people_per_agent), waiting, levers["treatment_places"],
        levers["treatment_entry_scale"], leave, SEEKERS, TREATED, class_of, rules, enter,
    )  # fmt: skip
    return enter, leave


def _treatment_classes(run: Run) -> Ints:
    """Drugs whose treatment places are shared have one number, (D,): opioids share theirs, others have their own."""
    opioid = run.world.drugs.is_opioid
    return np.where(opioid, np.argmax(opioid), np.arange(len(opioid)))


def _substitution(run: Run) -> tuple[Floats, Ints]:
    """Hazard to change to another drug of the class where one's own is scarce, (A, D), and that drug, (A, D).

    Scarce is what leaves less to use than one would at reference prices, be it by price or by empty hands: offered over
    wanted times the dose that the price leaves. Source: assumption A15 (rate times how much less is to be had of one's
    own than of the other, below a threshold).
    """
    drugs, p, areas = run.world.drugs, run.p, run.areas
    hazard, to_drug = np.zeros(areas.scarcity.shape), np.zeros(areas.scarcity.shape, dtype=np.int64)
    speed = np.where(drugs.is_opioid, p["substitution_opioid"], p["substitution_stimulant"])
    same = run.keep("stand_ins", 0, lambda: _stand_ins(run))
    stand_ins(
        areas.need, areas.dose, areas.scarcity, same, speed, p["substitution_threshold"], hazard, to_drug
    )
    return hazard, to_drug


def _rescue(run: Run) -> Floats:
    """Chance that an opioid overdose is fatal, by area (A,). Source: doi:10.1073/pnas.2115714119 (kits at hand)."""
    p, side = run.p, run.p.switch("naloxone_effect")
    at_hand = 1.0 - np.exp(-p[f"naloxone_c_{side}"] * run.levers["naloxone_kits"])
    saved = p["overdose_witnessed"] * p["naloxone_works"] * at_hand
    return np.asarray(p[f"fatality_no_kits_{side}"] * (1.0 - saved))


def _coefficients(run: Run, table: UseTables, rates: Floats) -> NDArray[np.float32]:
    """What the kernel looks up for each area, drug and state: (slots, N_COEF).

    Of a change in what is used, `dose_response_share` (of its logarithm) goes into the dose of an occasion and the rest
    into the number of occasions. Source: assumption A12; that overdoses answer weakly to price, doi:10.1111/add.12664.
    """
    fixed, opiate = run.keep("people_coefficients", run.p.version, lambda: _fixed(run, table))
    share = run.p["dose_response_share"]
    return np.asarray(coefficients(fixed, run.areas.dose, KIND_OF_USER, share, opiate, _rescue(run), rates))


def _fixed(run: Run, table: UseTables) -> tuple[Floats, NDArray[np.bool_]]:
    """The part of the coefficients that follows from parameters, at a dose of 1, (D, S, N_COEF); which are opiate.

    The tolerance of own use is in TARGET and that of medication in LEAVE. A drug that is no opioid has occasions with
    one only when it is adulterated.
    """
    p, drugs = run.p, run.world.drugs
    opiate = table.dose > 0
    adulterated = by_drug(p, "adulterated", drugs, person_drugs(drugs))[:, None]
    fixed = np.zeros((*table.dose.shape, kernel.N_COEF))
    fixed[..., kernel.SHIFT] = np.log(np.where(opiate, table.dose, p["adulterant_dose"]))
    fixed[..., kernel.OCCASIONS] = table.occasions * np.where(opiate, 1.0, adulterated)
    fixed[..., kernel.TOXIC] = table.toxic / p["fatality_toxic"]
    fixed[..., kernel.TARGET], fixed[..., kernel.LEAVE] = tolerance_parts(run, table)
    return fixed, opiate


def _blend(run: Run) -> Floats:
    """Spreads of the overdose rule and share of occasions with an opioid not known of, by drug, (D, N_BLEND)."""
    p, drugs = run.p, run.world.drugs
    mixer, opioid = np.flatnonzero(drugs.is_opioid & drugs.is_synthetic), np.flatnonzero(drugs.is_opioid)
    spread = np.hypot(p["dose_sd_person"], by_drug(p, "potency_sd", drugs, opioid))
    blend = np.empty((drugs.n, kernel.N_BLEND))
    blend[:, kernel.OTHER] = 1.0 / spread[mixer].max(initial=p["dose_sd_person"])
    blend[:, kernel.OWN] = np.where(drugs.is_opioid, 1.0 / spread, blend[:, kernel.OTHER])
    adulterated = by_drug(p, "adulterated", drugs, person_drugs(drugs))
    blend[:, kernel.MIXED_IN] = np.where(drugs.is_opioid, adulterated, 1.0)
    return blend


def _record(run: Run, result: Floats, treated: Floats, begun: Floats) -> None:
    """Add what happened to the tally, in people. result: (A, D, S, N_OUT)."""
    tally, drugs, each = run.tally, run.world.drugs, float(run.people_per_agent)
    deaths, mixed = by_drugs = np.zeros((2, drugs.n))
    sum_up(result, each, tally.overdose_deaths[0], tally.overdose_hazard[0], tally.overdoses[0], by_drugs)
    mixer = drugs.is_opioid & drugs.is_synthetic
    present = np.where(mixer, deaths, mixed)
    tally.opioid_in[0] += present
    stimulants = np.flatnonzero(drugs.is_stimulant & ~drugs.is_cannabis)
    also = by_drug(run.p, "co_use", drugs, stimulants) * deaths[drugs.is_opioid].sum()
    tally.overdose_involved[0] += np.where(mixer, present.sum(), deaths + also)
    tally.initiates[0] += begun[0] * each
    tally.treated_in[0] += treated * each
    tally.people[0] = result[..., kernel.PEOPLE].sum(axis=0) * each


def _set_need(run: Run, table: UseTables) -> None:
    """What the people of each area would use a week at reference prices, pure kg; cannabis is left to the market."""
    drugs, rows = run.world.drugs, person_drugs(run.world.drugs)
    mixer = drugs.is_opioid & drugs.is_synthetic
    kg, unknowing = run.keep(
        "kilograms_of_a_row",
        run.p.version,
        lambda: (
            run.people_per_agent * table.grams / 1000.0,
            run.people_per_agent * by_drug(run.p, "adulterant_grams", drugs, rows) / 1000.0,
        ),
    )
    fill_need(run.extra["people_stock"], kg, unknowing, rows, mixer, KIND_OF_USER, run.areas.need)
