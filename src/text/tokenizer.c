#include "text/tokenizer.h"

#include <string.h>

#include "base/file.h"
#include "text/tokenizer_parts.h"

#define CONFIG_LIMIT ((size_t)8 << 20)
#define LONGEST_SAID 1e9 /* transformers writes 1e30 where it does not know */

void tokenizer_free(Tokenizer *t)
{
    if (!t) return;
    vocab_release(&t->model.vocab);
    free(t->model.prefix);
    free(t->model.suffix);
    free(t->model.scores);
    free(t->model.merges);
    added_release(&t->added);
    normal_release(&t->normal);
    split_release(&t->split);
    free(t);
}

bool tokenizer_parse(const char *json, size_t size, const char *name, Tokenizer **ret, Err *err)
{
    Tokenizer *t = mem_zero(1, sizeof *t);
    if (!tokenizer_json_read(json, size, t, err)) {
        tokenizer_free(t);
        return err_prefix(err, "%s", name);
    }
    *ret = t;
    return true;
}

/* tokenizer_config.json, which need not be there. */
static bool read_config(const char *folder, cJSON **ret, Err *err)
{
    char *path = str_format("%s/tokenizer_config.json", folder);
    FileInfo info;
    Str text = {0};
    bool ok = true;
    if (file_info(path, &info, NULL)) {
        ok = file_read(path, CONFIG_LIMIT, &text, err);
        Pull p = {.text = str_get(&text), .size = text.size, .err = err};
        if (ok && !pull_tree(&p, ret)) ok = err_prefix(err, "%s", path);
    }
    str_release(&text);
    free(path);
    return ok;
}

static bool open_vocab(const char *path, const Str *text, const cJSON *config, Tokenizer **ret,
                       Err *err)
{
    Tokenizer *t = mem_zero(1, sizeof *t);
    if (!tokenizer_vocab_read(text->data, text->size, config, t, err)) {
        tokenizer_free(t);
        return err_prefix(err, "%s", path);
    }
    *ret = t;
    return true;
}

static bool open_file(const char *folder, const char *name, const cJSON *config, Tokenizer **ret,
                      Err *err)
{
    char *path = str_format("%s/%s", folder, name);
    Str text = {0};
    bool ok = file_read(path, TOKENIZER_FILE_LIMIT, &text, err);
    if (ok)
        ok = str_ends(name, ".json") ? tokenizer_parse(str_get(&text), text.size, path, ret, err)
                                     : open_vocab(path, &text, config, ret, err);
    str_release(&text);
    free(path);
    return ok;
}

static bool has_file(const char *folder, const char *name)
{
    FileInfo info;
    char *path = str_format("%s/%s", folder, name);
    bool has = file_info(path, &info, NULL) && info.is_regular;
    free(path);
    return has;
}

bool tokenizer_open(const char *folder, Tokenizer **ret, Err *err)
{
    cJSON *config = NULL;
    Tokenizer *t = NULL;
    bool ok = read_config(folder, &config, err);
    if (ok && has_file(folder, "tokenizer.json"))
        ok = open_file(folder, "tokenizer.json", config, &t, err);
    else if (ok && has_file(folder, "vocab.txt"))
        ok = open_file(folder, "vocab.txt", config, &t, err);
    else if (ok)
        ok = err_set(err, ERR_MISSING,
                     "%s has neither tokenizer.json nor vocab.txt; where the model has another "
                     "file, transformers' AutoTokenizer reads it and save_pretrained writes "
                     "tokenizer.json",
                     folder);
    if (ok) {
        double longest =
            cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(config, "model_max_length"));
        if (longest >= 1 && longest < LONGEST_SAID) t->info.longest = (size_t)longest;
        *ret = t;
    }
    cJSON_Delete(config);
    return ok;
}

TokenizerInfo tokenizer_info(const Tokenizer *t)
{
    return t->info;
}

size_t tokenizer_bytes(const Tokenizer *t)
{
    const Model *m = &t->model;
    return sizeof *t + trie_bytes(&m->vocab.trie) + m->vocab.text.capacity +
           m->vocab.capacity * sizeof *m->vocab.start + m->scored * sizeof *m->scores +
           model_merge_bytes(m) + trie_bytes(&t->added.raw) + trie_bytes(&t->added.normal) +
           trie_bytes(&t->added.names) + t->added.tokens.capacity * sizeof *t->added.tokens.items +
           normal_bytes(&t->normal);
}

const char *tokenizer_token(const Tokenizer *t, uint32_t id)
{
    return vocab_token(&t->model.vocab, id);
}

