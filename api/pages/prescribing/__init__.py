"""The physician: courses written, renewed, changed and stopped; verbal orders signed afterwards."""
