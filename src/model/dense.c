/* Dense layers behind the pooling: y = activation(x Wᵀ + b), one after the other. */
#include <stdlib.h>
#include <string.h>

#include "model/sentence.h"
#include "num/blas.h"
#include "num/vector.h"

size_t dense_parameters(const ModelFolder *f)
{
    size_t count = 0;
    for (size_t i = 0; i < f->dense_count; i++)
        count += f->dense[i].out * f->dense[i].in + (f->dense[i].bias ? f->dense[i].out : 0);
    return count;
}

static bool take(const Weights *w, const char *path, const char *name, size_t rows, size_t columns,
                 float *p, Err *err)
{
    TensorView t;
    if (!weights_find(w, name, &t))
        return err_set(err, ERR_FORMAT, "%s: there is no tensor '%s'", path, name);
    bool fits = columns ? t.dims == 2 && t.shape[0] == rows && t.shape[1] == columns
                        : t.dims == 1 && t.shape[0] == rows;
    if (!fits || !dtype_read(t.dtype, t.data, p, rows * (columns ? columns : 1)))
        return err_set(err, ERR_FORMAT, "%s: '%s' is no matrix of %zu × %zu floats", path, name,
                       rows, columns ? columns : 1);
    return true;
}

bool dense_read(const ModelFolder *f, float *p, Err *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < f->dense_count; i++) {
        const DenseInfo *d = &f->dense[i];
        char *path = str_format("%s/%s", f->path, d->folder);
        Weights *w = NULL;
        ok = weights_open(path, &w, err) && take(w, path, "linear.weight", d->out, d->in, p, err) &&
             (!d->bias || take(w, path, "linear.bias", d->out, 0, p + d->out * d->in, err));
        p += d->out * d->in + (d->bias ? d->out : 0);
        weights_close(w);
        free(path);
    }
    return ok;
}

size_t dense_kept_floats(const ModelFolder *f)
{
    size_t floats = 0; /* of each layer what goes in, and what comes out before the activation */
    for (size_t i = 0; i < f->dense_count; i++) floats += f->dense[i].in + f->dense[i].out;
    return floats;
}

static void add_bias(const float *bias, float *y, size_t B, size_t n)
{
    for (size_t b = 0; b < B; b++) vector_axpy(1, bias, y + b * n, n);
}

void dense_forward(Pool *pool, const ModelFolder *f, const float *p, const float *x, float *kept,
                   float *y, size_t B)
{
    for (size_t i = 0; i < f->dense_count; i++) {
        const DenseInfo *d = &f->dense[i];
        float *in = kept, *out = kept + d->in * B;
        memcpy(in, x, d->in * B * sizeof *in);
        gemm(pool, false, true, B, d->out, d->in, 1, in, d->in, p, d->in, 0, out, d->out);
        if (d->bias) add_bias(p + d->out * d->in, out, B, d->out);
        activation_forward(d->activation, out, y, d->out * B);
        p += d->out * d->in + (d->bias ? d->out : 0);
        kept += (d->in + d->out) * B;
        x = y;
    }
}

/* From the last layer to the first: dx of one is dy of the one before. */
void dense_backward(Pool *pool, const ModelFolder *f, const float *p, const float *x,
                    const float *kept, const float *dy, float *dx, float *g, size_t B)
{
    (void)x;
    p += dense_parameters(f);
    g += dense_parameters(f);
    kept += dense_kept_floats(f) * B;
    size_t widest = 0;
    for (size_t i = 0; i < f->dense_count; i++)
        widest = f->dense[i].out > widest ? f->dense[i].out : widest;
    float *dz = mem_alloc((widest * B + 1) * sizeof *dz);
    for (size_t i = f->dense_count; i-- > 0;) {
        const DenseInfo *d = &f->dense[i];
        p -= d->out * d->in + (d->bias ? d->out : 0);
        g -= d->out * d->in + (d->bias ? d->out : 0);
        kept -= (d->in + d->out) * B;
        activation_backward(d->activation, kept + d->in * B, dy, dz, d->out * B);
        gemm(pool, true, false, d->out, d->in, B, 1, dz, d->out, kept, d->in, 1, g, d->in);
        if (d->bias)
            for (size_t b = 0; b < B; b++)
                vector_axpy(1, dz + b * d->out, g + d->out * d->in, d->out);
        gemm(pool, false, false, B, d->in, d->out, 1, dz, d->out, p, d->in, 0, dx, d->in);
        dy = dx;
    }
    free(dz);
}
