#include "app/mine_words.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "app/commands.h"

/* ---- from the file ---- */

static void read_text(const cJSON *j, const char *name, Arena *arena, const char **ret)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(j, name));
    if (text && *text) *ret = arena_strdup(arena, text);
}

static double whole_number(const cJSON *j, const char *name, double least, double most,
                           double otherwise)
{
    const cJSON *n = cJSON_GetObjectItem(j, name);
    bool good = cJSON_IsNumber(n) && n->valuedouble >= least && n->valuedouble <= most;
    return good ? floor(n->valuedouble) : otherwise;
}

static bool is_random(const cJSON *j, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(j, name));
    return text && strcmp(text, "random") == 0;
}

void mine_options_read(const char *json, Arena *arena, MineOptions *ret)
{
    MineOptions o = mine_options_default();
    cJSON *j = json ? cJSON_Parse(json) : NULL;
    read_text(j, "retriever", arena, &o.retriever);
    read_text(j, "reranker", arena, &o.reranker);
    read_text(j, "pool", arena, &o.pool_path);
    o.range_min = (size_t)whole_number(j, "range_min", 0, 1e9, 0);
    o.range_max = (size_t)whole_number(j, "range_max", 0, 1e9, 0);
    if (o.range_max && o.range_max <= o.range_min) o.range_min = o.range_max = 0;
    o.per_question = (size_t)whole_number(j, "n", 1, 10000, (double)o.per_question);
    o.random_sampling = is_random(j, "sampling");
    o.random_fallback = is_random(j, "fallback");
    o.splits = (int)whole_number(j, "splits", 0, (1 << SPLIT_COUNT) - 1, 0);
    o.statuses = (int)whole_number(j, "statuses", 0, (1 << QUESTION_DELETED) - 1, 0);
    o.seed = (uint64_t)whole_number(j, "seed", 0, 9e15, (double)o.seed);
    for (MineFilter f = 0; f < MINE_FILTERS; f++) {
        const cJSON *n = cJSON_GetObjectItem(j, mine_filter_name(f));
        o.has[f] = cJSON_IsNumber(n) && isfinite(n->valuedouble);
        if (o.has[f]) o.value[f] = n->valuedouble;
    }
    cJSON_Delete(j);
    *ret = o;
}

/* ---- to a command line ---- */

void mine_words(const MineOptions *o, MineWords *ret)
{
    size_t words;
    const Command *c = command_find("mine", NULL, &words);
    Options set, usual;
    Str is = {0}, was = {0};
    options_init(&set);
    options_init(&usual);
    set.mine = *o;
    set.seed = o->seed;
    vec_push(ret, mem_strdup("mine"));
    for (size_t i = 0; c->options[i] != OPT_HELP; i++) {
        const Option *option = &OPTIONS[c->options[i]];
        str_clear(&is);
        str_clear(&was);
        option_value(option, &set, &is);
        option_value(option, &usual, &was);
        if (is.size && strcmp(str_get(&is), str_get(&was)) != 0)
            vec_push(ret, str_format("--%s=%s", option->name, str_get(&is)));
    }
    str_release(&is);
    str_release(&was);
    options_release(&set);
    options_release(&usual);
}

void mine_words_release(MineWords *w)
{
    for (size_t i = 0; i < w->count; i++) free(w->items[i]);
    vec_release(w);
}
