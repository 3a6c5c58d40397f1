"""The emission inventory in space and time, and as files of models and maps.

`grids`, `allocation`, `gridding` and `hours` are arithmetic on arrays and outlines; `hourly_files`, `map_files` and `ff10`
write and read files. Nothing here knows the database or the clock: what a file says about its making is given by the
caller.
"""
