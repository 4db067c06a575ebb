"""The browser lab: a page on Mesa's server. Needs the extra `web` (and `offline` where there is no network)."""
