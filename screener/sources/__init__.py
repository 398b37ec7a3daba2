"""Where bars come from: vendors, asked in turn and within their limits, and files."""
