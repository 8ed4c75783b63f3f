/* What the files of the Training view share: view_training.c (what it knows and does),
 * training_list.c (the runs), training_runs.c (what is done to one), training_panel.c (the charts
 * and the line below), training_outcome.c (what a run changed). */
#ifndef UI_TRAINING_PARTS_H
#define UI_TRAINING_PARTS_H

#include "app/facts_outcome.h"
#include "ui/training_charts.h"
#include "ui/ui.h"

#define CHARTED_MOST 4 /* runs in the charts: the chosen one first, then those marked */

/* ---- what a run changed ---- */

typedef enum OutcomeList {
    OUTCOME_WON, OUTCOME_LOST, OUTCOME_ABOVE, OUTCOME_FIRST, OUTCOME_NOWHERE, OUTCOME_LISTS
} OutcomeList;

typedef struct Judged {
    int64_t question_id, chunk_id;
    bool answers;
} Judged;

typedef struct OutcomePane {
    Ui *ui;
    char run[128];        /* that it is about; "" none */
    OutcomeFacts *facts;  /* NULL: not there */
    Progress *asked;      /* what is on its way is at; NULL: nothing is */
    Err err;              /* kind 0: it went well */
    OutcomeList list;
    size_t cursor, top, page;
    VEC(Judged) judged;   /* since the facts came */
    int tab_y, list_y;    /* rows of the pane, for the mouse */
    int tab_x[OUTCOME_LISTS + 1];
} OutcomePane;

void outcome_pane_release(OutcomePane *p);
void outcome_pane_ask(OutcomePane *p, const char *run); /* computes it, also where it was there */
void outcome_pane_draw(OutcomePane *p, Area in, bool focused);
bool outcome_pane_act(OutcomePane *p, Action action);
bool outcome_pane_point(OutcomePane *p, Event e, Area in);

/* ---- the view ---- */

typedef enum TrainingPane { PANE_RUNS, PANE_CHARTS, PANE_OUTCOME } TrainingPane;

typedef struct TrainingView TrainingView;

/* Charted: a run in the charts, and the slot of its reading. */
typedef struct Charted {
    TrainingView *view;
    bool failed; /* its series could not be read */
} Charted;

struct TrainingView {
    View view;
    TrainingPane pane;
    RunsFacts *runs;      /* NULL: on their way */
    char *trouble;        /* why they cannot be read; NULL: they can */
    int64_t chosen;       /* id of the run under the cursor, 0: none */
    int64_t shown_first;  /* id that another view or the last start asked for, until it is there */
    VEC(int64_t) marked;  /* ids whose series lie under the chosen one's */
    size_t top, page;     /* of the list: first shown, rows */

    ChartRun charted[CHARTED_MOST];
    Charted slot[CHARTED_MOST];
    size_t charted_count;
    XAxis axis;
    size_t smooth;        /* choice of smooth_weight */
    bool log_y;
    ChartWindow window;
    double cross;         /* NaN: none */
    RunMetric metric;     /* the chart that has the keys */
    bool whole;           /* it has the whole place */
    bool outcome_shown;   /* in place of the charts */
    OutcomePane outcome;

    /* of the last draw, for the mouse */
    Area list_area, charts_area, outcome_area, chart_area[RUN_METRIC_COUNT];
    int row_height;
    int64_t asked_about;  /* id of the run that a confirmation is about */
};

const RunFacts *training_run(const TrainingView *x);  /* under the cursor; NULL: none */
Job *training_job(const TrainingView *x, const char *name); /* of this process at a run; NULL: none */
bool training_is_marked(const TrainingView *x, int64_t id);
Style training_style(const TrainingView *x, int64_t id);    /* of its series; LOOK_DIM: in no chart */
char *training_key(Action action); /* how it is called for: "w"; the caller's */

void training_list_draw(TrainingView *x, Area a, bool focused, bool flat);
void training_empty_draw(TrainingView *x, Area a, bool focused);
void training_panel_draw(TrainingView *x, Area a, bool focused);

/* training_run_act: what is done to the run under the cursor; false: it is something else. */
bool training_run_act(TrainingView *x, Action action);

/* training_x_at: what a column of the screen is in a chart; NaN: it is outside of the plot. */
double training_x_at(const TrainingView *x, RunMetric m, int column);

#define TRAINING_BESIDE 100 /* columns from which the list stands left of the charts */

#endif
