/* What a run changed, in words and as JSON. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>

#include "task/outcome.h"

/* ---- words ---- */

static const char *plural(size_t n, const char *one, const char *many)
{
    return n == 1 ? one : many;
}

const char *outcome_judgement(const PairedTest *t)
{
    if (t->mean_difference == 0 && t->ci95.low == 0 && t->ci95.high == 0) return "nothing changed";
    if (t->ci95.low <= 0 && t->ci95.high >= 0) {
        return t->mean_difference < 0 ? "the loss may be chance: its interval holds 0"
                                      : "the gain may be chance: its interval holds 0";
    }
    return t->mean_difference > 0 ? "more than chance" : "a loss, and more than chance";
}

static void add_figure(const char *name, const OutcomeFigure *f, Str *out)
{
    str_addf(out, "  %-10s  %.4f before, %.4f now: %+.4f (95%%: %+.4f to %+.4f, p %.3f); %s\n",
             name, f->before, f->after, f->test.mean_difference, f->test.ci95.low,
             f->test.ci95.high, f->test.p_t, outcome_judgement(&f->test));
}

static void add_split(const char *name, const OutcomeSplit *s, Str *out)
{
    if (s->questions == 0) {
        str_addf(out, "%s: no questions, nothing measured\n", name);
        return;
    }
    str_addf(out, "%s: %zu %s, %zu %s searched\n", name, s->questions,
             plural(s->questions, "question", "questions"), s->chunks,
             plural(s->chunks, "chunk", "chunks"));
    add_figure("mrr@10", &s->mrr, out);
    add_figure("accuracy@5", &s->accuracy, out);
    if (s->frozen_changed)
        str_addf(out, "  %s was frozen and has changed since: earlier figures do not compare\n",
                 name);
}

static void add_next(const Outcome *o, Str *out)
{
    if (o->above_count + o->nowhere_count + o->first_count == 0) {
        str_add(out, "Nothing of train and val waits for a judgement.\n");
        return;
    }
    str_add(out, "What to do next\n");
    if (o->above_count)
        str_addf(
            out,
            "  %zu train %s a hit above %s positive that nobody has judged: is it right too?\n",
            o->above_count, plural(o->above_count, "question has", "questions have"),
            plural(o->above_count, "its", "their"));
    if (o->first_count)
        str_addf(out, "  %zu first %s of train and val %s judged by nobody\n", o->first_count,
                 plural(o->first_count, "hit", "hits"), plural(o->first_count, "was", "were"));
    if (o->nowhere_count)
        str_addf(out,
                 "  %zu %s of train and val %s in the first 10 of %s, %s or bm25: look at the "
                 "question and its chunk\n",
                 o->nowhere_count, plural(o->nowhere_count, "question", "questions"),
                 plural(o->nowhere_count, "is not", "are not"), o->run, o->baseline);
}

void outcome_text(const Outcome *o, Str *out)
{
    str_addf(out, "%s against %s\n", o->run, o->baseline);
    if (o->untrained)
        str_addf(out, "No step was better than before: %s is the untrained retriever.\n", o->run);
    add_split("val", &o->val, out);
    if (o->val.questions)
        str_addf(out, "  %zu won, %zu lost, %zu alike\n", o->won.count, o->lost.count,
                 o->val.questions - o->won.count - o->lost.count);
    if (o->note[0]) str_addf(out, "  %s\n", o->note);
    add_split("test", &o->test, out);
    add_next(o, out);
}

/* ---- JSON ---- */

static cJSON *figure_json(const OutcomeFigure *f)
{
    cJSON *j = cJSON_CreateObject();
    double ends[2] = {f->test.ci95.low, f->test.ci95.high};
    cJSON_AddNumberToObject(j, "before", f->before);
    cJSON_AddNumberToObject(j, "after", f->after);
    cJSON_AddNumberToObject(j, "delta", f->test.mean_difference);
    cJSON_AddItemToObject(j, "ci95", cJSON_CreateDoubleArray(ends, 2));
    cJSON_AddNumberToObject(j, "p_value", f->test.p_t);
    cJSON_AddBoolToObject(j, "within_noise", ends[0] <= 0 && ends[1] >= 0);
    return j;
}

static void split_json(cJSON *to, const char *name, const OutcomeSplit *s)
{
    cJSON *j = cJSON_AddObjectToObject(to, name);
    cJSON_AddNumberToObject(j, "questions", (double)s->questions);
    if (s->questions == 0) return;
    cJSON_AddNumberToObject(j, "chunks", (double)s->chunks);
    cJSON_AddItemToObject(j, "mrr@10", figure_json(&s->mrr));
    cJSON_AddItemToObject(j, "accuracy@5", figure_json(&s->accuracy));
    cJSON_AddBoolToObject(j, "frozen_changed", s->frozen_changed);
    cJSON_AddNumberToObject(j, "eval", (double)s->eval_id);
}

static void moves_json(cJSON *to, const char *name, const OutcomeMoves *moves)
{
    cJSON *list = cJSON_AddArrayToObject(to, name);
    for (size_t i = 0; i < moves->count; i++) {
        cJSON *j = cJSON_CreateObject();
        cJSON_AddNumberToObject(j, "question_id", (double)moves->items[i].question_id);
        cJSON_AddNumberToObject(j, "rank_before", (double)moves->items[i].before);
        cJSON_AddNumberToObject(j, "rank_after", (double)moves->items[i].after);
        cJSON_AddItemToArray(list, j);
    }
}

static cJSON *counted(cJSON *to, const char *name, size_t count)
{
    cJSON *j = cJSON_AddObjectToObject(to, name);
    cJSON_AddNumberToObject(j, "count", (double)count);
    return j;
}

static void hits_json(cJSON *to, const char *name, const OutcomeHits *hits, size_t count)
{
    cJSON *list = cJSON_AddArrayToObject(counted(to, name, count), "hits");
    for (size_t i = 0; i < hits->count; i++) {
        cJSON *j = cJSON_CreateObject();
        cJSON_AddNumberToObject(j, "question_id", (double)hits->items[i].question_id);
        cJSON_AddNumberToObject(j, "chunk_id", (double)hits->items[i].chunk_id);
        cJSON_AddNumberToObject(j, "margin", hits->items[i].margin);
        cJSON_AddItemToArray(list, j);
    }
}

void outcome_json(const Outcome *o, Str *out)
{
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "run", o->run);
    cJSON_AddStringToObject(j, "baseline", o->baseline);
    cJSON_AddBoolToObject(j, "untrained", o->untrained);
    cJSON_AddStringToObject(j, "note", o->note);
    split_json(j, "val", &o->val);
    split_json(j, "test", &o->test);
    moves_json(j, "won", &o->won);
    moves_json(j, "lost", &o->lost);
    cJSON *next = cJSON_AddObjectToObject(j, "next");
    hits_json(next, "above_positive", &o->above, o->above_count);
    hits_json(next, "first_unjudged", &o->first, o->first_count);
    cJSON *ids =
        cJSON_AddArrayToObject(counted(next, "found_nowhere", o->nowhere_count), "question_ids");
    for (size_t i = 0; i < o->nowhere.count; i++)
        cJSON_AddItemToArray(ids, cJSON_CreateNumber((double)o->nowhere.items[i]));
    char *text = cJSON_Print(j);
    str_addf(out, "%s\n", text);
    free(text);
    cJSON_Delete(j);
}
