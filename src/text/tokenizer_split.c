#include <string.h>

#include "text/tokenizer_parts.h"

typedef struct SplitRow {
    const char *type;
    bool (*parse)(const cJSON *json, SplitStep *step, Err *err); /* NULL: nothing to read */
    void (*run)(const SplitStep *step, const Pieces *in, Pieces *out);
} SplitRow;

struct SplitStep {
    const SplitRow *row;
};

static void add_piece(Pieces *out, size_t start, size_t end, const Piece *of)
{
    if (end > start)
        vec_push(&out->list, (Piece){start, end - start, of->first && start == of->start});
}

/* White space is dropped, each punctuation character is a piece. */
static void run_bert(const SplitStep *s, const Pieces *in, Pieces *out)
{
    (void)s;
    out->text = in->text;
    for (size_t i = 0; i < in->list.count; i++) {
        const Piece *p = &in->list.items[i];
        size_t end = p->start + p->size, from = p->start;
        for (size_t at = p->start; at < end;) {
            uint32_t code;
            size_t size = code_next(in->text + at, &code);
            bool space = code_is_space(code);
            if (space || code_is_punctuation(code)) {
                add_piece(out, from, at, p);
                if (!space) add_piece(out, at, at + size, p);
                from = at + size;
            }
            at += size;
        }
        add_piece(out, from, end, p);
    }
}

static const SplitRow ROWS[] = {
    {"BertPreTokenizer", NULL, run_bert},
};

static bool add_step(const cJSON *json, Split *s, Err *err)
{
    const char *type = member_string(json, "type");
    if (!type) return err_set(err, ERR_FORMAT, "the pre_tokenizer has no type");
    if (s->count == TOKENIZER_STEP_LIMIT)
        return err_set(err, ERR_LIMIT, "the pre_tokenizer has more than %d steps",
                       TOKENIZER_STEP_LIMIT);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        if (strcmp(ROWS[i].type, type) != 0) continue;
        s->steps = mem_grow(s->steps, (s->count + 1) * sizeof *s->steps);
        SplitStep *step = &s->steps[s->count++];
        *step = (SplitStep){.row = &ROWS[i]};
        return !ROWS[i].parse || ROWS[i].parse(json, step, err);
    }
    return err_set(err, ERR_FORMAT, "the pre_tokenizer \"%.60s\" is not supported", type);
}

bool split_parse(const cJSON *json, Split *ret, Err *err)
{
    if (!json || cJSON_IsNull(json)) return true;
    const char *type = member_string(json, "type");
    if (!type || strcmp(type, "Sequence") != 0) return add_step(json, ret, err);
    const cJSON *item;
    cJSON_ArrayForEach(item,
                       cJSON_GetObjectItemCaseSensitive(
                           json, "pretokenizers")) if (!split_parse(item, ret, err)) return false;
    return true;
}

void split_bert(Split *ret)
{
    ret->steps = mem_alloc(sizeof *ret->steps);
    ret->count = 1;
    *ret->steps = (SplitStep){.row = &ROWS[0]};
}

Pieces *split_run(const Split *s, const char *text, size_t size, bool first, Pieces *a, Pieces *b)
{
    vec_clear(&a->list);
    a->text = text;
    if (size > 0) vec_push(&a->list, (Piece){0, size, first});
    for (size_t i = 0; i < s->count; i++) {
        vec_clear(&b->list);
        str_clear(&b->own);
        s->steps[i].row->run(&s->steps[i], a, b);
        Pieces *done = b;
        b = a;
        a = done;
    }
    return a;
}

void split_release(Split *s)
{
    free(s->steps);
    *s = (Split){0};
}

void pieces_release(Pieces *p)
{
    str_release(&p->own);
    vec_release(&p->list);
}
