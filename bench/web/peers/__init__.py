"""The viewer beside those of other projects, with the same models in the same browser."""
