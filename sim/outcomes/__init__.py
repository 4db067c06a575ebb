"""What comes out: each outcome is one function with a unit, seen or true."""
