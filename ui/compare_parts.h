/* What the files of the Compare view share: view_compare.c (acting, state), compare_ask.c (what is
 * asked of the desk and the person), compare_table.c, compare_questions.c and compare_hits.c (one
 * of its three steps each: a table, the questions that a row wins and loses, one of those). */
#ifndef UI_COMPARE_PARTS_H
#define UI_COMPARE_PARTS_H

#include "ui/compare_words.h"
#include "ui/ui.h"

typedef enum CompareStep { STEP_TABLE, STEP_QUESTIONS, STEP_HITS } CompareStep;

#define COMPARE_SIDES 2 /* the baseline's hits, the row's */

/* A hit among those that the table's corpus holds. */
typedef struct CompareHit {
    const FoundHit *hit;
    size_t rank; /* from 1; 0: behind all that was asked for */
} CompareHit;
typedef VEC(CompareHit) CompareHits;

typedef VEC(int64_t) CompareIds;
typedef VEC(char *) CompareNames;

typedef struct ComparePick {
    int what; /* of the picker */
    int64_t id;
} ComparePick;

typedef struct CompareView {
    View view;
    CompareStep step;

    /* what is shown, and kept for the next start */
    int64_t table_id;  /* 0: the newest, whichever that is */
    int64_t beside_id; /* 0: none */
    int64_t outdated;  /* the newest when an evaluation was asked for: what follows it is shown; 0: not asked */
    char *baseline;    /* NULL: the usual one */
    char *order;       /* "": as in the table */
    size_t cuts[EVAL_CUTS], cut_count; /* 0: the usual ones */
    bool told_test;    /* that looking at test questions wears them out */

    bool asked;        /* for the list of tables, at the first draw */
    EvalList *list;    /* NULL: on its way */
    EvalFacts *facts, *beside; /* NULL: none, or on its way */
    bool none;         /* there is no table yet */

    /* the table */
    CompareRows rows;
    size_t row, row_top; /* under the cursor; the first shown */
    CompareNames chosen;
    Area rows_drawn;

    /* the questions */
    char *name;          /* of the retriever whose questions are shown */
    size_t line;         /* its line in facts */
    CompareMoved moved;
    CompareQuestions questions;
    size_t question, question_top;
    char *find;          /* NULL: nothing */
    Area questions_drawn;
    int page;            /* rows of questions, as drawn */

    /* the hits */
    EvalJudged *judged;  /* NULL: on its way */
    Found *found;        /* as above */
    int64_t asked_id;    /* the question */
    CompareIds judging;  /* chunks that were just called answers, till the file says so */
    CompareHits hits[COMPARE_SIDES];
    size_t hit[COMPARE_SIDES];
    int side;
    size_t scrolled;     /* lines of the text */
    Area hits_drawn[COMPARE_SIDES], text_drawn;

    VEC(ComparePick) picks;
    CompareNames names;
} CompareView;

/* ---- view_compare.c ---- */
size_t compare_cursor_line(const CompareView *x); /* of facts; SIZE_MAX: none */
bool compare_inside(Area a, Event e);

/* ---- compare_ask.c ---- */
void compare_ask_list(CompareView *x);
void compare_ask_facts(CompareView *x);  /* at once the values, then the tests */
void compare_ask_beside(CompareView *x);
void compare_row_again(CompareView *x);  /* rows anew, the cursor on the same retriever */
void compare_pick_table(CompareView *x);
void compare_pick_split(CompareView *x);
void compare_pick_order(CompareView *x);
void compare_pick_retriever(CompareView *x);
void compare_pick_file(CompareView *x);
void compare_type_cuts(CompareView *x);
void compare_evaluate(CompareView *x, const char *split, const char *corpus, const char *more);
void compare_outcome(CompareView *x);
void compare_copy(CompareView *x);
void compare_names_clear(CompareNames *names);

/* ---- compare_table.c ---- */
void compare_draw_table(CompareView *x, Area a, bool focused);
bool compare_is_chosen(const CompareView *x, const char *name);

/* ---- compare_forest.c ---- */
int compare_forest_rows(const CompareView *x);   /* that it takes; 0: there is nothing to show */
void compare_draw_forest(const CompareView *x, Area a, int name); /* name: columns of names */

/* ---- compare_questions.c ---- */
void compare_open_questions(CompareView *x);     /* of the row under the cursor */
void compare_questions_again(CompareView *x);    /* the facts are others */
void compare_draw_questions(CompareView *x, Area a, bool focused);
bool compare_act_questions(CompareView *x, Action action);
bool compare_point_questions(CompareView *x, Event e);

/* ---- compare_hits.c ---- */
void compare_open_hits(CompareView *x);          /* of the question under the cursor */
void compare_hits_again(CompareView *x);         /* the project changed */
void compare_hits_clear(CompareView *x);
void compare_draw_hits(CompareView *x, Area a, bool focused);
bool compare_act_hits(CompareView *x, Action action);
bool compare_point_hits(CompareView *x, Event e);

#endif
