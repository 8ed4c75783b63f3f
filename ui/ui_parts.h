/* What the files of the screen's frame share: ui.c (the loop), ui_frame.c (head and foot),
 * ui_keys.c (keys to commands), ui_ask.c (what views may ask for), ui_state.c. */
#ifndef UI_UI_PARTS_H
#define UI_UI_PARTS_H

#include "app/facts.h"
#include "base/hash.h"
#include "base/vec.h"
#include "ui/modal.h"
#include "ui/theme.h"

#define SEQUENCE_MOST 4 /* keys of one command, one after the other */
#define LEAST_HEIGHT 8
#define LEAST_WIDTH 40

typedef struct Message {
    Look look;
    int64_t at_ms;
    char *text;
} Message;

struct Ui {
    Desk *desk;              /* NULL: no project yet */
    Finder *finder;          /* of the desk */
    size_t threads;
    Grid grid;
    ThemeId theme;
    bool mouse;

    View *views[VIEW_COUNT]; /* NULL: not made yet, as without a project */
    bool stale[VIEW_COUNT];  /* the project changed since they were told so */
    ViewId shown[2];         /* left and right */
    bool beside;             /* both are shown */
    int focus;               /* which of them has the keys */
    int share;               /* percent of the width that the left one gets */
    Area area[2];            /* where they were drawn */
    bool dragging;           /* the border between them */

    VEC(Modal *) modals;     /* the topmost last */
    Key sequence[SEQUENCE_MOST];
    size_t sequence_count;   /* keys of a command that is not complete */
    bool pasting;

    const char *editing;     /* the subject of the text that is edited */
    int64_t editing_id;      /* its id, or the chunk that gets a question */

    struct JobWatch *watches; /* of the jobs at work */

    VEC(Message) messages;
    double message_until;    /* the newest is shown until then; clock_s() */

    bool dirty, redraw_all, leaving;
    bool leave_asked;        /* in a window that is too small to ask in */
    double input_s, drawn_s; /* clock_s() of the last event and frame */
    double since_s;          /* of the first event that no frame shows yet; 0: there is none */
    uint64_t job_versions;   /* sum of what the jobs line shows, to see whether it changed */
    uint64_t change;         /* of the desk, that the views know */
    double redraw_s;         /* clock_s() when something moves on the screen; 0: nothing does */
    double again[VIEW_COUNT]; /* clock_s() when a view is to look again; 0: when something changes */
    double state_due;        /* clock_s() when the state is to be kept; 0: nothing was done since */
    Hash state_kept;         /* of what was kept last */
    uint64_t events;         /* handled since the start */
    int idle_fd;             /* where it is told that nothing is left to do; -1: nowhere */
    bool told_idle;

    HeadFacts head;          /* of the project as last looked at */
    Advice next;             /* what to do next, as last told */
    uint64_t next_change;    /* of the desk, when it was asked */
    bool next_asked;
    Advice offered;          /* what is picked from */
    struct Welcome *welcome; /* NULL: not shown yet */
    int status;
};

/* ---- ui_frame.c ---- */
void frame_draw(Ui *ui);                       /* everything into the grid */
bool frame_fits(const Ui *ui);                 /* the window is large enough for it */
bool frame_point(Ui *ui, Event e);             /* head, pipeline, foot, borders */

/* ---- ui_keys.c ---- */

/* keys_parse: one way to type a command: "Down", "Ctrl-R", ",e". Returns how many keys, 0: nonsense. */
size_t keys_parse(const char *way, size_t size, Key keys[SEQUENCE_MOST]);
const Command *keys_find(const Key *keys, size_t count, ViewId view, bool *ret_begins);
void keys_text(const Command *c, Str *out);    /* "Down, j": as help shows them */
const Command *command_of(Action action, ViewId view); /* NULL: not there */
#define KEY_SIZE 16
void command_key(const Command *c, char ret[KEY_SIZE]); /* the first of its keys, as hints show it */
void ui_event(Ui *ui, Event e);
void ui_do(Ui *ui, const Command *c);

/* ---- ui_ask.c ---- */
void job_watches_free(Ui *ui); /* once the desk is closed: no job ends any more */

/* ---- ui_state.c: what comes back at the next start ---- */
void state_load(Ui *ui);
void state_save(Ui *ui);        /* at the end */
void state_keep(Ui *ui);        /* meanwhile, for a process that is killed; on a lane */
char *state_path(const char *name); /* a file of that folder; the caller's */

ViewId ui_focused(const Ui *ui);

/* ---- one file each ---- */
void menu_open(Ui *ui);
void palette_open(Ui *ui);
void help_open(Ui *ui);
void jobs_open(Ui *ui);
void messages_open(Ui *ui);

/* ---- welcome.c: in place of a view where there is no project, or an empty one ---- */
bool welcome_wanted(const Ui *ui, ViewId view);
void welcome_draw(Ui *ui, Area a);
bool welcome_event(Ui *ui, Event e);           /* false: not its own */
void welcome_forget(Ui *ui);
void welcome_open_project(Ui *ui);             /* asks for its path */
void welcome_ask_sample(Ui *ui);               /* asks for its language */
void welcome_sample(Ui *ui, const char *language); /* into an empty project, or a new one */

/* ---- next.c: what to do next ---- */
void next_look(Ui *ui);                        /* the project may have changed */
void next_forget(Ui *ui);                      /* it is closed */
void next_open(Ui *ui);                        /* offers the steps */
const AdviceStep *next_first(const Ui *ui);    /* that no job is at; NULL: none, or not known yet */

/* ui_open_project: leaves the one that is open. */
bool ui_open_project(Ui *ui, const char *path, Err *err);

#endif
