/* One batch: its documents, who may not push whom away, and what a teacher or a guide says. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "task/trainer.h"

static bool anything_scored(const TrainSet *s)
{
    for (size_t j = 0; j < s->negative.offset[s->questions]; j++)
        if (!isnan(s->negative_score[j])) return true;
    return false;
}

static bool have_what_is_needed(const Trainer *x, Err *err)
{
    size_t negatives = x->set.negative.offset[x->set.questions];
    if (x->loss->needs_negatives && negatives == 0)
        return err_set(err, ERR_MISSING,
                       "the loss '%s' compares with negatives, and no question has any that may be "
                       "used: `hone mine` "
                       "finds candidates",
                       x->loss->name);
    if (x->loss->needs_teacher && !anything_scored(&x->set))
        return err_set(err, ERR_MISSING,
                       "the loss '%s' learns from scores of candidates, and none has one: `hone "
                       "mine --reranker R`, or "
                       "import a set with pos_scores and neg_scores",
                       x->loss->name);
    return true;
}

bool trainer_batch_new(Trainer *x, Err *err)
{
    size_t B = x->o->batch, M = B * (1 + x->o->negatives);
    if (!train_loss_options(x->o, x->t->dims, &x->loss_options, err) ||
        !have_what_is_needed(x, err))
        return false;
    x->query_row = mem_zero(B, sizeof *x->query_row);
    x->passage_row = mem_zero(M, sizeof *x->passage_row);
    x->owner = mem_zero(M, sizeof *x->owner);
    x->drawn = mem_zero(x->o->negatives + 1, sizeof *x->drawn);
    x->mask = mem_zero(B, M);
    if (anything_scored(&x->set)) x->teacher = mem_zero(M, sizeof *x->teacher);
    if (!x->o->guide) return true;
    if (!guide_new(x->env, x->o->guide, &x->set, &x->guide, err)) return false;
    x->guide_qd = mem_tensor(B, M, "the guide's similarities", err);
    if (!x->guide_qd || !guide_has_sides(x->guide)) return x->guide_qd != NULL;
    return (x->guide_qq = mem_tensor(B, B, "the guide's similarities", err)) &&
           (x->guide_dd = mem_tensor(B, B, "the guide's similarities", err));
}

void trainer_batch_release(Trainer *x)
{
    void *blocks[] = {x->query_row, x->passage_row, x->owner,    x->mask, x->teacher,
                      x->guide_qd,  x->guide_qq,    x->guide_dd, x->drawn};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
    guide_free(x->guide);
}

size_t trainer_batch_bytes(const Trainer *x)
{
    size_t B = x->o->batch, M = B * (1 + x->o->negatives);
    size_t bytes = B * sizeof *x->query_row +
                   M * (sizeof *x->passage_row + sizeof *x->owner + sizeof *x->teacher) + B * M;
    if (x->guide) bytes += guide_bytes(x->guide) + (B * M + 2 * B * B) * sizeof *x->guide_qd;
    return bytes;
}

static bool in_list(const RowList *l, uint32_t q, uint32_t c)
{
    size_t low = l->offset[q], high = l->offset[q + 1];
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (l->row[mid] == c) return true;
        if (l->row[mid] < c)
            low = mid + 1;
        else
            high = mid;
    }
    return false;
}

bool trainer_barred(const Trainer *x, uint32_t q, uint32_t c)
{
    return in_list(&x->set.positive, q, c) || in_list(&x->set.barred, q, c);
}

/* Selection sampling (Knuth, algorithm S): each subset is as likely as any other. */
size_t trainer_draw(const Trainer *x, uint32_t q, Rng *rng, uint32_t *ret)
{
    size_t first = x->set.negative.offset[q], n = x->set.negative.offset[q + 1] - first;
    size_t wanted = n < x->o->negatives ? n : x->o->negatives, drawn = 0;
    for (size_t j = 0; j < n && drawn < wanted; j++)
        if (rng_below(rng, n - j) < wanted - drawn) ret[drawn++] = (uint32_t)(first + j);
    return drawn;
}

/* Each row's positive, then up to `negatives` drawn for each row. Returns how many. */
static size_t draw_documents(Trainer *x, size_t b, size_t B)
{
    const TrainPlan *plan = trainer_plan(x);
    const uint32_t *order = plan->order + plan->first[b];
    for (size_t i = 0; i < B; i++) {
        x->query_row[i] = plan->pair[order[i]].question;
        x->passage_row[i] = plan->pair[order[i]].chunk;
        x->owner[i] = (uint32_t)i;
        if (x->teacher) x->teacher[i] = x->set.positive_score[x->query_row[i]];
    }
    size_t M = B;
    Rng rng = rng_make(x->o->seed, 0x100 + b);
    for (size_t i = 0; i < B && x->o->negatives; i++) {
        size_t drawn = trainer_draw(x, x->query_row[i], &rng, x->drawn);
        for (size_t j = 0; j < drawn; j++) {
            if (x->teacher) x->teacher[M] = x->set.negative_score[x->drawn[j]];
            x->owner[M] = (uint32_t)i;
            x->passage_row[M++] = x->set.negative.row[x->drawn[j]];
        }
    }
    return M;
}

/* Another positive of the question or a known false negative must not be pushed away. */
static size_t mask_batch(Trainer *x, size_t B, size_t M)
{
    size_t masked = 0;
    for (size_t i = 0; i < B; i++) {
        for (size_t j = 0; j < M; j++) {
            bool out = j != i && trainer_barred(x, x->query_row[i], x->passage_row[j]);
            x->mask[i * M + j] = out;
            masked += out;
        }
    }
    return masked;
}

size_t trainer_gather(Trainer *x, size_t b, size_t B, uint64_t *masked, Err *err)
{
    size_t M = draw_documents(x, b, B);
    *masked += mask_batch(x, B, M);
    if (x->guide && !guide_fill(x->guide, x->env->pool, x->query_row, B, x->passage_row, M,
                                x->guide_qd, x->guide_qq, x->guide_dd, err))
        return 0;
    return M;
}

LossBatch trainer_loss_batch(const Trainer *x, size_t B, size_t M)
{
    return (LossBatch){.B = B,
                       .M = M,
                       .D = x->t->dims,
                       .options = &x->loss_options,
                       .q = x->q,
                       .d = x->d,
                       .owner = x->owner,
                       .masked = x->mask,
                       .teacher = x->teacher,
                       .guide_qd = x->guide_qd,
                       .guide_qq = x->guide_qq,
                       .guide_dd = x->guide_dd,
                       .dq = x->dq,
                       .dd = x->t->ops->trains_passages ? x->dd : NULL};
}
