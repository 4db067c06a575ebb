"""Mesa handles: what each kind of agent sees and intends."""
