"""How far work has come and how it stands: shares done, milestones, lights. Pure: the day is an argument."""
