"""What both frameworks share: specs, random streams, initial weights, data, metrics. Imports no framework."""
