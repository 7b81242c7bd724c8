"""The input file: archives, other formats, and a first look at STEP text without an engine."""
