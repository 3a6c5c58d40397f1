"""Signs of fraud or fault in what stacks report (R1 to R22): hints for inspection with their evidence, never verdicts.

``columns`` holds the data of many outlets as arrays, ``sign`` what a rule says, ``run`` the rules by their numbers, ``feedback``
what people found.
"""
