"""One slice of the integral of 4/(1+x^2); see integrate.sh."""

import sys
from math import atan

rank, ranks, steps = (int(word) for word in sys.argv[1:4])
start, end = rank / ranks, (rank + 1) / ranks
mine = steps // ranks
width = (end - start) / mine
total = 0.0
for step in range(mine):
    x = start + (step + 0.5) * width
    total += 4 / (1 + x * x)
slice_ = total * width
exact = 4 * (atan(end) - atan(start))
verdict = "verified" if abs(slice_ - exact) < 1e-9 else "WRONG"
print(f"python rank {rank} of {ranks} slice {slice_:.12f} exact {exact:.12f} {verdict}")
sys.exit(0 if verdict == "verified" else 1)
