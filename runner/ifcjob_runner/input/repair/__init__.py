"""Corrected copies of STEP files that the engines would refuse or misread."""
