/* Questions about a Chinese sentence. Chinese asks in place: what is asked for is replaced by the
 * word that asks, and the clause stays as it is. There are no blanks, so a subject is what stands
 * between the start of a clause and a mark such as 是 or 位于. One frame, one row of FRAMES. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/ask_parts.h"

#define SUBJECT_LEAST 2
#define SUBJECT_MOST 14
#define CLAUSE_LEAST 4
#define CLAUSE_MOST 30

/* Bytes of a text, borrowed. */
typedef struct Part {
    const char *s;
    size_t size;
} Part;

static Part part(const char *s, size_t size)
{
    return (Part){s, size};
}

static size_t chars(Part p)
{
    return utf8_count(p.s, p.size);
}

static bool starts(Part p, const char *with)
{
    size_t n = strlen(with);
    return p.size >= n && memcmp(p.s, with, n) == 0;
}

static bool ends(Part p, const char *with)
{
    size_t n = strlen(with);
    return p.size >= n && memcmp(p.s + p.size - n, with, n) == 0;
}

static Part skip(Part p, size_t n)
{
    return part(p.s + n, p.size - n);
}

/* Where what stands in p; SIZE_MAX: nowhere. */
static size_t find(Part p, const char *what)
{
    const char *at = p.size ? memmem(p.s, p.size, what, strlen(what)) : NULL;
    return at ? (size_t)(at - p.s) : SIZE_MAX;
}

static bool has(Part p, const char *what)
{
    return find(p, what) != SIZE_MAX;
}

/* The first of a list that p starts with; 0: none. */
static size_t starts_any(Part p, const char *const *list)
{
    for (; *list; list++) {
        if (starts(p, *list)) return strlen(*list);
    }
    return 0;
}

static bool has_any(Part p, const char *const *list)
{
    for (; *list; list++) {
        if (has(p, *list)) return true;
    }
    return false;
}

/* ---- subjects ---- */

/* What joins a clause to the one before and can go. */
static const char *const CONNECTIVES[] = {
    "但是", "但",     "而且",   "并且", "此外", "另外",     "同时", "因此", "所以", "因而",
    "于是", "其实",   "后来",   "当时", "最后", "然后",     "随后", "接着", "之后", "不过",
    "然而", "例如",   "比如",   "其中", "通常", "一般来说", "一般", "目前", "现在", "如今",
    "今天", "事实上", "实际上", "总之", "首先", "其次",     "再次", "故",   "則",   "则",
    "那么", "也",     "便",     "就",   "又",   "还",       NULL};

/* A clause that begins so has no subject of its own, or one that stands elsewhere. */
static const char *const NO_SUBJECT[] = {
    "这",   "那",   "它",   "其",   "此",   "该",   "他",   "她",   "我",   "你",   "您",   "咱",
    "這",   "該",   "牠",   "是",   "有",   "在",   "于",   "於",   "由",   "被",   "把",   "将",
    "將",   "位于", "分布", "分佈", "共",   "约",   "約",   "为",   "為",   "可",   "能",   "会",
    "會",   "要",   "需",   "应",   "應",   "必",   "不",   "没",   "沒",   "无",   "無",   "未",
    "都",   "也",   "又",   "还",   "還",   "就",   "才",   "再",   "更",   "最",   "很",   "太",
    "只",   "曾",   "已",   "并",   "並",   "或",   "和",   "与",   "與",   "及",   "对",   "對",
    "从",   "從",   "向",   "往",   "到",   "以",   "用",   "若",   "如",   "当",   "當",   "使",
    "让",   "讓",   "令",   "给",   "給",   "但",   "而",   "却",   "因",   "由于", "由於", "虽",
    "雖",   "尽管", "即",   "则",   "则",   "等",   "的",   "了",   "着",   "得",   "地",   "们",
    "后",   "後",   "前",   "时",   "時",   "中",   "内",   "上",   "下",   "里",   "间",   "之",
    "所",   "每",   "各",   "某",   "一",   "二",   "三",   "四",   "五",   "六",   "七",   "八",
    "九",   "十",   "两",   "第",   "几",   "多",   "少",   "通过", "根据", "按",   "随",   "随着",
    "除",   "据",   "至",   "自",   "直",   "经",   "始",   "开始", "主要", "出生", "毕业", "成立",
    "建于", "建成", "获",   "属",   "包括", "包含", "分为", "分成", "存在", "出现", "看",   "说",
    "做",   "成为", "担任", "任",   "改",   "加",   "去",   "来",   "拿",   "写",   "放",   "留",
    "先",   "别",   "请",   "切",   "比",   "像",   "真正", "只要", "只有", "无论", "不论", "否则",
    "甚至", "尤其", "特别", "正",   NULL};

