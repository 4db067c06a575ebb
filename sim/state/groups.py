"""Trafficking groups: one row each; a freed row is reused by a later birth. Intentions end in `_plan`."""

from __future__ import annotations

import numpy as np

from sim.state.table import B1, F8, I4, I8, Table, column

CAPACITY = 320
"""Rows: about 150 groups live at once, the rest is room for births."""


class Groups(Table):
    """Rows up to CAPACITY; `alive` says which are in use. `group` axes are rows of this table."""

    id: I8 = column(np.int64, "1", "31-bit hash of the name: the identity that draws use")
    alive: B1 = column(np.bool_, "1", "whether the row is in use")
    named: B1 = column(np.bool_, "1", "named in the data (not of the fringe)")
    parent: I8 = column(np.int64, "1", "id of the group it split from, else 0")
    births: I4 = column(np.int32, "1", "splinters so far, for the ordinal in their names")
    birth_week: I4 = column(np.int32, "week", "week in which it came to be", fill=-(10**6))
    treasury: F8 = column(np.float64, "USD", "money at hand in Mexico")
    skill: F8 = column(np.float64, "1", "skill of the leader, 0 to 1")
    tenure: F8 = column(np.float64, "weeks", "weeks since the leader took over")
    vacancy: I4 = column(np.int32, "weeks", "weeks of succession contest left; 0 when there is a leader")
    removals: I4 = column(np.int32, "1", "leaders lost since the start")
    removed: B1 = column(np.bool_, "1", "its leader was removed this week; `restructure` takes it from here")
    paid: F8 = column(np.float64, "1", "share of wages paid last week", fill=1)
    shock: F8 = column(np.float64, "1", "instability after a removal or a takedown, decays")
    caution: F8 = column(np.float64, "1", "0 efficiency-minded to 1 security-minded")
    aggression: F8 = column(np.float64, "1", "willingness to fight, 0 to 1")
    trades: F8 = column(np.float64, "1", "know-how in each drug, 0 to 1", "drug")
    produce_plan: F8 = column(np.float64, "pure kg/week", "to make or buy", "drug")
    ship_plan: F8 = column(np.float64, "pure kg/week", "to send north", "drug")
    recruit_plan: F8 = column(np.float64, "people/week", "wished recruits")
    gun_plan: F8 = column(np.float64, "guns/week", "wished purchases", "gun")
    ammunition_plan: F8 = column(np.float64, "rounds/week", "wished purchases")
    bribe_plan: F8 = column(np.float64, "USD/week", "to spend on protection")
    wage: F8 = column(np.float64, "USD/week", "mean pay of a member")
    attraction: F8 = column(np.float64, "1", "learned attraction of a lane", "drug", "lane")
    experience: F8 = column(np.float64, "1", "weight of past experience", "drug", fill=1)
    sent: F8 = column(np.float64, "pure kg", "reached a lane this week", "drug", "lane")
    lost: F8 = column(np.float64, "pure kg", "of that, seized", "drug", "lane")
    margin: F8 = column(np.float64, "USD/pure kg", "running receipts of a delivered kilogram", "drug")
    landed: F8 = column(np.float64, "pure kg", "sold in the United States this week", "drug")
    spread: F8 = column(np.float64, "USD/pure kg", "running spread of payoffs of lanes", "drug")
    risk: F8 = column(
        np.float64, "1", "fading count of losses by lane, used by the salience rule", "drug", "lane"
    )
    sold: F8 = column(np.float64, "pure kg/week", "running sales", "drug")
    utilisation: F8 = column(np.float64, "1", "share of its capacity that it uses, 0 to 1", "drug")
    loss: F8 = column(np.float64, "1", "running share of what it sends that is seized", "drug")
    credit: F8 = column(
        np.float64, "pure kg", "planned shipments not yet made; negative after a large load", "drug"
    )
    size: F8 = column(np.float64, "people", "running members: losses are counted against it")
    revenue: F8 = column(
        np.float64, "USD/week", "running receipts by trade: drugs, then other trades", "trade"
    )
    usual: F8 = column(np.float64, "USD/week", "usual return of each trade at the usual effort", "trade")
    effort: F8 = column(np.float64, "1", "time its people give to a trade over the usual", "trade", fill=1)
    outlay: F8 = column(np.float64, "USD/week", "running payments")
    profit: F8 = column(np.float64, "USD/week", "running surplus")
    killed: F8 = column(np.float64, "people/week", "running members killed")
    fights: F8 = column(np.float64, "1/week", "running fights of its crews")
    fired: F8 = column(np.float64, "rounds/week", "running ammunition spent")
    truck_saving: F8 = column(
        np.float64, "USD/week", "running: what a trusted carrier would have saved it by site", "site"
    )
    post_protection: F8 = column(
        np.float64, "1", "share of its loads at a site that officers in its pay let pass", "site"
    )
    arranged: F8 = column(
        np.float64, "1", "how far the leader lost last had arranged who follows him, 0 to 1"
    )
    rivalry: F8 = column(np.float64, "1", "rivalry with each other group, >= 0", "group")
    alliance: F8 = column(np.float64, "1", "1 while there is a pact with the other group, else 0", "group")
    accused: I8 = column(np.int64, "people", "members arrested and not yet charged, by court", "court")
    charged: I8 = column(np.int64, "people", "members bound over who wait for a judge, by court", "court")
    prisoners: I8 = column(np.int64, "people", "members serving a sentence, by country", "country")
