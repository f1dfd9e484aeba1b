"""Races: speed measured side by side, window by window, until the ratios are known as exactly as was asked for."""
