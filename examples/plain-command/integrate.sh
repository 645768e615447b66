#!/bin/sh
# One rank of a parallel integral, as an ordinary program: no PiBatch library, only the
# environment. Every rank integrates its own slice of 4/(1+x^2) over [0, 1] by the midpoint
# rule, compares it with the antiderivative 4 atan(x), and exits 1 when they differ.
# The slices of all ranks add up to pi. Runs python3 where there is one, else awk.
set -eu
rank=${PIBATCH_RANK:-${SLURM_PROCID:-0}}
ranks=${PIBATCH_SIZE:-${SLURM_NTASKS:-1}}
steps=${STEPS:-4000000}

if command -v python3 >/dev/null 2>&1; then
  exec python3 integrate.py "$rank" "$ranks" "$steps"
fi

exec awk -v rank="$rank" -v ranks="$ranks" -v steps="$steps" 'BEGIN {
  from = rank / ranks
  to = (rank + 1) / ranks
  mine = int(steps / ranks)
  width = (to - from) / mine
  for (step = 0; step < mine; step++) {
    x = from + (step + 0.5) * width
    sum += 4 / (1 + x * x)
  }
  slice = sum * width
  exact = 4 * (atan2(to, 1) - atan2(from, 1))
  error = slice - exact
  verdict = (error < 1e-9 && error > -1e-9) ? "verified" : "WRONG"
  printf "awk rank %d of %d slice %.12f exact %.12f %s\n", rank, ranks, slice, exact, verdict
  exit verdict == "verified" ? 0 : 1
}'
