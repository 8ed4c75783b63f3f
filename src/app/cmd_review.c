#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/cmd.h"
#include "app/output.h"
#include "store/journal.h"
#include "store/mining.h"
#include "store/questions.h"

typedef VEC(Decision) Decisions;

/* The words of a decision and what they are in the project. */
typedef struct Verb {
    const char *word, *value;
} Verb;

static const Verb QUESTION_VERBS[] = {{"accept", "accepted"},
                                      {"reject", "rejected"},
                                      {"flag", "flagged"},
                                      {"pending", "pending"},
                                      {NULL, NULL}};
static const Verb CANDIDATE_VERBS[] = {{"keep", "kept"},
                                       {"false-negative", "false_negative"},
                                       {"promote", "promoted"},
                                       {"pending", NULL},
                                       {NULL, NULL}};

/* The last argument; those before it are ids. */
static const Verb *find_verb(const Session *s, const Verb *verbs, Err *err)
{
    const char *word = session_argument(s, session_arguments(s) - 1);
    Str known = {0};
    for (const Verb *v = verbs; v->word; v++) {
        if (strcmp(v->word, word) == 0) {
            str_release(&known);
            return v;
        }
        str_addf(&known, "%s%s", known.size ? ", " : "", v->word);
    }
    err_set(err, ERR_USAGE, "'%s' is not a decision; the last word is one of %s", word,
            str_get(&known));
    str_release(&known);
    return NULL;
}

static bool check_arguments(const Session *s, Err *err)
{
    size_t ids = session_arguments(s) - 1;
    if (ids == 0 && !s->options->where)
        return err_set(err, ERR_USAGE, "about which? give ids, or --where FILTER");
    if (ids > 0 && s->options->where)
        return err_set(err, ERR_USAGE, "either ids or --where, not both");
    return true;
}

static void print_decided(Session *s, size_t count, size_t changed, const char *what,
                          const char *value)
{
    session_quiet(s);
    if (s->options->json) {
        cJSON *j = cJSON_CreateObject();
        json_number(j, "matched", (double)count);
        json_number(j, "changed", (double)changed);
        json_bool(j, "dry_run", s->options->dry_run);
        output_json(j, s->out);
    } else {
        fprintf(s->out, "%zu %s%s%s %s%s\n", changed, what, changed == 1 ? "" : "s",
                s->options->dry_run ? " would become" : "", value,
                changed < count ? " (the others were so already)" : "");
    }
}

/* Makes the decisions whose value is not so yet. */
static bool make(Session *s, const Decisions *decisions, size_t matched, const char *what,
                 const Verb *verb, Err *err)
{
    char label[64];
    size_t count = decisions->count;
    if (count == 1)
        snprintf(label, sizeof label, "%s %s %lld", verb->word, what,
                 (long long)decisions->items[0].subject_id);
    else
        snprintf(label, sizeof label, "%s %zu %ss", verb->word, count, what);
    if (!s->options->dry_run && count > 0 &&
        !decide(s->store, decisions->items, count, label, NULL, err))
        return false;
    print_decided(s, matched, count, what, verb->value ? verb->value : "pending");
    return true;
}

/* ---- questions ---- */

static void append_question(const QuestionRow *q, Decisions *out, const Verb *verb, const char *why)
{
    if (strcmp(question_status_name(q->status), verb->value) == 0) return;
    vec_push(out, (Decision){.subject = "question.status",
                             .subject_id = q->id,
                             .value = verb->value,
                             .why = why});
}

static bool questions_by_id(Session *s, const Verb *verb, Decisions *out, size_t *matched, Err *err)
{
    for (size_t i = 0; i + 1 < session_arguments(s); i++) {
        int64_t id;
        QuestionRows rows = {0};
        if (!session_id(s, i, "question", &id, err) || !question_get(s->store, id, &rows, err))
            return false;
        append_question(&rows.items[0], out, verb, s->options->why);
        ++*matched;
        rows_release(&rows);
    }
    return true;
}