/* A noun of so many characters, as far as that can be told. */
static bool is_subject(Part p)
{
    static const char *const INSIDE[] = {"，",   "。",   "、", "；", "：",   "？", "“",  "”",
                                         "了",   "这",   "那", "它", "他们", "我", "你", "因为",
                                         "如果", "所以", "是", "就", "都",   "也", "会", "能",
                                         "要",   "不",   "把", "被", "却",   "还", NULL};
    size_t n = chars(p);
    if (n < SUBJECT_LEAST || n > SUBJECT_MOST || starts_any(p, NO_SUBJECT) || has_any(p, INSIDE))
        return false;
    return !ends(p, "的") && !ends(p, "在") && !ends(p, "和") && !ends(p, "与") && !ends(p, "时") &&
           !ends(p, "后") && !ends(p, "中") && !ends(p, "上") && !ends(p, "就") && !ends(p, "将") &&
           !ends(p, "只") && !ends(p, "可");
}

typedef struct Zh {
    Asker *asker;
    Part clause;        /* without connectives */
    Part before, after; /* the clauses beside it, as they stand; size 0: none */
    Part topic;   /* what the passage is about, as a name that stands in it; size 0: unknown */
    Part subject; /* of the sentence, when its first clause shows it */
    bool first;   /* of the sentence */
    bool result;  /* a connective said that the clause before is its reason */
} Zh;

/* What to set before a clause without subject; *ret false: nothing is known. A pronoun is taken off
 * the clause. */
static bool find_lead(const Zh *z, Part *clause, Part *ret)
{
    static const char *const PERSONS[] = {"他们", "她们", "它们", NULL};
    static const char *const PRONOUNS[] = {"他", "她", "它", "牠", NULL};
    static const char *const THESE[] = {
        "该公司", "该校",   "该片", "该书", "该游戏", "该剧", "该站", "该市",   "该镇",
        "该县",   "该机",   "该舰", "该山", "该岛",   "该寺", "该桥", "该馆",   "该区",
        "该村",   "该物种", "该病", "该校", "該公司", "該站", "該校", "该组织", "该项目",
        "该系统", "该设备", "本书", "本片", "本站",   "本作", "该作", NULL};
    Part lead = z->topic.size ? z->topic : z->subject;
    *ret = part("", 0);
    if (starts_any(*clause, PERSONS)) return false;
    size_t n = starts_any(*clause, PRONOUNS);
    if (n == 0) n = starts_any(*clause, THESE);
    if (n == 0 && !starts_any(*clause, NO_SUBJECT)) return true;
    if (n == 0 && (starts(*clause, "这") || starts(*clause, "那") || starts(*clause, "该") ||
                   starts(*clause, "此") || starts(*clause, "其") || starts(*clause, "我") ||
                   starts(*clause, "你")))
        return false;
    if (lead.size == 0) return false;
    *clause = skip(*clause, n);
    *ret = lead;
    return !starts(*clause, "的");
}

/* The subject of a clause before its mark: its own, or what the passage or the sentence is about.
 */
static bool subject_before(const Zh *z, size_t mark, Part *ret)
{
    Part own = part(z->clause.s, mark), lead;
    static const char *const ADVERBS[] = {"主要", "通常", "一般", "大多", "多",   "均",   "都",
                                          "也",   "又",   "则",   "曾",   "已",   "还",   "常",
                                          "可以", "可",   "一共", "共",   "总共", "大致", "往往",
                                          "目前", "现在", "会",   "将",   "被",   NULL};
    for (bool more = own.size > 0; more;) {
        more = false;
        for (const char *const *a = ADVERBS; *a; a++) {
            if (!ends(own, *a)) continue;
            own.size -= strlen(*a);
            more = own.size > 0;
            break;
        }
    }
    if (is_subject(own)) {
        *ret = own;
        return true;
    }
    Part rest = own;
    if (own.size > 0 && !find_lead(z, &rest, &lead)) return false;
    if (own.size == 0) lead = z->topic.size ? z->topic : z->subject;
    if (rest.size > 0 || lead.size == 0) return false;
    *ret = lead;
    return true;
}

/* ---- offering ---- */

static const char *const OTHER_WORDS[][2] = {
    {"应当", "应该"},   {"能够", "能"},   {"具有", "有"},   {"无法", "不能"}, {"不得", "不能"},
    {"以及", "和"},     {"采用", "用"},   {"使用", "用"},   {"进行", "做"},   {"若是", "如果"},
    {"必须", "一定要"}, {"可以", "能"},   {"予以", "给"},   {"目前", "现在"}, {"购买", "买"},
    {"获得", "得到"},   {"尽管", "虽然"}, {"并非", "不是"}, {"仅", "只"},     {"均", "都"}};

