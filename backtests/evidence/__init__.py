"""How much a basket of picks shows, set against chance, its market and its sector."""
