/* The types that an option can have: text to value and back. */
#ifndef APP_OPTION_TYPES_H
#define APP_OPTION_TYPES_H

#include "app/options.h"

extern const OptionType OPTION_FLAG;   /* bool: on when given */
extern const OptionType OPTION_TEXT;   /* const char *; one of words where there are any */
extern const OptionType OPTION_TEXTS;  /* Texts: may be repeated */
extern const OptionType OPTION_SIZE;   /* size_t in [low, high] */
extern const OptionType OPTION_SEED;   /* uint64_t */
extern const OptionType OPTION_ID;     /* int64_t, from 1; 0: none */
extern const OptionType OPTION_REAL;   /* double in [low, high] */
extern const OptionType OPTION_CHOICE; /* unsigned: position in words */
extern const OptionType OPTION_SWITCH; /* bool: position in words (two of them) */
extern const OptionType OPTION_SPLIT;  /* Split */
extern const OptionType OPTION_SPLITS; /* int: bits 1 << Split */
extern const OptionType OPTION_STATUSES;  /* int: bits 1 << QuestionStatus */
extern const OptionType OPTION_ADD_SPLIT; /* IngestOptions: split or auto_split */
extern const OptionType OPTION_CUTS;      /* EvalOptions: ks */
extern const OptionType OPTION_RANGE;     /* MineOptions: range_min:range_max */
extern const OptionType OPTION_BAND;      /* MineOptions: minimum:maximum of the score */
extern const OptionType OPTION_FILTER;    /* MineOptions: has and value of `which` */

#endif
