"""The stages of a run, one module each, and the elements table and storey filter that some of them use."""
