#include "store/filter_fields.h"

#include "store/filter_sql.h"
#include "store/text_index.h"

#define WORDS(names) names, sizeof(names) / sizeof *(names)
#define DOCUMENT_NAME "d.title || ' ' || coalesce(d.path, d.key)"
#define DOCUMENT_QUESTIONS                                                                         \
    "(SELECT count(DISTINCT n.question_id) FROM chunk k JOIN relevance n ON n.chunk_id = k.id"     \
    " WHERE k.document_id = d.id AND n.question_id NOT IN"                                         \
    " (SELECT id FROM question WHERE status = 'deleted'))"
#define RANK_OR_FAR "(CASE q.own_rank WHEN 0 THEN 1001 ELSE q.own_rank END)"

static const FilterScope OF_QUESTION_CHUNK = {"q.id",
                                              "SELECT r.question_id FROM relevance r WHERE @"};
static const FilterScope OF_QUESTION_DOCUMENT = {
    "q.id", "SELECT r.question_id FROM relevance r JOIN chunk c ON c.id = r.chunk_id"
            " JOIN document d ON d.id = c.document_id WHERE @"};
static const FilterScope OF_CANDIDATE_TEXT = {"x.chunk_id", "SELECT c.id FROM chunk c WHERE @"};
static const FilterScope OF_CANDIDATE_CHUNK = {
    "x.chunk_id", "SELECT c.id FROM chunk c JOIN document d ON d.id = c.document_id WHERE @"};
static const FilterScope OF_CANDIDATE_QUESTION = {"x.question_id",
                                                  "SELECT q.id FROM question q WHERE @"};

static const FilterField DOCUMENT_FIELDS[] = {
    {"id", FIELD_NUMBER, "d.id", .help = "its number"},
    {"split", FIELD_WORD, "d.split", NULL, WORDS(SPLIT_NAMES), .help = "none, train, val, test"},
    {"format", FIELD_TEXT, "d.format", .help = "how it was read"},
    {"name", FIELD_TEXT, DOCUMENT_NAME, .help = "part of its title or path"},
    {"document", FIELD_TEXT, DOCUMENT_NAME, .help = "the same as name"},
    {"size", FIELD_NUMBER, "d.size_bytes", .help = "bytes of the file"},
    {"pages", FIELD_NUMBER, "d.pages", .help = "0: it has none"},
    {"chunks", FIELD_NUMBER,
     "(SELECT count(*) FROM chunk n WHERE n.document_id = d.id AND n.status = 'live')",
     .help = "how many live chunks"},
    {"questions", FIELD_NUMBER, DOCUMENT_QUESTIONS, .help = "how many questions its chunks have"},
    {NULL},
};

static const FilterField CHUNK_FIELDS[] = {
    {"id", FIELD_NUMBER, "c.id", .help = "its number"},
    {"key", FIELD_TEXT, "c.key", .nullable = true, .help = "part of its imported id"},
    {"status", FIELD_WORD, "c.status", NULL, WORDS(CHUNK_STATUS_NAMES),
     .help = "live, excluded, retired, pool"},
    {"split", FIELD_WORD, "c.split", NULL, WORDS(SPLIT_NAMES), .help = "none, train, val, test"},
    {"document", FIELD_TEXT, DOCUMENT_NAME, .help = "part of its document's title or path"},
    {"of", FIELD_NUMBER, "c.document_id", .help = "the number of its document"},
    {"heading", FIELD_TEXT, "c.heading", .help = "part of the headings above it"},
    {"page", FIELD_NUMBER, "c.page_first", .help = "its first page; 0: no pages"},
    {"ordinal", FIELD_NUMBER, "c.ordinal", .help = "its place in the document, from 0"},
    {"tokens", FIELD_NUMBER, "c.tokens", .help = "its length"},
    {"questions", FIELD_NUMBER, FILTER_CHUNK_QUESTIONS, .help = "how many questions it has"},
    {NULL},
};

