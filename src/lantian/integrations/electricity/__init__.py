"""Electricity meters that report through a broker (MQTT)."""
