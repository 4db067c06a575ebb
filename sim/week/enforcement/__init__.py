"""Enforcement: `start_units`, `sense` and `enforce`.

Units learn where groups are, place officers, raid and work cases. This file is the order of things; `sensing`,
`patrol`, `soldiers`, `raids`, `cases` and `endings` each do one of them. What becomes of the arrested is `prosecute`;
ports, sectors and the sea inspect in `cross`; outbound checks are in `repatriate` and `arm`.
"""

from __future__ import annotations

from sim.state.custody import start_custody
from sim.state.run import Run, process
from sim.week.enforcement.cases import (
    HIRED,
    OFFICERS,
    READINESS,
    UNILATERAL,
    WEIGHTS,
    open_cases,
    staff_cases,
    start_leads,
)
from sim.week.enforcement.endings import close_cases
from sim.week.enforcement.patrol import EXPLORATION, GAIN, place_officers
from sim.week.enforcement.raids import arrest_couriers, learn_from_finds, raid_crews, seize_in_us
from sim.week.enforcement.sensing import share_intelligence, start_beats, update_units
from sim.week.enforcement.soldiers import DEPLOYED, RECRUITED
from sim.week.enforcement.vetting import SHARE, TEAMS

__all__ = ["enforce", "sense", "start_units"]


def start_units(run: Run) -> None:
    """Put units on their beats with even beliefs, and members into custody and prison.

    Source: accounts section 4: 29,900 members in prison; those awaiting trial follow from arrests and delay.
    """
    start_beats(run)
    start_leads(run)
    start_custody(run)


@process(
    reads=(
        "groups",
        "seen",
        "relations",
        "plazas",
        "lever agency_effort",
        "lever agency_integrity",
        f"lever {SHARE}",
    ),
    writes=("units", "sites", "relations"),
)
def sense(run: Run) -> None:
    """Officers and integrity are set; intelligence on each group decays, grows by own sources, and is shared by trust.

    x <- keep x + (1 - x) source visible; x += sharing (trust x others' best - x)+. Source: assumptions E1, E2;
    fusion as a lever of enforcement learning, doi:10.1073/pnas.1812459116.
    """
    update_units(run)
    share_intelligence(run)


@process(
    reads=(
        "seen",
        "governments",
        "relations",
        "units",
        "crews",
        "areas",
        "lever corruption_detection",
        *(
            f"lever {name}"
            for name in (
                *OFFICERS,
                HIRED,
                *WEIGHTS,
                UNILATERAL,
                READINESS,
                TEAMS,
                EXPLORATION,
                GAIN,
                DEPLOYED,
                RECRUITED,
            )
        ),
    ),
    writes=("units", "cases", "plazas", "crews", "groups", "areas", "relations", "tally"),
    accounts=(
        "crews.members",
        "groups.accused",
        "crews.pure",
        "crews.diluent",
        "crews.precursor",
        "crews.guns",
        "crews.ammunition",
        "crews.cash",
        "groups.treasury",
        "areas.pure",
        "areas.diluent",
    ),
)
def enforce(run: Run) -> None:
    """Cases are staffed; other officers go on patrol; raids and searches; interior seizures; cases end.

    Source: arrests and seizures of accounts sections 1.2, 3, 4; beliefs P <- (1 - g) P + g hit,
    doi:10.1073/pnas.1812459116; cases, doi:10.18564/jasss.5430 and assumption E5.
    """
    open_cases(run)
    staff_cases(run)
    effort = place_officers(run)
    finds = raid_crews(run, effort)
    learn_from_finds(run, effort, finds)
    arrest_couriers(run)
    seize_in_us(run, effort)
    close_cases(run)