static void offer(const Zh *z, const char *kind, double base, Str *q)
{
    Asker *a = z->asker;
    for (size_t i = 0; q->size && i < sizeof OTHER_WORDS / sizeof *OTHER_WORDS &&
                       ask_copied(q->data, str_get(&a->plain)) > 0.45;
         i++) {
        char *at = strstr(q->data, OTHER_WORDS[i][0]);
        if (!at) continue;
        Str out = {0};
        str_add_bytes(&out, q->data, (size_t)(at - q->data));
        str_add(&out, OTHER_WORDS[i][1]);
        str_add(&out, at + strlen(OTHER_WORDS[i][0]));
        str_release(q);
        *q = out;
    }
    Part p = part(str_get(q), q->size);
    static const char *const OUTSIDE[] = {"如下", "上述", "下列", "以下", "前者", "后者",
                                          "本文", "上表", "下表", "如图", "这",   NULL};
    bool pairs =
        has(p, "“") == has(p, "”") && has(p, "《") == has(p, "》") && has(p, "（") == has(p, "）");
    if (q->size && pairs && !has_any(p, OUTSIDE)) asker_offer(a, kind, base, q->data);
    str_release(q);
}

static void add(Str *q, Part p)
{
    str_add_bytes(q, p.s, p.size);
}

static Part without_end(Part p, const char *end)
{
    if (ends(p, end)) p.size -= strlen(end);
    return p;
}

/* ---- frames ---- */

/* X是一种…, X指…, X又称… */
static void ask_definition(const Zh *z)
{
    static const struct {
        const char *mark;
        int is;
    } MARKS[] = {
        {"是指", 1},   {"指的是", 1}, {"的意思是", 1}, {"是一位", 2}, {"是一名", 2}, {"是中国", 0},
        {"是一种", 0}, {"是一个", 0}, {"是一类", 0},   {"是一款", 0}, {"是一座", 0}, {"是一家", 0},
        {"是一部", 0}, {"是一项", 0}, {"是一条", 0},   {"是一所", 0}, {"是一组", 0}, {"是由", 0},
        {"是", 0},     {"又称", 3},   {"又名", 3},     {"俗称", 3},   {"简称", 3},   {"称为", 3},
        {"被称为", 3}, {"也叫", 3},
    };
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++) {
        size_t at = find(z->clause, MARKS[i].mark);
        Part x = part(z->clause.s, at), lead;
        if (at == SIZE_MAX) continue;
        if (at == 0 && MARKS[i].is == 3 && find_lead(z, &x, &lead)) x = z->topic;
        if (!is_subject(x) || has(x, "为") ||
            (strcmp(MARKS[i].mark, "是") == 0 && (!z->first || chars(x) > 9)))
            continue;
        Part rest = skip(z->clause, at + strlen(MARKS[i].mark));
        if (starts(rest, "否") || starts(rest, "因为") || starts(rest, "为了") ||
            starts(rest, "不") || starts(rest, "在") || starts(rest, "什么"))
            return;
        Str q = {0};
        bool person =
            MARKS[i].is == 2 ||
            (MARKS[i].is == 0 && (ends(rest, "家") || ends(rest, "演员") || ends(rest, "歌手") ||
                                  ends(rest, "运动员") || ends(rest, "选手") ||
                                  ends(rest, "将领") || ends(rest, "政治人物")));
        if (MARKS[i].is == 1)
            str_addf(&q, "%.*s是什么意思？", (int)x.size, x.s);
        else if (MARKS[i].is == 3)
            str_addf(&q, "%.*s还有什么别的名称？", (int)x.size, x.s);
        else if (person)
            str_addf(&q, "%.*s是谁？", (int)x.size, x.s);
        else if (i < 17 && chars(x) < 7)
            str_addf(&q, "什么是%.*s？", (int)x.size, x.s);
        else
            str_addf(&q, "%.*s是%s？", (int)x.size, x.s, chars(x) < 5 ? "什么" : "指什么");
        offer(z,
              MARKS[i].is == 3 ? "what"
              : person         ? "who"
                               : "definition",
              MARKS[i].is == 3 ? 0.55
              : i < 17         ? 0.75
                               : 0.5,
              &q);
        return;
    }
}

