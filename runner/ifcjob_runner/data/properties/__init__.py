"""Properties, quantities and materials: sets read once into shared rows, and the table of them by object."""
