#include "num/gelu.h"

#include <math.h>

#define SQRT_HALF 0.70710678f
#define INV_SQRT_2PI 0.39894228f
#define TANH_SCALE 0.79788456f /* √(2/π) */
#define TANH_CUBIC 0.044715f

static float value(Activation f, float x)
{
    switch (f) {
    case ACTIVATION_GELU:
        return 0.5f * x * (1 + erff(x * SQRT_HALF));
    case ACTIVATION_GELU_TANH:
        return 0.5f * x * (1 + tanhf(TANH_SCALE * (x + TANH_CUBIC * x * x * x)));
    case ACTIVATION_RELU:
        return x < 0 ? 0 : x;
    case ACTIVATION_SILU:
        return x / (1 + expf(-x));
    case ACTIVATION_TANH:
        return tanhf(x);
    case ACTIVATION_NONE:
        break;
    }
    return x;
}

static float slope(Activation f, float x)
{
    float t, s;
    switch (f) {
    case ACTIVATION_GELU:
        return 0.5f * (1 + erff(x * SQRT_HALF)) + x * INV_SQRT_2PI * expf(-0.5f * x * x);
    case ACTIVATION_GELU_TANH:
        t = tanhf(TANH_SCALE * (x + TANH_CUBIC * x * x * x));
        s = TANH_SCALE * (1 + 3 * TANH_CUBIC * x * x);
        return 0.5f * (1 + t) + 0.5f * x * (1 - t * t) * s;
    case ACTIVATION_RELU:
        return x > 0 ? 1 : 0;
    case ACTIVATION_SILU:
        s = 1 / (1 + expf(-x));
        return s * (1 + x * (1 - s));
    case ACTIVATION_TANH:
        t = tanhf(x);
        return 1 - t * t;
    case ACTIVATION_NONE:
        break;
    }
    return 1;
}

void activation_forward(Activation f, const float *x, float *y, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] = value(f, x[i]);
}

void activation_backward(Activation f, const float *x, const float *dy, float *dx, size_t n)
{
    for (size_t i = 0; i < n; i++) dx[i] = dy[i] * slope(f, x[i]);
}

void exp_forward(const float *x, float *y, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] = expf(x[i]);
}
