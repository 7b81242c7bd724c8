"""Filters of elements as SQL: classes, storeys, conditions on properties and their units."""
