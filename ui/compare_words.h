/* What the Compare view makes of stored tables: rows, orders, words, files. Pure. */
#ifndef UI_COMPARE_WORDS_H
#define UI_COMPARE_WORDS_H

#include "app/eval_facts.h"
#include "base/vec.h"

#define COMPARE_NOISE 0.05 /* p from which on a difference may be chance */

/* ---- rows ---- */

/* A retriever's line in each of two tables; SIZE_MAX: it is not in that one. */
typedef struct CompareRow {
    size_t a, b;
} CompareRow;
typedef VEC(CompareRow) CompareRows;

/* compare_align: the lines of a as they stand, then those that only b has. b may be NULL.
 * Overwrites. */
void compare_align(const EvalFacts *a, const EvalFacts *b, CompareRows *ret);

const char *compare_name(const EvalFacts *a, const EvalFacts *b, CompareRow row);

/* compare_sort: by "name", "dim", "ms" or a metric ("mrr@10"), of a where it has the row, else of
 * b; "-" before it: the other way round; what has no value stands last. Equal ones stay as they
 * were; any other order changes nothing. */
void compare_sort(CompareRows *rows, const EvalFacts *a, const EvalFacts *b, const char *order);

/* More than noise: tested, and p below COMPARE_NOISE. 1 better, -1 worse, 0 neither. */
int compare_mark(const EvalFacts *f, size_t line, size_t column);

/* Questions whose reciprocal rank within 10 differs from the baseline's, the greatest change first,
 * equal ones by id; indices into f->questions. Overwrites. */
typedef enum CompareMoved { MOVED_WON, MOVED_LOST, MOVED_ALL, MOVED_COUNT } CompareMoved;
typedef VEC(size_t) CompareQuestions;
void compare_moved(const EvalFacts *f, size_t line, CompareMoved which, CompareQuestions *ret);

/* ---- words; each appends ---- */

void compare_head(Metric m, Str *out);                       /* "hit@5", "MRR@10", "nDCG@10" */
void compare_share(double x, Str *out);                      /* ".762", "1.000", "—" */
void compare_difference(double x, bool ascii, Str *out);     /* "+.017", "−.168" */
void compare_p(double p, Str *out);                          /* "p .002", "p < .001" */
void compare_milliseconds(double ms, Str *out);              /* "0.42", "12", "—" */
void compare_when(int64_t made_ms, int64_t now_ms, Str *out); /* "12:30"; another day: "2026-01-31 12:30" */

/* "ft-lsa against lsa: MRR@10 +.013, 95% +.005 to +.021, p .002; 61 won, 40 lost". Where more than
 * two are compared p is Tukey's, and that of the two alone stands behind it. */
void compare_sentence(const EvalFacts *f, size_t line, bool ascii, Str *out);

/* "test, frozen 9f2c · 790 questions · 395 chunks · split's documents · made 12:30" */
void compare_title(const EvalRow *row, int64_t now_ms, Str *out);

/* Why the figures of two tables do not compare: "other questions (val, test)"; false: they do. */
bool compare_unlike(const EvalRow *a, const EvalRow *b, Str *out);

/* compare_cuts: "1,3,5,10", ascending when it is done; up to EVAL_CUTS of 1 … 100. */
bool compare_cuts(const char *text, size_t cuts[EVAL_CUTS], size_t *ret_count, Err *err);

/* ---- files; rows in their order; each appends ---- */

void compare_write_csv(const EvalFacts *f, const CompareRows *rows, Str *out);
void compare_write_markdown(const EvalFacts *f, const CompareRows *rows, int64_t now_ms, Str *out);
void compare_write_text(const EvalFacts *f, const CompareRows *rows, int64_t now_ms, Str *out);

#endif