/* 由于A，B; A，因此B; B，因为A; A，否则B */
static void ask_why(const Zh *z)
{
    Part c = z->clause, lead;
    bool reason = starts(z->before, "由于") || starts(z->before, "因为") ||
                  starts(z->before, "因") || starts(z->before, "由於") || z->result;
    bool follows = starts(z->after, "因为") || starts(z->after, "是因为") ||
                   starts(z->after, "原因是") || starts(z->after, "否则") ||
                   starts(z->after, "以免") || starts(z->after, "以防");
    if (starts(c, "由于") || starts(c, "因为") || starts(c, "因") || starts(c, "由於") ||
        has(c, "多少") || has(c, "为什么"))
        return;
    size_t because = find(c, "是因为");
    if (because != SIZE_MAX && because > 0) c.size = because, reason = true;
    if ((!reason && !follows) || chars(c) < CLAUSE_LEAST || chars(c) > CLAUSE_MOST ||
        !find_lead(z, &c, &lead))
        return;
    if (starts_any(c, NO_SUBJECT) && lead.size == 0) return;
    Str q = {0};
    add(&q, lead);
    str_add(&q, "为什么");
    add(&q, without_end(c, "了"));
    str_add(&q, "？");
    offer(z, "why", 0.8, &q);
}

/* A导致B, A造成B */
static void ask_cause(const Zh *z)
{
    static const char *const MARKS[] = {"会导致", "导致", "会造成", "造成", "引起", "使得"};
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++) {
        size_t at = find(z->clause, MARKS[i]);
        Part x;
        if (at == SIZE_MAX || !subject_before(z, at, &x) ||
            at + strlen(MARKS[i]) + 6 > z->clause.size)
            continue;
        Str q = {0};
        str_addf(&q, "%.*s会造成什么后果？", (int)x.size, x.s);
        offer(z, "effect", 0.7, &q);
        return;
    }
}

/* 如果A，B; 当A时，B */
static void ask_condition(const Zh *z)
{
    static const char *const IFS[] = {"如果", "若是", "假如", "倘若", "一旦", "若", NULL};
    Part c = z->clause;
    size_t n = starts_any(c, IFS);
    if (z->after.size == 0 || chars(c) < CLAUSE_LEAST + 1 || chars(c) > CLAUSE_MOST ||
        has(c, "它") || has(c, "这") || has(c, "他"))
        return;
    Str q = {0};
    if (n > 0) {
        c = skip(c, n);
        c = without_end(without_end(c, "的话"), "了");
        str_add(&q, starts(z->clause, "一旦") ? "一旦" : "如果");
        add(&q, c);
        str_add(&q, "，会怎么样？");
    } else if (starts(c, "当") && ends(c, "时")) {
        add(&q, c);
        str_add(&q, "会发生什么？");
    }
    offer(z, "condition", 0.7, &q);
}

/* 只有A才B, 为了A，B */
static void ask_purpose(const Zh *z)
{
    if (!starts(z->before, "为了") && !starts(z->after, "目的是") && !starts(z->after, "以便"))
        return;
    Part c = z->clause, lead;
    if (chars(c) < CLAUSE_LEAST || chars(c) > CLAUSE_MOST || !find_lead(z, &c, &lead)) return;
    if (starts_any(c, NO_SUBJECT) && lead.size == 0) return;
    Str q = {0};
    add(&q, lead);
    str_add(&q, "为什么要");
    add(&q, c);
    str_add(&q, "？");
    if (lead.size == 0 || starts(c, "要")) str_release(&q);
    offer(z, "purpose", 0.6, &q);
}

