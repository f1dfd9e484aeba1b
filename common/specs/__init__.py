"""Declarative descriptions of models, data sets and trainings; everything a result depends on is a field here."""
