#include <math.h>
#include <stdint.h>
#include <string.h>

#include "model/safetensors.h"

static const struct {
    const char *name;
    size_t bytes;
} DTYPE_TABLE[DTYPES] = {
    [DTYPE_F32] = {"F32", 4},     [DTYPE_F16] = {"F16", 2}, [DTYPE_BF16] = {"BF16", 2},
    [DTYPE_F64] = {"F64", 8},     [DTYPE_I64] = {"I64", 8}, [DTYPE_I32] = {"I32", 4},
    [DTYPE_OTHER] = {"other", 0},
};

const char *dtype_name(Dtype d)
{
    return DTYPE_TABLE[d].name;
}

size_t dtype_bytes(Dtype d)
{
    return DTYPE_TABLE[d].bytes;
}

static float from_bits(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static uint32_t to_bits(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

/* Without a branch, so that a whole tensor is converted at the speed of memory: a subnormal's
 * fraction becomes an exact product of two floats. */
static float half_to_float(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, rest = (uint32_t)(h & 0x7fff) << 13;
    float small = (float)(h & 0x7fff) * 0x1p-24f;
    uint32_t bits = rest + (112u << 23);
    bits += rest >= 31u << 23 ? 112u << 23 : 0;
    return from_bits(sign | (rest < 1u << 23 ? to_bits(small) : bits));
}

static uint16_t float_to_half(float f)
{
    uint32_t bits = to_bits(f), sign = bits >> 16 & 0x8000, rest = bits & 0x7fffffff;
    if (rest > 0x7f800000) return (uint16_t)(sign | 0x7e00 | (rest >> 13 & 0x3ff));
    if (rest >= 0x477ff000) return (uint16_t)(sign | 0x7c00); /* rounds to 65536 or more */
    if (rest < 0x38800000)                                    /* below the least normal number */
        return (uint16_t)(sign | (uint32_t)lrintf(from_bits(rest) * 0x1p24f));
    uint32_t odd = rest >> 13 & 1;
    return (uint16_t)(sign | (rest - (112u << 23) + 0xfff + odd) >> 13);
}

static uint16_t float_to_bfloat(float f)
{
    uint32_t bits = to_bits(f);
    if ((bits & 0x7fffffff) > 0x7f800000) return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/* The casts of doubles and integers are exact or round to nearest even. */
#define READ_AS(type, expression)                                                                  \
    for (size_t i = 0; i < n; i++) {                                                               \
        type v;                                                                                    \
        memcpy(&v, in + i * sizeof v, sizeof v);                                                   \
        to[i] = (expression);                                                                      \
    }

bool dtype_read(Dtype d, const void *from, float *to, size_t n)
{
    const unsigned char *in = from;
    switch (d) {
    case DTYPE_F32:
        if (n) memcpy(to, in, n * sizeof *to);
        return true;
    case DTYPE_F16:
        READ_AS(uint16_t, half_to_float(v));
        return true;
    case DTYPE_BF16:
        READ_AS(uint16_t, from_bits((uint32_t)v << 16));
        return true;
    case DTYPE_F64:
        READ_AS(double, fabs(v) <= 0x1.fffffefffffffp127 || isnan(v) ? (float)v
                        : v < 0                                      ? -INFINITY
                                                                     : INFINITY);
        return true;
    case DTYPE_I64:
        READ_AS(int64_t, (float)v);
        return true;
    case DTYPE_I32:
        READ_AS(int32_t, (float)v);
        return true;
    case DTYPE_OTHER:
    case DTYPES:
        break;
    }
    return false;
}

/* Integers hold what is in their range, the nearest end otherwise, 0 for no number. */
static int64_t whole(float f, int64_t least, int64_t most)
{
    if (isnan(f)) return 0;
    float rounded = rintf(f);
    if (rounded >= (float)most) return most;
    return rounded <= (float)least ? least : (int64_t)rounded;
}

#define WRITE_AS(type, expression)                                                                 \
    for (size_t i = 0; i < n; i++) {                                                               \
        type v = (type)(expression);                                                               \
        memcpy(out + i * sizeof v, &v, sizeof v);                                                  \
    }

bool dtype_write(Dtype d, const float *from, void *to, size_t n)
{
    unsigned char *out = to;
    switch (d) {
    case DTYPE_F32:
        if (n) memcpy(out, from, n * sizeof *from);
        return true;
    case DTYPE_F16:
        WRITE_AS(uint16_t, float_to_half(from[i]));
        return true;
    case DTYPE_BF16:
        WRITE_AS(uint16_t, float_to_bfloat(from[i]));
        return true;
    case DTYPE_F64:
        WRITE_AS(double, from[i]);
        return true;
    case DTYPE_I64:
        WRITE_AS(int64_t, whole(from[i], INT64_MIN, INT64_MAX));
        return true;
    case DTYPE_I32:
        WRITE_AS(int32_t, whole(from[i], INT32_MIN, INT32_MAX));
        return true;
    case DTYPE_OTHER:
    case DTYPES:
        break;
    }
    return false;
}
