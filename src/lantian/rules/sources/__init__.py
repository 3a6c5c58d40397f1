"""Sources of pollution: keys that can be checked, and emissions by formulas and factors."""
