"""The task ledger as officials keep it in Excel: its columns, what stands in their cells, and the way back."""
