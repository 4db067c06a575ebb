"""Institutions and communities: trust, corruption, reporting, convictions, what units achieve."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernels_sums import product
from sim.outcome import outcome
from sim.state.governments import MX, US
from sim.state.run import Run
from sim.state.sums import held, others_held, people_of_crews, prisoners, totals


@outcome("1", country="both", better="higher", total="mean", headline=True)
def political_trust(run: Run) -> float:
    """Political trust between the two governments, 0 to 1."""
    return float(run.relations.political_trust[0])


@outcome("1", country="both", better="higher", total="mean")
def agency_trust(run: Run) -> float:
    """Mean trust between the agencies of the two countries that lead cases, 0 to 1."""
    key = run.extra["unit.leads"].tobytes()
    mexican, american = run.keep("agencies that lead cases", key, lambda: _leads(run))
    return float(run.relations.agency_trust[0][mexican[:, None], american].mean())


def _leads(run: Run) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Agencies of Mexico and of the United States that lead cases."""
    leads = np.unique(run.world.units0.agency[run.extra["unit.leads"].any(axis=0)])
    country = run.world.agencies.country[leads]
    return leads[country == MX], leads[country == US]


@outcome("1", country="both", better="higher", total="mean")
def issues_agreed(run: Run) -> float:
    """Mean degree of cooperation agreed over the issues, 0 to 1."""
    return _mean(run.relations.agreed[0])


@outcome("1", country="both", better="higher", total="mean")
def cooperation_in_force(run: Run) -> float:
    """Mean degree of cooperation over the issues that deals have brought into force, 0 to 1."""
    return _mean(run.relations.in_force[0])


@outcome("1", country="both")
def joint_cases_opened(run: Run) -> float:
    """Cases opened that both countries work on."""
    return totals(run).of("joint_opened")


@outcome("1", country="both", better="lower")
def joint_cases_leaked(run: Run) -> float:
    """Joint cases that leaked to their target."""
    return float(run.tally.joint_leaks[0])


@outcome("1", country="both", better="lower")
def corruption_scandals(run: Run) -> float:
    """Corrupt officials who became known in the other country, through bribes found or cases leaked."""
    return float(run.tally.scandals[0])


@outcome(
    "1",
    country="MX",
    better="higher",
    total="mean",
    headline=True,
    title="trust of communities in the police",
)
def community_trust(run: Run) -> float:
    """Trust of communities in the police, weighted by people, 0 to 1."""
    people = run.keep("people at home", 0, lambda: _at_home(run))
    return float(product(run.plazas.trust, people)) / _all_at_home(run)


@outcome("crimes", country="MX", better="lower")
def crimes(run: Run) -> float:
    """Crimes modelled: against households at the usual rate, firms extorted, homicides."""
    return totals(run).of("crimes")


@outcome("1", country="MX", better="higher", total="mean")
def crimes_reported(run: Run) -> float:
    """Share of modelled crimes that was reported."""
    crimes = totals(run).of("crimes")
    return totals(run).of("reported") / crimes if crimes else 0.0


@outcome("people", country="both", better="higher")
def members_convicted(run: Run) -> float:
    """Members convicted, in either country."""
    return totals(run).of("convicted")


@outcome("people", country="MX", better="higher")
def people_convicted(run: Run) -> float:
    """People convicted in Mexico, members and others."""
    return float(run.tally.convicted[0, MX] + run.tally.convicted_others[0, MX])


@outcome("1", country="MX", better="lower", total="mean", title="crimes without a conviction")
def impunity(run: Run) -> float:
    """One less convictions of the week over crimes modelled in the week, Mexico."""
    crimes = totals(run).of("crimes")
    return 1.0 - people_convicted(run) / crimes if crimes else 1.0


@outcome("cases", country="MX", better="lower", total="mean")
def files_pending(run: Run) -> float:
    """Open files and cases in Mexico: under investigation, before a prosecutor, and before a judge."""
    files, ready, charged, _ = others_held(run)
    accused, _, before_judge, _ = held(run)
    return files + ready + charged + accused + before_judge


@outcome("weeks", country="MX", better="lower", total="mean")
def weeks_to_judgement(run: Run) -> float:
    """People who wait for a judge in Mexico over those decided in the week."""
    return (others_held(run)[2] + held(run)[2]) / max(float(run.tally.decided[0, MX]), 1.0)


@outcome("people", country="MX", total="mean")
def members_in_prison(run: Run) -> float:
    """Members serving a sentence in Mexico."""
    return float(prisoners(run)[MX])


@outcome("people", country="US", total="mean")
def members_in_us_custody(run: Run) -> float:
    """Members arrested at the border or at American hubs, from arrest to release."""
    _, accused, _, before_judge = held(run)
    return float(accused + before_judge + prisoners(run)[US])


@outcome("people", country="MX", total="mean")
def people_in_prison(run: Run) -> float:
    """People in Mexican prisons, members and others, with and without a sentence."""
    accused, _, before_judge, _ = held(run)
    _, _, charged, inmates = others_held(run)
    return accused + before_judge + prisoners(run)[MX] + charged + inmates


@outcome("1", country="MX", better="lower", total="mean")
def police_protection_bought(run: Run) -> float:
    """Share of local enforcement that crews have bought, weighted by members."""
    members = people_of_crews(run)
    return float(product(run.crews.protection, members)) / max(1, int(members.sum()))


@outcome("USD", country="MX", better="lower")
def bribes_paid(run: Run) -> float:
    """Paid to officials."""
    return totals(run).of("bribes")


@outcome("1", sees="seen", country="both")
def leaders_removed(run: Run) -> float:
    """Leaders captured or killed."""
    return float(run.tally.captures[0])


@outcome("1", sees="seen", country="both")
def network_takedowns(run: Run) -> float:
    """Network takedowns carried out."""
    return float(run.tally.takedowns[0])


@outcome("1", country="both", better="lower")
def cases_leaked(run: Run) -> float:
    """Cases that leaked to their target."""
    return float(run.tally.leaks[0])


@outcome("firms", country="MX", better="lower")
def firms_extorted(run: Run) -> float:
    """Firms extorted in person by groups."""
    return totals(run).of("extorted")


@outcome("1", country="MX", better="lower", title="share of firms extorted")
def firms_extorted_share(run: Run) -> float:
    """Firms extorted in person by groups over the firms there are; a year adds up its weeks."""
    return totals(run).of("extorted") / (run.p["firms_per_person"] * _all_at_home(run))


def _mean(degrees: NDArray[np.float64]) -> float:
    """Mean of a few numbers."""
    values: list[float] = degrees.tolist()
    return sum(values) / len(values)


def _at_home(run: Run) -> NDArray[np.float64]:
    """People of each plaza in Mexico, 0 at hubs in the United States, (P,)."""
    plazas = run.world.plazas
    return np.asarray(plazas.population * (plazas.hub_area < 0), dtype=np.float64)


def _all_at_home(run: Run) -> float:
    return run.keep("all people at home", 0, lambda: float(_at_home(run).sum()))
