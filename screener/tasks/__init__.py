"""What the data commands do: update, import, describe, check and export the store."""
