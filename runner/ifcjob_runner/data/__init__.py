"""Read the data of an opened file for the data stages, and write their tables; geometry is not read."""
