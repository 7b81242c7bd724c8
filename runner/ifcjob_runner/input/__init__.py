"""The input file: archives, other formats, and checks of STEP text without an engine."""
