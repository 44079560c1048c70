"""From the sums of the engine to Matomo's reports: rows, their columns and filters, and how reports are described."""
