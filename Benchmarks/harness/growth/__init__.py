"""How the cost of each kind of work grows with its amount: at n, and at four times n."""
