"""Doors of electricity readings: files, programs and MQTT; what is taken stands in the lake, the rest is kept with its reason."""
