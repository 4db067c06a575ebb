"""Arrays that own the state, one file per table."""
