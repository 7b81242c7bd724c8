"""Meshes made from the attributes of an item, where no engine can be trusted."""
