"""What a portfolio of the picks would have done, under the rules that held."""
