/* Activations of the feed-forward layer. gelu x·Φ(x) with the exact erf (by a polynomial, error
 * below 5e-7: Abramowitz and Stegun 7.1.26 or better), gelu_tanh its tanh form (gelu_new,
 * gelu_pytorch_tanh). Chosen at run time for the CPU. */
#ifndef NUM_GELU_H
#define NUM_GELU_H

#include <stddef.h>

typedef enum Activation {
    ACTIVATION_GELU,
    ACTIVATION_GELU_TANH,
    ACTIVATION_RELU,
    ACTIVATION_SILU,
    ACTIVATION_TANH,
    ACTIVATION_NONE
} Activation;

/* y[i] = f(x[i]); y may be x. */
void activation_forward(Activation f, const float *x, float *y, size_t n);
/* dx[i] = dy[i] · f'(x[i]) overwritten; dx may be dy. */
void activation_backward(Activation f, const float *x, const float *dy, float *dx, size_t n);

/* y[i] = exp(x[i]), to float precision over the whole range; y may be x. */
void exp_forward(const float *x, float *y, size_t n);

#endif
