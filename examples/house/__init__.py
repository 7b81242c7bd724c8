"""The example house, one module per trade; `make_house.py` next to this folder calls them in order."""
