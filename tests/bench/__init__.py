"""`scripts/bench`: the exporter beside others that serve the very same series.

`cloud` starts the exporter and takes the series from it, `peers` starts who serves them too, `measure` measures one of
them, `rounds` all of them in turns, `report` writes the tables.
"""
