/* One slice of the integral of 4/(1+x^2) in C; see integrate.sh for the idea.
 * Build on the machine type that will run it:  cc -O2 -o integrate integrate.c -lm
 * Then:  pisub job-c.yaml */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static long number_from(const char *name, long otherwise) {
  const char *text = getenv(name);
  return text ? strtol(text, NULL, 10) : otherwise;
}

int main(void) {
  const long rank = number_from("PIBATCH_RANK", 0);
  const long ranks = number_from("PIBATCH_SIZE", 1);
  const long steps = number_from("STEPS", 400000000);
  const double from = (double)rank / ranks, to = (double)(rank + 1) / ranks;
  const long mine = steps / ranks;
  const double width = (to - from) / mine;
  double sum = 0;
  for (long step = 0; step < mine; step++) {
    const double x = from + (step + 0.5) * width;
    sum += 4 / (1 + x * x);
  }
  const double slice = sum * width;
  const double exact = 4 * (atan(to) - atan(from));
  const int right = fabs(slice - exact) < 1e-9;
  printf("C rank %ld of %ld slice %.12f exact %.12f %s\n", rank, ranks, slice, exact,
         right ? "verified" : "WRONG");
  return right ? 0 : 1;
}
