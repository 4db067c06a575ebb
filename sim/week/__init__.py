"""The named functions of the week, by chain."""
