"""Geography and starting facts as arrays: cells, plazas, border sites, areas, drugs, groups, units, path costs.

Reads the committed tables of ``sim/data`` once; holds nothing that changes during a run and draws nothing at random.
"""

from sim.world.routes import Paths
from sim.world.world import World, route_costs, world

__all__ = ["Paths", "World", "route_costs", "world"]