/* Marks between a subject and what is asked for. */
static const struct {
    const char *mark, *asks, *kind;
    double base;
} RELATIONS[] = {
    {"取决于", "取决于什么？", "what", 0.75},
    {"主要包括", "主要包括哪些？", "list", 0.7},
    {"包括", "包括哪些？", "list", 0.7},
    {"分为", "分为哪几种？", "list", 0.75},
    {"可分为", "可以分成哪几类？", "list", 0.75},
    {"用于", "是做什么用的？", "purpose", 0.75},
    {"用来", "是用来做什么的？", "purpose", 0.75},
    {"的作用是", "有什么作用？", "purpose", 0.75},
    {"的目的是", "的目的是什么？", "purpose", 0.75},
    {"的好处是", "有什么好处？", "what", 0.7},
    {"的优点是", "有什么优点？", "what", 0.7},
    {"的缺点是", "有什么缺点？", "what", 0.7},
    {"的弱点是", "有什么弱点？", "what", 0.7},
    {"的特点是", "有什么特点？", "what", 0.7},
    {"的代价是", "的代价是什么？", "what", 0.7},
    {"的原因是", "的原因是什么？", "why", 0.75},
    {"的办法是", "有什么办法？", "how", 0.7},
    {"的方法是", "的方法是什么？", "how", 0.7},
    {"的原则是", "的原则是什么？", "what", 0.7},
    {"位于", "在什么地方？", "where", 0.75},
    {"坐落于", "在什么地方？", "where", 0.75},
    {"分布于", "分布在哪些地方？", "where", 0.75},
    {"分布在", "都分布在哪些地方？", "where", 0.75},
    {"出生于", "出生在哪里？", "where", 0.7},
    {"生于", "出生在哪里？", "where", 0.6},
    {"总部设在", "的总部设在哪里？", "where", 0.75},
    {"总部位于", "的总部在哪里？", "where", 0.75},
    {"生长于", "生长在什么环境？", "where", 0.7},
    {"生活在", "生活在哪里？", "where", 0.7},
    {"产于", "产自哪里？", "where", 0.7},
    {"毕业于", "是哪所学校毕业的？", "where", 0.8},
    {"隶属于", "隶属于谁？", "what", 0.65},
    {"属于", "属于什么类别？", "what", 0.5},
    {"著称", "因什么出名？", "what", 0.7},
    {"闻名", "因什么出名？", "what", 0.7},
    {"获得了", "获得过什么？", "what", 0.5},
    {"荣获", "得过什么奖？", "what", 0.65},
    {"担任", "担任过什么职务？", "what", 0.65},
    {"改编自", "是根据什么改编的？", "what", 0.75},
    {"组成", "由哪些部分组成？", "list", 0.65},
    {"适用于", "适用于哪些情况？", "what", 0.7},
    {"依赖", "依赖什么？", "what", 0.65},
    {"需要", "需要什么？", "what", 0.45},
    {"相当于", "相当于什么？", "what", 0.6},
    {"命名", "是怎么得名的？", "why", 0.6},
    {"得名", "是怎么得名的？", "why", 0.65},
};

static void ask_relation(const Zh *z)
{
    for (size_t i = 0; i < sizeof RELATIONS / sizeof *RELATIONS; i++) {
        size_t at = find(z->clause, RELATIONS[i].mark);
        Part x;
        if (at == SIZE_MAX) continue;
        Part before = part(z->clause.s, at);
        size_t by = find(before, strcmp(RELATIONS[i].mark, "组成") == 0 ? "由" : "以");
        bool tail = strcmp(RELATIONS[i].mark, "组成") == 0 ||
                    strcmp(RELATIONS[i].mark, "著称") == 0 ||
                    strcmp(RELATIONS[i].mark, "闻名") == 0;
        if (tail && by == SIZE_MAX) continue;
        Part rest = skip(z->clause, at + strlen(RELATIONS[i].mark));
        bool number = rest.size && *rest.s >= '0' && *rest.s <= '9';
        if (!subject_before(z, tail ? by : at, &x) || (!tail && rest.size < 6) || number ||
            starts(rest, "什么") || starts(rest, "哪"))
            continue;
        Str q = {0};
        add(&q, x);
        str_add(&q, RELATIONS[i].asks);
        offer(z, RELATIONS[i].kind, RELATIONS[i].base, &q);
        return;
    }
}

