#include <string.h>

#include "base/utf8.h"
#include "text/tokenizer_parts.h"

static const ModelRow *const MODELS[] = {&MODEL_BPE, &MODEL_UNIGRAM, &MODEL_WORDPIECE};

/* What tokenizer.json says, as it is met; the order of its members is anybody's. */
typedef struct Source {
    Pull pull;
    cJSON *options; /* of the model: all but vocabulary and merges */
    cJSON *normalizer, *pre_tokenizer, *post_processor, *added;
    size_t merges; /* where they begin, 0: none */
    bool has_model, has_vocab;
} Source;

static void source_release(Source *s)
{
    cJSON_Delete(s->options);
    cJSON_Delete(s->normalizer);
    cJSON_Delete(s->pre_tokenizer);
    cJSON_Delete(s->post_processor);
    cJSON_Delete(s->added);
    str_release(&s->pull.string);
}

/* {"token": id, …} */
static bool read_words(Pull *p, Model *m)
{
    bool first = true, more;
    if (!pull_enter(p, '{')) return false;
    while (pull_more(p, '}', &first, &more)) {
        uint32_t id;
        if (!more) return true;
        if (!pull_key(p) || !pull_id(p, &id) ||
            !vocab_put(&m->vocab, str_get(&p->string), p->string.size, id, p->err))
            return false;
    }
    return false;
}

/* ["token", score]; the token is in p->string. */
static bool read_entry(Pull *p, double *ret_score)
{
    bool first = true, more;
    if (!pull_enter(p, '[')) return false;
    for (size_t i = 0; i < 3; i++) {
        if (!pull_more(p, ']', &first, &more)) return false;
        if (more != (i < 2))
            return err_set(p->err, ERR_FORMAT,
                           "entry \"%.60s\" of the vocabulary is not a token and its score",
                           str_get(&p->string));
        if (more && !(i == 0 ? pull_string(p) : pull_real(p, ret_score))) return false;
    }
    return true;
}

/* [["token", score], …] */
static bool read_scored(Pull *p, Model *m)
{
    bool first = true, more;
    size_t capacity = 0;
    if (!pull_enter(p, '[')) return false;
    while (pull_more(p, ']', &first, &more)) {
        double score;
        if (!more) return true;
        if (!read_entry(p, &score)) return false;
        if (m->scored == capacity) {
            capacity = capacity ? capacity * 2 : 1024;
            m->scores = mem_grow(m->scores, capacity * sizeof *m->scores);
        }
        if (!vocab_put(&m->vocab, str_get(&p->string), p->string.size, (uint32_t)m->scored, p->err))
            return false;
        m->scores[m->scored++] = score;
    }
    return false;
}

static bool read_vocab(Source *s, Model *m)
{
    if (s->has_vocab) return err_set(s->pull.err, ERR_FORMAT, "the model has two vocabularies");
    s->has_vocab = true;
    bool ok = pull_peek(&s->pull) == '[' ? read_scored(&s->pull, m) : read_words(&s->pull, m);
    return ok && vocab_build(&m->vocab, s->pull.err);
}

/* A member of the model that some model reads, once. */
static bool read_option(Source *s)
{
    static const char *const OPTIONS[] = {
        "type",          "unk_token",         "unk_id",  "continuing_subword_prefix",
        "byte_fallback", "fuse_unk",          "dropout", "max_input_chars_per_word",
        "ignore_merges", "end_of_word_suffix"};
    for (size_t i = 0; i < sizeof OPTIONS / sizeof *OPTIONS; i++) {
        cJSON *value;
        if (strcmp(OPTIONS[i], s->pull.string.data) != 0) continue;
        if (cJSON_GetObjectItemCaseSensitive(s->options, OPTIONS[i]))
            return err_set(s->pull.err, ERR_FORMAT, "the model's \"%s\" stands twice", OPTIONS[i]);
        return pull_tree(&s->pull, &value) && cJSON_AddItemToObject(s->options, OPTIONS[i], value);
    }
    return pull_skip(&s->pull);
}

static bool read_model(Source *s, Model *m)
{
    Pull *p = &s->pull;
    bool first = true, more;
    if (s->has_model) return err_set(p->err, ERR_FORMAT, "there are two models");
    s->has_model = true;
    s->options = cJSON_CreateObject();
    if (!pull_enter(p, '{')) return false;
    while (pull_more(p, '}', &first, &more)) {
        if (!more) return true;
        if (!pull_key(p)) return false;
        if (strcmp(p->string.data, "vocab") == 0) {
            if (!read_vocab(s, m)) return false;
        } else if (strcmp(p->string.data, "merges") == 0) {
            pull_peek(p);
            s->merges = p->at;
            if (!pull_skip(p)) return false;
        } else if (!read_option(s)) {
            return false;
        }
    }
    return false;
}

static bool read_part(Pull *p, cJSON **ret)
{
    if (*ret) return err_set(p->err, ERR_FORMAT, "\"%.60s\" stands twice", p->string.data);
    return pull_tree(p, ret);
}

static bool is_whole(Source *s)
{
    if (!s->has_model) return err_set(s->pull.err, ERR_FORMAT, "it has no \"model\"");
    pull_peek(&s->pull);
    return s->pull.at == s->pull.size ||
           err_set(s->pull.err, ERR_FORMAT, "something stands behind the end of the JSON");
}

