"""(2) Random patrols: teams that are sent anew keep finding what teams that stay teach groups to avoid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.lab.patterns._pattern import Floats, Pattern, Values, above, by_seed
from sim.lab.patterns._routes import FOOT, NO_LEARNING, window
from sim.lab.patterns._runs import BASE, Arm
from sim.parameters import Parameters
from sim.state.run import Run
from sim.world.world import world

TEAMS = BASE.but(patrol_mobile_share=0.5, patrol_random=1.0, patrol_rotation=1.0)


def stay(run: Run) -> None:
    """From now on mobile teams stay where they are."""
    run.p.set("patrol_rotation", 0.0)
    run.levers.rebase()


POSTS = Arm(late=TEAMS.late, acts=((1, stay),))


def kept(h: dict[str, Floats], usual: dict[str, Floats]) -> float:
    """Hit rate over what the same patrols would have found among the loads of `usual`, by lane and week."""
    drugs, p = world().drugs.names, Parameters()
    times = np.where(
        (world().lanes.kind <= FOOT)[:, None],
        p.by("detectability", drugs),
        p.by("detectability_between", drugs),
    )
    chance = np.mean([1.0 - (1.0 - hazard[:, None]) ** times for hazard in h["hazard"]], axis=0)
    would = (usual["loads"] * chance).sum() / usual["loads"].sum()
    return float(h["hits"].sum() / h["loads"].sum() / would)


class RandomPatrols(Pattern):
    """What is placed at random cannot be learned."""

    number = 2
    name = "random_patrols"
    title = "Random patrols beat fixed ones of equal effort against learning groups"
    mechanism = "learning"
    knocked_out_by = "route_learning = fixed"
    rule = (
        "Half of checks and agents with mobile teams, placed without regard to belief by the same dice in the first "
        "week: then sent anew each week, or left. Yield is the hit rate over what the same patrols, where they stood, "
        "would have found among the loads of the base run; weeks 26 to 77. Random less fixed is at least 0.02 (t, "
        "p < 0.01). Null: random against random of other seeds. Five replicates."
    )
    seeds = range(5)
    null_seeds = range(5, 10)

    def effect(self) -> Values:
        """Yield of random and of fixed patrols, and the first less the second."""
        return self._against(BASE, TEAMS, POSTS)

    def knock_out(self) -> Values:
        """The same with attractions of lanes kept."""
        off = {"route_learning": "fixed"}
        return self._against(NO_LEARNING, TEAMS.but(**off), POSTS.but(**off))

    def null(self, treated: Sequence[int], base: Sequence[int]) -> Values:
        """Yield of random patrols in one half of the seeds less that in the other."""
        one, two = (np.array([kept(window(s, TEAMS), window(s)) for s in seeds]) for seeds in (treated, base))
        return {"gain": one - two}

    def holds(self, values: Values) -> bool:
        """The rule."""
        return above(values["gain"], 0.02)

    def _against(self, base: Arm, teams: Arm, posts: Arm) -> Values:
        def one(seed: int) -> dict[str, float]:
            random, fixed = (kept(window(seed, arm), window(seed, base)) for arm in (teams, posts))
            return {"gain": random - fixed, "random": random, "fixed": fixed}

        return by_seed(self.seeds, one)