/* X由Y开发 → X是由谁开发的？ */
static void ask_who(const Zh *z)
{
    static const char *const DEEDS[] = {
        "创建", "创立", "创办", "设计", "发明", "导演", "执导", "编剧", "主演", "开发", "发行",
        "制作", "建造", "出版", "提出", "主办", "撰写", "运营", "生产", "管理", "负责", "经营",
        "命名", "发现", "担任", "演唱", "作曲", "作词", "主持", "饰演", "改编", "编写", "研发",
        "审批", "批准", "审核", "保管", "承担", "签字", "拥有", NULL};
    size_t at = find(z->clause, "由");
    Part x;
    if (at == SIZE_MAX || starts(skip(z->clause, at), "由于") ||
        starts(skip(z->clause, at), "由此") || !subject_before(z, at, &x)) {
        if (at == SIZE_MAX || at < 3 || !ends(part(z->clause.s, at), "是") ||
            !subject_before(z, at - 3, &x))
            return;
    }
    Part rest = skip(z->clause, at + 3);
    for (const char *const *d = DEEDS; *d; d++) {
        size_t deed = find(rest, *d);
        size_t n = deed == SIZE_MAX ? 0 : chars(part(rest.s, deed));
        if (n < 2 || n > 16) continue;
        Str q = {0};
        Part done = without_end(without_end(skip(rest, deed), "的"), "而成");
        if (chars(done) > 8) done.size = strlen(*d);
        add(&q, x);
        str_add(&q, "是由谁");
        add(&q, done);
        str_add(&q, "的？");
        offer(z, "who", 0.8, &q);
        return;
    }
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The digits at s[at], with points between them: where they end. */
static size_t digits_end(Part p, size_t at)
{
    while (at < p.size && (is_digit(p.s[at]) ||
                           (at + 1 < p.size && strchr(".,", p.s[at]) && is_digit(p.s[at + 1]))))
        at++;
    return at;
}

/* Behind "1848年": the end of "1848年11月3日". */
static size_t date_end(Part p, size_t at)
{
    static const char *const UNITS[] = {"月", "日"};
    for (int u = 0; u < 2; u++) {
        size_t gap = at;
        while (gap < p.size && p.s[gap] == ' ') gap++;
        size_t end = digits_end(p, gap);
        Part unit = skip(p, end);
        while (unit.size && *unit.s == ' ') unit = skip(unit, 1);
        if (end == gap || !starts(unit, UNITS[u])) break;
        at = (size_t)(unit.s - p.s) + strlen(UNITS[u]);
    }
    return at;
}

/* A于1848年V → A是哪一年V的？ */
static void ask_when(const Zh *z)
{
    Part c = z->clause;
    size_t at = 0, end = 0;
    for (; at<c.size; at = end> at ? end : at + 1) {
        end = digits_end(c, at);
        if (end == at + 4 && starts(skip(c, end), "年") && (c.s[at] == '1' || c.s[at] == '2'))
            break;
    }
    if (at >= c.size || starts(skip(c, end), "年代")) return;
    size_t tail = date_end(c, end + 3);
    const char *asks = tail > end + 3 ? "什么时候" : "哪一年";
    Part before = part(c.s, at), behind = skip(c, tail), lead = {"", 0};
    static const char *const RANGE[] = {"到", "至", "—",  "-",  "–",  "以来", "起", "后", "前",
                                        "、", "和", "与", "间", "末", "初",   "的", NULL};
    if (starts_any(behind, RANGE) || ends(before, "至") || ends(before, "到") ||
        ends(before, "从") || ends(before, "自") || ends(before, "由") || ends(before, "第"))
        return;
    while (before.size && before.s[before.size - 1] == ' ') before.size--;
    while (behind.size && *behind.s == ' ') behind = skip(behind, 1);
    Str q = {0};
    if (chars(behind) >= 2 && chars(behind) <= 20) {
        before = without_end(without_end(before, "于"), "在");
        behind = without_end(behind, "了");
        if (before.size == 0 && z->first && !starts_any(behind, NO_SUBJECT) && z->topic.size == 0)
            return;
        if (before.size == 0 &&
            (z->topic.size == 0 || (!starts_any(behind, NO_SUBJECT) && has(behind, "是"))))
            return;
        Part own = before;
        if (before.size && !is_subject(before) && (!find_lead(z, &own, &lead) || own.size > 0))
            return;
        add(&q, before.size == 0 ? z->topic : lead.size ? lead : before);
        str_add(&q, "是");
        str_add(&q, asks);
        add(&q, without_end(behind, "的"));
        str_add(&q, "的？");
        if (starts(behind, "是") || starts(behind, "有") || starts(behind, "时")) str_release(&q);
    } else if (behind.size == 0 && chars(before) >= 3 && chars(before) <= 20) {
        if (!find_lead(z, &before, &lead) || (!ends(before, "于") && !ends(before, "在"))) return;
        add(&q, lead);
        add(&q, before);
        str_add(&q, asks);
        str_add(&q, "？");
    }
    offer(z, "when", 0.8, &q);
}

/* A number that is part of a name, a range, a date or a list cannot be asked for. */
static bool is_awkward(Part before, Part behind)
{
    static const char *const AFTER[] = {"到",   "至", "、", "号", "月", "日", "及", "多", "代",
                                        "世纪", "和", "与", "或", "线", "式", "型", "版", "路",
                                        "年",   "—",  "–",  "-",  "～", "~",  "时", "点", "比",
                                        "折",   "大", "届", "后", "前", "章", "节", NULL};
    static const char *const BEFORE[] = {"第", "至", "到", "、", "—",  "-",   "–",
                                         "/",  "从", "每", "前", "后", "No.", NULL};
    if (behind.size == 0 || (unsigned char)*behind.s < 0x80)
        return !(behind.size && *behind.s == '%');
    for (const char *const *b = BEFORE; *b; b++) {
        if (ends(before, *b)) return true;
    }
    return starts_any(behind, AFTER);
}

/* 一共有212级台阶 → 一共有多少级台阶？ */
static void ask_number(const Zh *z)
{
    Part c = z->clause, lead;
    static const char *const ABOUT[] = {"大约", "约",   "近",   "超过", "多达", "高达", "达到",
                                        "至少", "最多", "不到", "仅",   "只",   "将近", NULL};
    if (chars(c) < CLAUSE_LEAST || chars(c) > CLAUSE_MOST || !find_lead(z, &c, &lead) ||
        has(c, "如果") || has(c, "例如"))
        return;
    size_t at = 0;
    while (at < c.size && !is_digit(c.s[at])) at++;
    size_t end = digits_end(c, at);
    if (at == c.size || at < 3 || (unsigned char)c.s[at - 1] < 0x80) {
        if (at == 0 || at >= c.size || c.s[at - 1] != ' ') return;
    }
    Part before = part(c.s, at), behind = skip(c, end);
    while (before.size && before.s[before.size - 1] == ' ') before.size--;
    while (behind.size && *behind.s == ' ') behind = skip(behind, 1);
    for (size_t i = end; i < c.size; i++) {
        if (is_digit(c.s[i])) return; /* two numbers: one of them would be left to guess */
    }
    if (is_awkward(before, behind)) return;
    for (const char *const *b = ABOUT; *b; b++) before = without_end(before, *b);
    if (starts(behind, "%")) behind = skip(behind, 1);
    bool share = c.s[end] == '%';
    if (starts(behind, "万") || starts(behind, "亿") || starts(behind, "余"))
        behind = skip(behind, 3);
    if (before.size == 0 || (before.size < 6 && lead.size == 0) || (behind.size == 0 && !share))
        return;
    Str q = {0};
    add(&q, lead);
    add(&q, before);
    str_add(&q, share ? "百分之多少" : "多少");
    add(&q, without_end(behind, "了"));
    str_add(&q, "？");
    offer(z, "how many", 0.75, &q);
}

/* 共有三个亚种 → 共有几个亚种？ */
static void ask_few(const Zh *z)
{
    static const char *const FEW[] = {"两", "二", "三", "四", "五", "六", "七", "八", "九"};
    static const char *const HAS[] = {"共有", "有",   "分为", "分成", "包括",
                                      "包含", "设有", "拥有", "下辖", "设"};
    static const char *const MEASURES[] = {"个", "种", "类", "条", "座", "所", "名", "位",
                                           "部", "层", "项", "家", "步", "股", "支", "组",
                                           "段", "处", "道", "面", "张", "款", "大", NULL};
    for (size_t h = 0; h < sizeof HAS / sizeof *HAS; h++) {
        for (size_t i = 0; i < sizeof FEW / sizeof *FEW; i++) {
            char mark[16];
            snprintf(mark, sizeof mark, "%s%s", HAS[h], FEW[i]);
            size_t at = find(z->clause, mark);
            Part x;
            if (at == SIZE_MAX) continue;
            Part behind = skip(z->clause, at + strlen(mark));
            size_t n = chars(behind);
            if (!starts_any(behind, MEASURES) || starts(behind, "大") || n < 2 || n > 12 ||
                !subject_before(z, at, &x))
                continue;
            Str q = {0};
            str_addf(&q, "%.*s%s%s几%.*s？", (int)x.size, x.s,
                     strcmp(HAS[h], "有") == 0 ? "总共" : "", HAS[h], (int)behind.size, behind.s);
            offer(z, "how many", 0.75, &q);
            return;
        }
    }
}

/* 通过Y，X V / X通过Y来V → 如何V */
static void ask_how(const Zh *z)
{
    Part c = z->clause, lead;
    size_t at = find(c, "通过"), to = find(c, "来");
    if (at == SIZE_MAX || to == SIZE_MAX || to < at + 9) return;
    Part goal = skip(c, to + 3), x = part(c.s, at);
    if (chars(goal) < 3 || chars(goal) > 16) return;
    if (!is_subject(x)) {
        Part rest = x;
        if (!find_lead(z, &rest, &lead) || rest.size > 0) return;
        x = lead;
    }
    Str q = {0};
    add(&q, x);
    str_add(&q, "如何");
    add(&q, goal);
    str_add(&q, "？");
    offer(z, "how", 0.7, &q);
}

/* 不要A，否则B; 必须A: what must not or must be done. */
static void ask_duty(const Zh *z)
{
    static const char *const DUTIES[] = {"必须", "不得", "禁止", "应当", "不能", "不应", "应"};
    for (size_t i = 0; i < sizeof DUTIES / sizeof *DUTIES; i++) {
        size_t at = find(z->clause, DUTIES[i]);
        Part x;
        if (at == SIZE_MAX || at == 0 || !subject_before(z, at, &x)) continue;
        Part rest = skip(z->clause, at + strlen(DUTIES[i]));
        if (chars(rest) < 3 || chars(rest) > 16 || starts(rest, "用")) continue;
        Str q = {0};
        bool not = i == 1 || i == 2 || i == 4 || i == 5;
        add(&q, x);
        str_add(&q, not ? "可以" : "一定要");
        add(&q, rest);
        str_add(&q, "吗？");
        offer(z, "whether", 0.4, &q);
        return;
    }
}

typedef void ZhFrame(const Zh *z);
static ZhFrame *const FRAMES[] = {ask_definition, ask_why,      ask_cause, ask_condition,
                                  ask_purpose,    ask_relation, ask_who,   ask_when,
                                  ask_number,     ask_few,      ask_how,   ask_duty};

/* ---- clauses ---- */

/* Without what stands in brackets. */
static void drop_brackets(const char *s, size_t size, Str *out)
{
    int depth = 0;
    for (size_t i = 0; i < size;) {
        uint32_t code;
        size_t n = utf8_next(s + i, size - i, &code);
        bool open = code == '(' || code == 0xFF08 || code == '[' || code == 0x3010;
        bool close = code == ')' || code == 0xFF09 || code == ']' || code == 0x3011;
        depth += open;
        if (depth == 0) str_add_bytes(out, s + i, n);
        if (close && depth > 0) depth--;
        i += n;
    }
}

/* The next clause of p from *at on, up to ，；：。 and the like. */
static Part next_clause(Part p, size_t *at)
{
    static const char *const MARKS[] = {"，", "；", "：", "。", "！", "？", "——",
                                        ",",  ";",  ":",  "!",  "?",  NULL};
    size_t first = *at, end = first;
    while (end < p.size) {
        size_t n = starts_any(skip(p, end), MARKS);
        bool number = n == 1 && end > first && is_digit(p.s[end - 1]) && end + 1 < p.size &&
                      is_digit(p.s[end + 1]);
        if (n > 0 && !number) {
            *at = end + n;
            break;
        }
        end++;
    }
    if (end == p.size) *at = p.size;
    Part c = part(p.s + first, end - first);
    while (c.size && *c.s == ' ') c = skip(c, 1);
    while (c.size && c.s[c.size - 1] == ' ') c.size--;
    return c;
}

/* A name that the passage is about and that stands in it. */
static Part topic_of(const Asker *a, char *room, size_t size)
{
    ask_topic(a, room, size);
    Part t = part(room, strlen(room));
    return t.size && is_subject(t) && strstr(str_get(&a->plain), room) ? t : part("", 0);
}

/* The subject that the first clause shows: what stands before 是, 为, 位于 or a comma. */
static Part sentence_subject(Part clause)
{
    static const char *const MARKS[] = {"是", "位于", "又称", "又名", "简称", "属于", "成立", "由"};
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++) {
        size_t at = find(clause, MARKS[i]);
        if (at != SIZE_MAX && is_subject(part(clause.s, at))) return part(clause.s, at);
    }
    return is_subject(clause) && chars(clause) <= 8 ? clause : part("", 0);
}

