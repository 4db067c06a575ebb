"""One file, one kind of event: what happens whatever the policy."""
