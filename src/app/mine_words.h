/* Mine words: the options of a mining as the project file keeps them, and as they are typed. */
#ifndef APP_MINE_WORDS_H
#define APP_MINE_WORDS_H

#include "base/arena.h"
#include "base/vec.h"
#include "task/mine.h"

typedef VEC(char *) MineWords;

/* mine_options_read: what a finished mining was made with (MiningRow.options; NULL: the defaults).
 * Whatever is missing, or no such value, is as by default. Texts go into the arena. */
void mine_options_read(const char *json, Arena *arena, MineOptions *ret);

/* mine_words: the command line of a mining with these options: "mine", "--margin=0.05" …; only what
 * is not as by default. Appends. */
void mine_words(const MineOptions *o, MineWords *ret);
void mine_words_release(MineWords *w);

#endif