static bool questions_by_filter(Session *s, const Verb *verb, Decisions *out, size_t *matched,
                                Err *err)
{
    QuestionRows rows = {0};
    if (!questions_load(s->store, &(QuestionQuery){.filter = s->options->where}, &rows, err))
        return false;
    for (size_t i = 0; i < rows.count; i++)
        append_question(&rows.items[i], out, verb, s->options->why);
    *matched = rows.count;
    rows_release(&rows);
    return true;
}

bool cmd_review_question(Session *s, Err *err)
{
    Decisions decisions = {0};
    size_t matched = 0;
    const Verb *verb = find_verb(s, QUESTION_VERBS, err);
    bool ok = verb && check_arguments(s, err) &&
              (s->options->where ? questions_by_filter(s, verb, &decisions, &matched, err)
                                 : questions_by_id(s, verb, &decisions, &matched, err)) &&
              make(s, &decisions, matched, "question", verb, err);
    vec_release(&decisions);
    return ok;
}

/* ---- candidates ---- */

static void append_candidate(const CandidateRow *c, Decisions *out, const Verb *verb,
                             const char *why)
{
    const char *value = verb->value ? verb->value : "pending";
    if (strcmp(candidate_status_name(c->status), value) == 0) return;
    vec_push(out, (Decision){.subject = "verdict",
                             .subject_id = c->question_id,
                             .other_id = c->chunk_id,
                             .value = verb->value,
                             .why = why});
}

static bool candidates_by_id(Session *s, const Verb *verb, Decisions *out, size_t *matched,
                             Err *err)
{
    for (size_t i = 0; i + 1 < session_arguments(s); i++) {
        int64_t id;
        CandidateRows rows = {0};
        if (!session_id(s, i, "candidate", &id, err) || !candidate_get(s->store, id, &rows, err))
            return false;
        append_candidate(&rows.items[0], out, verb, s->options->why);
        ++*matched;
        rows_release(&rows);
    }
    return true;
}

static bool candidates_by_filter(Session *s, const Verb *verb, Decisions *out, size_t *matched,
                                 Err *err)
{
    CandidateRows rows = {0};
    if (!candidates_load(s->store, &(CandidateQuery){.filter = s->options->where}, &rows, err))
        return false;
    for (size_t i = 0; i < rows.count; i++)
        append_candidate(&rows.items[i], out, verb, s->options->why);
    *matched = rows.count;
    rows_release(&rows);
    return true;
}

bool cmd_review_candidate(Session *s, Err *err)
{
    Decisions decisions = {0};
    size_t matched = 0;
    const Verb *verb = find_verb(s, CANDIDATE_VERBS, err);
    bool ok = verb && check_arguments(s, err) &&
              (s->options->where ? candidates_by_filter(s, verb, &decisions, &matched, err)
                                 : candidates_by_id(s, verb, &decisions, &matched, err)) &&
              make(s, &decisions, matched, "candidate", verb, err);
    vec_release(&decisions);
    return ok;
}

/* ---- undo, redo ---- */

static bool turn(Session *s, bool (*way)(Store *, char **, size_t *, Err *), const char *word,
                 Err *err)
{
    char *label = NULL;
    size_t count = 0;
    if (!way(s->store, &label, &count, err)) return false;
    session_quiet(s);
    Str safe = {0};
    text_line(label, &safe);
    if (s->options->json) {
        cJSON *j = cJSON_CreateObject();
        json_text(j, "label", label);
        json_number(j, "changed", (double)count);
        output_json(j, s->out);
    } else {
        fprintf(s->out, "%s: %s\n", word, str_get(&safe));
    }
    str_release(&safe);
    free(label);
    return true;
}

bool cmd_review_undo(Session *s, Err *err)
{
    return turn(s, journal_undo, "undone", err);
}

bool cmd_review_redo(Session *s, Err *err)
{
    return turn(s, journal_redo, "done again", err);
}