void ask_chinese(Asker *a, const char *sentence, size_t size)
{
    Str text = {0};
    char room[64];
    drop_brackets(sentence, size, &text);
    Part all = part(str_get(&text), text.size), list[40];
    size_t count = 0;
    for (size_t at = 0; at < all.size && count < 40;) {
        Part c = next_clause(all, &at);
        if (c.size) list[count++] = c;
    }
    bool asks = has(all, "？") || has(all, "?");
    Zh z = {.asker = a, .topic = topic_of(a, room, sizeof room)};
    for (size_t i = 0; i < count && !asks; i++) {
        static const char *const RESULTS[] = {"因此", "所以", "因而", "于是", "故", NULL};
        z.first = i == 0;
        z.result = starts_any(list[i], RESULTS) > 0;
        z.clause = list[i];
        for (size_t n; (n = starts_any(z.clause, CONNECTIVES)) > 0 && n < z.clause.size;)
            z.clause = skip(z.clause, n);
        z.before = i > 0 ? list[i - 1] : part("", 0);
        z.after = i + 1 < count ? list[i + 1] : part("", 0);
        if (i == 0) z.subject = sentence_subject(z.clause);
        for (size_t f = 0; f < sizeof FRAMES / sizeof *FRAMES; f++) FRAMES[f](&z);
    }
    str_release(&text);
}
