"""The example house, one module a trade; `make_house.py` next to this folder calls them in order."""
