#include "store/rows.h"

#include <assert.h>

#include "store/sql.h"

const char *const SPLIT_NAMES[SPLIT_COUNT] = {"none", "train", "val", "test"};
const char *const CHUNK_STATUS_NAMES[CHUNK_STATUS_COUNT] = {"live", "excluded", "retired", "pool"};
const char *const QUESTION_STATUS_NAMES[QUESTION_STATUS_COUNT] = {"pending", "accepted", "rejected",
                                                                  "flagged", "deleted"};
const char *const ORIGIN_NAMES[ORIGIN_COUNT] = {"llm", "offline", "human", "import"};
const char *const CANDIDATE_STATUS_NAMES[CANDIDATE_STATUS_COUNT] = {"pending", "kept",
                                                                    "false_negative", "promoted"};

static bool same_word(const char *text, const char *name)
{
    for (; *text && *name; text++, name++) {
        char c = *text == '-' ? '_' : *text;
        if (c != *name) return false;
    }
    return *text == *name;
}

int name_index(const char *text, const char *const *names, int count)
{
    if (!text) return -1;
    for (int i = 0; i < count; i++) {
        if (same_word(text, names[i])) return i;
    }
    return -1;
}

const char *split_name(Split s)
{
    assert((unsigned)s < SPLIT_COUNT);
    return SPLIT_NAMES[s];
}

const char *chunk_status_name(ChunkStatus s)
{
    assert((unsigned)s < CHUNK_STATUS_COUNT);
    return CHUNK_STATUS_NAMES[s];
}

const char *question_status_name(QuestionStatus s)
{
    assert((unsigned)s < QUESTION_STATUS_COUNT);
    return QUESTION_STATUS_NAMES[s];
}

const char *origin_name(Origin o)
{
    assert((unsigned)o < ORIGIN_COUNT);
    return ORIGIN_NAMES[o];
}

const char *candidate_status_name(CandidateStatus s)
{
    assert((unsigned)s < CANDIDATE_STATUS_COUNT);
    return CANDIDATE_STATUS_NAMES[s];
}

bool split_parse(const char *text, Split *ret)
{
    int i = name_index(text, SPLIT_NAMES, SPLIT_COUNT);
    if (i >= 0) *ret = (Split)i;
    return i >= 0;
}

bool chunk_status_parse(const char *text, ChunkStatus *ret)
{
    int i = name_index(text, CHUNK_STATUS_NAMES, CHUNK_STATUS_COUNT);
    if (i >= 0) *ret = (ChunkStatus)i;
    return i >= 0;
}

bool question_status_parse(const char *text, QuestionStatus *ret)
{
    int i = name_index(text, QUESTION_STATUS_NAMES, QUESTION_STATUS_COUNT);
    if (i >= 0) *ret = (QuestionStatus)i;
    return i >= 0;
}

bool origin_parse(const char *text, Origin *ret)
{
    int i = name_index(text, ORIGIN_NAMES, ORIGIN_COUNT);
    if (i >= 0) *ret = (Origin)i;
    return i >= 0;
}

bool candidate_status_parse(const char *text, CandidateStatus *ret)
{
    int i = name_index(text, CANDIDATE_STATUS_NAMES, CANDIDATE_STATUS_COUNT);
    if (i >= 0) *ret = (CandidateStatus)i;
    return i >= 0;
}