static const FilterField QUESTION_FIELDS[] = {
    {"id", FIELD_NUMBER, "q.id", .help = "its number"},
    {"key", FIELD_TEXT, "q.key", .nullable = true, .help = "part of its imported id"},
    {"status", FIELD_WORD, "q.status", NULL, WORDS(QUESTION_STATUS_NAMES),
     .help = "pending, accepted, rejected, flagged"},
    {"split", FIELD_WORD, "q.split", NULL, WORDS(SPLIT_NAMES), .help = "none, train, val, test"},
    {"origin", FIELD_WORD, "q.origin", NULL, WORDS(ORIGIN_NAMES),
     .help = "llm, offline, human, import"},
    {"kind", FIELD_TEXT, "q.kind", .nullable = true, .help = "who, definition, keyword …"},
    {"source", FIELD_TEXT, "q.source", .nullable = true,
     .help = "part of the file or generator it came from"},
    {"why", FIELD_TEXT, "q.why_flagged", .nullable = true,
     .help = "part of the reason it was flagged for"},
    {"chunk", FIELD_NUMBER, "r.chunk_id", &OF_QUESTION_CHUNK,
     .help = "the number of a chunk that answers it"},
    {"document", FIELD_TEXT, DOCUMENT_NAME, &OF_QUESTION_DOCUMENT,
     .help = "part of the title or path of its chunk's document"},
    {"heading", FIELD_TEXT, "c.heading", &OF_QUESTION_DOCUMENT,
     .help = "part of the headings above its chunk"},
    {"doubt", FIELD_NUMBER, "q.doubt", .nullable = true, .help = "0 to 1, all doubts together"},
    {"own_rank", FIELD_NUMBER, RANK_OR_FAR, .nullable = true,
     .help = "where a search finds its own chunk; 1001: not in the first 1,000"},
    {"copied", FIELD_NUMBER, "q.copied", .nullable = true,
     .help = "0 to 1, share of words copied in one span"},
    {"twin", FIELD_NUMBER, "q.twin_score", .nullable = true,
     .help = "likeness to its nearest other question; 0: none"},
    {"nameless", FIELD_FLAG, "q.nameless", .nullable = true,
     .help = "yes: it names nothing that could be searched for"},
    {NULL},
};

static const FilterField CANDIDATE_FIELDS[] = {
    {"id", FIELD_NUMBER, "x.id", .narrow = true, .help = "its number"},
    {"status", FIELD_WORD, "x.status", NULL, WORDS(CANDIDATE_STATUS_NAMES),
     .help = "pending, kept, false_negative, promoted"},
    {"question", FIELD_NUMBER, "x.question_id", .narrow = true,
     .help = "the number of its question"},
    {"chunk", FIELD_NUMBER, "x.chunk_id", .narrow = true, .help = "the number of its chunk"},
    {"rank", FIELD_NUMBER, "x.rank",
     .help = "from 1, own positives not counted; 0: drawn at random"},
    {"score", FIELD_NUMBER, "x.score", .help = "the retriever's score"},
    {"positive", FIELD_NUMBER, "x.positive_score", .help = "the positive's score"},
    {"margin", FIELD_NUMBER, "x.margin", .help = "score minus the positive's"},
    {"suspect", FIELD_FLAG, "x.suspect", .help = "yes: at or near the positive's score"},
    {"split", FIELD_WORD, "q.split", &OF_CANDIDATE_QUESTION, WORDS(SPLIT_NAMES),
     .help = "of its question: none, train, val, test"},
    {"document", FIELD_TEXT, DOCUMENT_NAME, &OF_CANDIDATE_CHUNK,
     .help = "part of the title or path of its document"},
    {"heading", FIELD_TEXT, "c.heading", &OF_CANDIDATE_CHUNK,
     .help = "part of the headings above its chunk"},
    {NULL},
};

#define INDEXED_CHUNK "c.id IN (" TEXT_INDEX_SELECT("chunk") ") AND "
#define INDEXED_QUESTION "q.id IN (" TEXT_INDEX_SELECT("question") ") AND "

const FilterList FILTER_LISTS[FILTER_CANDIDATES + 1] = {
    [FILTER_DOCUMENTS] = {DOCUMENT_FIELDS, DOCUMENT_NAME, NULL, NULL},
    [FILTER_CHUNKS] = {CHUNK_FIELDS, "c.text", NULL, INDEXED_CHUNK},
    [FILTER_QUESTIONS] = {QUESTION_FIELDS, "q.text", NULL, INDEXED_QUESTION},
    [FILTER_CANDIDATES] = {CANDIDATE_FIELDS, "c.text", &OF_CANDIDATE_TEXT, INDEXED_CHUNK},
};