static bool read_source(Source *s, Model *m)
{
    Pull *p = &s->pull;
    bool first = true, more;
    const struct {
        const char *name;
        cJSON **tree;
    } parts[] = {{"normalizer", &s->normalizer},
                 {"pre_tokenizer", &s->pre_tokenizer},
                 {"post_processor", &s->post_processor},
                 {"added_tokens", &s->added}};
    if (!pull_enter(p, '{')) return false;
    while (pull_more(p, '}', &first, &more)) {
        if (!more) return is_whole(s);
        if (!pull_key(p)) return false;
        size_t i = 0;
        while (i < 4 && strcmp(parts[i].name, p->string.data) != 0) i++;
        bool ok = i < 4                                  ? read_part(p, parts[i].tree)
                  : strcmp(p->string.data, "model") == 0 ? read_model(s, m)
                                                         : pull_skip(p);
        if (!ok) return false;
    }
    return false;
}

/* The type, or in older files what gives it away. */
static const char *model_type(const Source *s, const Model *m)
{
    const char *type = member_string(s->options, "type");
    if (type) return type;
    if (m->scored > 0) return "Unigram";
    if (s->merges) return "BPE";
    return cJSON_GetObjectItemCaseSensitive(s->options, "max_input_chars_per_word") ? "WordPiece"
                                                                                    : "WordLevel";
}

static bool finish_model(Source *s, Model *m)
{
    const char *type = model_type(s, m);
    if (!s->has_vocab || m->vocab.count == 0)
        return err_set(s->pull.err, ERR_FORMAT, "the model has no vocabulary");
    for (size_t i = 0; i < sizeof MODELS / sizeof *MODELS; i++) {
        if (strcmp(MODELS[i]->type, type) != 0) continue;
        m->row = MODELS[i];
        s->pull.at = s->merges;
        return m->row->finish(m, s->options, s->merges ? &s->pull : NULL, s->pull.err);
    }
    return err_set(s->pull.err, ERR_FORMAT, "the model \"%.60s\" is not supported", type);
}

static uint32_t find_name(const Tokenizer *t, const char *name)
{
    uint32_t id = trie_get(&t->added.names, name, strlen(name));
    return id != TOKEN_NONE ? id : vocab_get(&t->model.vocab, name);
}

/* The first of these names that there is. */
static uint32_t named(const Tokenizer *t, const char *a, const char *b)
{
    uint32_t id = find_name(t, a);
    return id != TOKEN_NONE ? id : find_name(t, b);
}

static bool check_template(const Template *t, const Vocab *v, Err *err)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->steps[i].slot == TEMPLATE_TOKEN && t->steps[i].id >= v->words)
            return err_set(err, ERR_FORMAT,
                           "the post_processor's token %u is not in the vocabulary",
                           t->steps[i].id);
    return true;
}

static bool finish(Tokenizer *t, Err *err)
{
    const Vocab *v = &t->model.vocab;
    if (!check_template(&t->single, v, err) || !check_template(&t->pair, v, err)) return false;
    uint32_t unknown = named(t, "[UNK]", "<unk>");
    const TemplateStep *steps = t->single.steps, *last = &steps[t->single.count - 1];
    t->info = (TokenizerInfo){
        .kind = t->model.row->kind,
        .words = v->words,
        .pad = named(t, "[PAD]", "<pad>"),
        .unknown = t->model.unknown != TOKEN_NONE ? t->model.unknown : unknown,
        .first = steps->slot == TEMPLATE_TOKEN ? steps->id : named(t, "[CLS]", "<s>"),
        .separator = last->slot == TEMPLATE_TOKEN ? last->id : named(t, "[SEP]", "</s>"),
        .mask = named(t, "[MASK]", "<mask>"),
        .single = t->single.special,
        .pair = t->pair.special,
    };
    return true;
}

bool tokenizer_json_read(const char *json, size_t size, Tokenizer *t, Err *err)
{
    Source s = {.pull = {.text = json, .size = size, .err = err}};
    bool ok = read_source(&s, &t->model) && finish_model(&s, &t->model) &&
              normal_parse(s.normalizer, &t->normal, err) &&
              tokenizer_split_parse(s.pre_tokenizer, &t->split, err) &&
              added_parse(s.added, &t->normal, &t->model.vocab, &t->added, err) &&
              template_parse(s.post_processor, &t->single, &t->pair, err) && finish(t, err);
    source_release(&s);
    return ok;
}

static bool read_lines(const char *text, size_t size, Vocab *v, Err *err)
{
    uint32_t id = 0;
    for (size_t at = 0; at < size; id++) {
        const char *next = memchr(text + at, '\n', size - at);
        size_t end = next ? (size_t)(next - text) : size, stop = end;
        while (stop > at && strchr(" \t\r\v\f", text[stop - 1]) && text[stop - 1]) stop--;
        if (!utf8_valid(text + at, stop - at, NULL))
            return err_set(err, ERR_FORMAT, "line %u is not valid UTF-8", id + 1);
        if (!vocab_put(v, text + at, stop - at, id, err)) return false;
        at = end + 1;
    }
    return vocab_build(v, err);
}

bool tokenizer_vocab_read(const char *text, size_t size, const cJSON *config, Tokenizer *t,
                          Err *err)
{
    Model *m = &t->model;
    m->row = &MODEL_WORDPIECE;
    if (!read_lines(text, size, &m->vocab, err)) return false;
    if (m->vocab.count == 0) return err_set(err, ERR_FORMAT, "it is empty");
    if (!m->row->finish(m, NULL, NULL, err)) return false;
    uint32_t first = vocab_get(&m->vocab, "[CLS]"), separator = vocab_get(&m->vocab, "[SEP]");
    if (first == TOKEN_NONE || separator == TOKEN_NONE)
        return err_set(err, ERR_FORMAT, "it has no [CLS] or no [SEP]");
    normal_bert(config, &t->normal);
    split_bert(&t->split);
    template_bert(first, separator, &t->single, &t->pair);
    return added_bert(&m->vocab, &t->added, err) && finish(t, err);
}
