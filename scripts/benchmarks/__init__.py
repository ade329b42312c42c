"""What a brand-new container per command costs, measured beside what people use instead."""
