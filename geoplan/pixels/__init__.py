"""Pure functions of arrays: no file, no CRS of their own, no unit of a commune."""
