"""The air of all stations at once: hours, days, cities, periods and ranks as expressions that run on DuckDB and on Spark."""
