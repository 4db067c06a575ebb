"""What the model is for and what it is not for, in one text: pages, reports and the README quote it."""

SCOPE = (
    "For comparing broad choices of policy; not for targeting, tasking, sentencing, sizing a use of force, or "
    "scoring a place or a person. Deaths in the two countries are never added together. Detection, corruption and "
    "staffing by place are synthetic, the integrity of agencies is illustrative, and flows are shown by corridor, not "
    "by port."
)
