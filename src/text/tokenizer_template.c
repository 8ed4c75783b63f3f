#include <string.h>

#include "text/tokenizer_parts.h"

static bool add(Template *t, TemplateSlot slot, uint32_t id, uint32_t type, Err *err)
{
    if (t->count == TOKENIZER_STEP_LIMIT)
        return err_set(err, ERR_LIMIT, "the post_processor has more than %d steps",
                       TOKENIZER_STEP_LIMIT);
    t->steps[t->count++] = (TemplateStep){slot, id, type};
    t->special += slot == TEMPLATE_TOKEN;
    return true;
}

static bool small(const cJSON *item, uint32_t limit, uint32_t *ret)
{
    double value = cJSON_GetNumberValue(item);
    if (!(value >= 0 && value < limit) || value != (uint32_t)value) return false;
    *ret = (uint32_t)value;
    return true;
}

static bool bad(Err *err)
{
    return err_set(err, ERR_FORMAT, "the post_processor is not one that can be read");
}

/* A special token of the template stands for one id or several. */
static bool add_special(const cJSON *specials, const cJSON *item, Template *t, Err *err)
{
    const char *name = member_string(item, "id");
    uint32_t type, id;
    if (!name || !small(cJSON_GetObjectItemCaseSensitive(item, "type_id"), 256, &type))
        return bad(err);
    const cJSON *entry = cJSON_GetObjectItemCaseSensitive(specials, name), *number;
    const cJSON *ids = cJSON_GetObjectItemCaseSensitive(entry, "ids");
    if (!cJSON_IsArray(ids))
        return err_set(err, ERR_FORMAT, "the post_processor does not say the ids of \"%.60s\"",
                       name);
    cJSON_ArrayForEach(number, ids)
    {
        if (!small(number, TOKEN_ID_LIMIT, &id)) return bad(err);
        if (!add(t, TEMPLATE_TOKEN, id, type, err)) return false;
    }
    return true;
}

static bool parse_steps(const cJSON *list, const cJSON *specials, size_t texts, Template *t,
                        Err *err)
{
    const cJSON *item;
    size_t seen[2] = {0};
    *t = (Template){.count = 0};
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *special = cJSON_GetObjectItemCaseSensitive(item, "SpecialToken");
        const cJSON *sequence = cJSON_GetObjectItemCaseSensitive(item, "Sequence");
        const char *id = member_string(sequence, "id");
        uint32_t type;
        if (special) {
            if (!add_special(specials, special, t, err)) return false;
        } else if (id && (strcmp(id, "A") == 0 || strcmp(id, "B") == 0) &&
                   small(cJSON_GetObjectItemCaseSensitive(sequence, "type_id"), 256, &type)) {
            seen[*id - 'A']++;
            if (!add(t, *id == 'A' ? TEMPLATE_A : TEMPLATE_B, 0, type, err)) return false;
        } else {
            return bad(err);
        }
    }
    if (seen[0] != 1 || seen[1] != texts - 1)
        return err_set(err, ERR_FORMAT,
                       "the post_processor's template of %zu text%s does not have each text once",
                       texts, texts == 1 ? "" : "s");
    return true;
}

/* [CLS] A [SEP] B [SEP]: `between` separators between two texts; B's type. */
static void around(uint32_t first, uint32_t separator, size_t between, uint32_t type,
                   Template *single, Template *pair)
{
    *single = (Template){
        .count = 3,
        .special = 2,
        .steps = {{TEMPLATE_TOKEN, first, 0}, {TEMPLATE_A, 0, 0}, {TEMPLATE_TOKEN, separator, 0}}};
    *pair = *single;
    if (between == 2) add(pair, TEMPLATE_TOKEN, separator, type, NULL);
    add(pair, TEMPLATE_B, 0, type, NULL);
    add(pair, TEMPLATE_TOKEN, separator, type, NULL);
}

void template_bert(uint32_t first, uint32_t separator, Template *single, Template *pair)
{
    around(first, separator, 1, 1, single, pair);
}

/* "sep": ["[SEP]", 102] */
static bool named(const cJSON *json, const char *name, uint32_t *ret)
{
    return small(cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(json, name), 1),
                 TOKEN_ID_LIMIT, ret);
}

static void plain(Template *single, Template *pair)
{
    *single = (Template){.count = 1, .steps = {{TEMPLATE_A, 0, 0}}};
    *pair = (Template){.count = 2, .steps = {{TEMPLATE_A, 0, 0}, {TEMPLATE_B, 0, 1}}};
}

static bool parse_one(const cJSON *json, Template *single, Template *pair, Err *err)
{
    const char *type = member_string(json, "type");
    uint32_t first, separator;
    if (!type) return bad(err);
    if (strcmp(type, "TemplateProcessing") == 0) {
        const cJSON *specials = cJSON_GetObjectItemCaseSensitive(json, "special_tokens");
        return parse_steps(cJSON_GetObjectItemCaseSensitive(json, "single"), specials, 1, single,
                           err) &&
               parse_steps(cJSON_GetObjectItemCaseSensitive(json, "pair"), specials, 2, pair, err);
    }
    if (strcmp(type, "BertProcessing") == 0 || strcmp(type, "RobertaProcessing") == 0) {
        bool roberta = *type == 'R';
        if (!named(json, "cls", &first) || !named(json, "sep", &separator)) return bad(err);
        around(first, separator, roberta ? 2 : 1, roberta ? 0 : 1, single, pair);
        return true;
    }
    if (strcmp(type, "ByteLevel") == 0) return true; /* it only moves offsets */
    return err_set(err, ERR_FORMAT, "the post_processor \"%.60s\" is not supported", type);
}

bool template_parse(const cJSON *json, Template *single, Template *pair, Err *err)
{
    plain(single, pair);
    if (!json || cJSON_IsNull(json)) return true;
    const char *type = member_string(json, "type");
    if (!type || strcmp(type, "Sequence") != 0) return parse_one(json, single, pair, err);
    const cJSON *item;
    size_t adding = 0;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "processors"))
    {
        if (!parse_one(item, single, pair, err)) return false;
        const char *name = member_string(item, "type");
        adding += strcmp(name, "ByteLevel") != 0;
    }
    if (adding > 1)
        return err_set(err, ERR_FORMAT, "a post_processor of several templates is not supported");
    return true;
}
