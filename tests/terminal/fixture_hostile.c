#include "fixture_text.h"

/* What a document might hold to reach the terminal behind the screen. */
#define TITLE_SET "\033]0;owned\a"
#define CLIPBOARD "\033]52;c;b3duZWQ=\a"
#define CLEAR "\033[2J\033[H"
#define ANSWER "\033[6n\033[c\033P$q\"p\033\\"
#define C1_CSI                                                                                     \
    "\xC2\x9B"                                                                                     \
    "31m"
#define BARE_C1                                                                                    \
    "\x9B"                                                                                         \
    "31m"
#define BIDI                                                                                       \
    "\xE2\x80\xAE"                                                                                 \
    "gnp.exe"                                                                                      \
    "\xE2\x80\xAC"                                                                                 \
    "\xE2\x81\xA6x\xE2\x81\xA9"
#define FAMILY "👩‍👩‍👧‍👦"
#define FLAG "🏳️‍🌈"
#define STACK "Z̷̧̢̛̪̮͖̲̱̗̙͔̣̝̠̟͌̂̇͊̿͗̀̅͗̉̀́̏̕͘͝͝"
#define TEN(x) x x x x x x x x x x
#define THOUSAND(x) TEN(TEN(TEN(x)))

static const FixtureChunk PLANTED[] = {
    {"Top" TITLE_SET " › Part" CLEAR, 1,
     "Escapes: " TITLE_SET CLIPBOARD CLEAR ANSWER "\033[?1049l\033[31mred\033[0m end."},
    {"Bytes " C1_CSI, 1,
     "Controls: \a\b\x01\x7F\r\v\f " C1_CSI " bare " BARE_C1
     " malformed \xC3\x28 \xE2\x82 \xF0\x9F\x92 \xFF\xFE end."},
    {BIDI, 2,
     "Direction: " BIDI " and back. \xE2\x80\x8F\xE2\x80\x8E \xD8\x9C mark. שלום عالم end."},
    {FAMILY " " FLAG, 2,
     "Joined: " FAMILY FAMILY " " FLAG " 👍🏽 ❤️ ☎︎ 1️⃣ 🇫🇷🇩🇪 end."},
    {"Stack " STACK, 3,
     "Marks: " STACK STACK
     " e\xCC\x81\xCC\x81\xCC\x81 \xCC\x81 at the start of a word, 각한글 한글 end."},
    {"Long", 3, "Line: " THOUSAND("word") " end of a word of four thousand characters."},
    {"Wide", 3, "漢字" TEN(TEN("漢")) "。 ｱｲｳ ＡＢＣ " TEN("한글") " end."},
    {"", 3, " "},
};

static const FixtureDocument DOCUMENTS[] = {
    {"names\033[31m.txt", "Title " TITLE_SET BIDI FAMILY, "txt", SPLIT_TRAIN, PLANTED, 4},
    {"折り返し" STACK ".md", "\033[7m" STACK, "markdown", SPLIT_TEST, PLANTED + 4, 4},
};

static const FixtureQuestion QUESTIONS[] = {
    {0, QUESTION_PENDING, "Does " CLEAR "this clear " TITLE_SET "the screen?", "wh\033at", 1, .1, 0,
     false, .9, NULL},
    {0, QUESTION_ACCEPTED, CLIPBOARD ANSWER "?", NULL, 0, .1, 0, true, .9, NULL},
    {1, QUESTION_PENDING, "Bytes " C1_CSI BARE_C1 "\xC3\x28 \a\b\r\n\ttwo lines?", NULL, 3, .1, 0,
     false, .8, NULL},
    {2, QUESTION_FLAGGED, "Is " BIDI " right?", NULL, 2, .1, 0, false, .7,
     "note " TITLE_SET BIDI "\r\n"},
    {3, QUESTION_ACCEPTED, "Who are " FAMILY " and " FLAG "?", NULL, 1, .1, 0, false, .2, NULL},
    {4, QUESTION_PENDING, STACK " 한글 각?", NULL, 1, .1, 0, false, .3, NULL},
    {5, QUESTION_ACCEPTED, THOUSAND("long"), NULL, 1, .9, 0, false, .6, NULL},
    {6, QUESTION_PENDING, "漢字はどこですか？" TEN("漢字"), NULL, 1, .1, 0, false, .1, NULL},
    {7, QUESTION_PENDING, " ", NULL, 1, .1, 0, false, .1, NULL},
    {6, QUESTION_ACCEPTED, "\xCC\x81 mark first\033", NULL, 1, .1, 0, false, .1, NULL},
};

const FixtureCorpus FIXTURE_HOSTILE = {DOCUMENTS, sizeof DOCUMENTS / sizeof *DOCUMENTS, QUESTIONS,
                                       sizeof QUESTIONS / sizeof *QUESTIONS, "model\033]0;owned\a"};
