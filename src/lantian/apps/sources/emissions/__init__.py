"""The emission inventory on the database: activities in and out, computed, shown and exported."""
