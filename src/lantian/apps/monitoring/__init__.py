"""Source monitoring: devices, outlets, electricity, alarms."""