static void work_release(Work *w)
{
    str_release(&w->clean);
    str_release(&w->normal_a);
    str_release(&w->normal_b);
    pieces_release(&w->pieces_a);
    pieces_release(&w->pieces_b);
    vec_release(&w->path);
    vec_release(&w->scores);
    vec_release(&w->symbols);
    vec_release(&w->heap);
}

static bool is_enough(const Work *w, const Tokens *out)
{
    return out->count >= w->most;
}

static void run_pieces(const Tokenizer *t, const char *text, size_t size, bool first, Work *w,
                       Tokens *out)
{
    const Pieces *p = split_run(&t->split, text, size, first, &w->pieces_a, &w->pieces_b);
    for (size_t i = 0; i < p->list.count && !is_enough(w, out); i++)
        t->model.row->run(&t->model, p->text + p->list.items[i].start, p->list.items[i].size, w,
                          out);
}

/* Text without the tokens that are matched before normalisation. */
static void run_section(const Tokenizer *t, const char *text, size_t size, bool first, Work *w,
                        Tokens *out)
{
    size_t start, part;
    uint32_t id;
    bool moved;
    text = normal_run(&t->normal, text, size, &w->normal_a, &w->normal_b, &size, &moved);
    AddedCursor c = added_begin(&t->added, &t->added.normal, text, size);
    while (!is_enough(w, out) && added_next(&c, &start, &part, &id)) {
        if (id != TOKEN_NONE)
            vec_push(out, id);
        else
            run_pieces(t, text + start, part, first && !moved && start == 0, w, out);
    }
}

void tokenizer_text(const Tokenizer *t, const char *text, size_t size, size_t most, Tokens *out)
{
    Work w = {.most = most ? out->count + most : SIZE_MAX};
    size_t start, part;
    uint32_t id;
    text = text_clean(text, size, &w.clean, &size);
    AddedCursor c = added_begin(&t->added, &t->added.raw, text, size);
    while (!is_enough(&w, out) && added_next(&c, &start, &part, &id)) {
        if (id != TOKEN_NONE)
            vec_push(out, id);
        else
            run_section(t, text + start, part, start == 0, &w, out);
    }
    if (out->count > w.most) out->count = w.most;
    work_release(&w);
}

/* The template filled in, at most `most` tokens (0: all). */
static void fill(const Template *t, const Tokens texts[2], const size_t counts[2], size_t most,
                 Tokens *out, Tokens *types)
{
    size_t left = most ? most : SIZE_MAX;
    for (size_t i = 0; i < t->count; i++) {
        const TemplateStep *step = &t->steps[i];
        bool token = step->slot == TEMPLATE_TOKEN;
        size_t which = step->slot == TEMPLATE_B, count = token ? 1 : counts[which];
        const uint32_t *ids = token ? &step->id : texts[which].items;
        if (count > left) count = left;
        left -= count;
        for (size_t k = 0; k < count; k++) {
            vec_push(out, ids[k]);
            if (types) vec_push(types, step->type);
        }
    }
}

void tokenizer_single(const Tokenizer *t, const char *text, size_t most, Tokens *out)
{
    Tokens texts[2] = {{0}};
    size_t special = t->single.special;
    if (most == 0 || most > special)
        tokenizer_text(t, text, strlen(text), most ? most - special : 0, &texts[0]);
    fill(&t->single, texts, (size_t[2]){texts[0].count}, most, out, NULL);
    vec_release(&texts[0]);
}

/* Both texts into `most` tokens: the longer one is cut to what the shorter leaves, and where both
 * are longer than half, each gets half, the longer one the odd token. */
static void cut_longest_first(size_t most, size_t counts[2])
{
    if (counts[0] + counts[1] <= most) return;
    size_t shorter = counts[1] < counts[0], longer = !shorter;
    if (counts[shorter] * 2 <= most) {
        counts[longer] = most - counts[shorter];
    } else {
        counts[shorter] = most / 2;
        counts[longer] = most - most / 2;
    }
}

void tokenizer_pair(const Tokenizer *t, const char *a, const char *b, size_t most, Tokens *out,
                    Tokens *types)
{
    Tokens texts[2] = {{0}};
    size_t special = t->pair.special, counts[2] = {0};
    if (most == 0 || most > special) {
        tokenizer_text(t, a, strlen(a), 0, &texts[0]);
        tokenizer_text(t, b, strlen(b), 0, &texts[1]);
        for (size_t i = 0; i < 2; i++) counts[i] = texts[i].count;
        if (most) cut_longest_first(most - special, counts);
    }
    fill(&t->pair, texts, counts, most, out, types);
    vec_release(&texts[0]);
    vec_release(&texts[1]);
}
