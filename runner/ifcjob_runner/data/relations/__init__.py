"""How objects belong together: the tree, storeys, presentation layers, classifications, other relationships."""
